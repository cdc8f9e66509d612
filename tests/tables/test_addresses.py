"""E-mail addresses as people write them."""

from __future__ import annotations

import pytest

from invoiced.tables import canonical, is_address, parse_address, parse_addresses


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a@x.example", [("a@x.example", None)]),
        ("a@x.example; b@x.example", [("a@x.example", None), ("b@x.example", None)]),
        ("a@x.example,b@x.example,", [("a@x.example", None), ("b@x.example", None)]),
        ("a@x.example\nb@x.example", [("a@x.example", None), ("b@x.example", None)]),
        ("Carl <c@x.example>", [("c@x.example", "Carl")]),
        ("Talty, N <n@x.example>; Boyd, R <r@x.example>", [("n@x.example", "Talty, N"), ("r@x.example", "Boyd, R")]),
        ('"Talty, N" <n@x.example>, b@x.example', [("n@x.example", "Talty, N"), ("b@x.example", None)]),
        ("mailto:A.B+c@X.example", [("A.B+c@X.example", None)]),
        ("info@bücher.example", [("info@xn--bcher-kva.example", None)]),
        ("", []),
    ],
)  # fmt: skip
def test_addresses_are_found_in_what_people_write(text: str, addresses: list[tuple[str, str | None]]) -> None:
    assert parse_addresses(text) == addresses


@pytest.mark.parametrize(
    "text",
    [
        *("n/a", "-", "none", "nan", "?", "tbd", "x", "a@", "@x.example", "a@b@c", "a b@x.example", "a@x..example"),
        *("a@-x.example", ".a@x.example", "a@x.example.", "a@x.example b@x.example", "<>", "a@x.example; n/a"),
        f"{'a' * 65}@x.example",
        f"a@{'x' * 64}.example",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid e-mail address"):
        parse_addresses(text)
    assert not is_address(text)


def test_one_address_is_not_several() -> None:
    for text in ("a@x.example; b@x.example", ""):
        with pytest.raises(ValueError, match=r"expected one address"):
            parse_address(text)


def test_addresses_are_compared_in_lower_case_with_the_domain_in_ascii() -> None:
    assert canonical("Info@BÜCHER.example") == canonical("info@xn--bcher-kva.Example") == "info@xn--bcher-kva.example"
