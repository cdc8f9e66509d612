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
        ('"Talty; N" <n@x.example>', [("n@x.example", "Talty; N")]),
        ('"N; T" <n@x.example>; "Boyd, R" <r@x.example>', [("n@x.example", "N; T"), ("r@x.example", "Boyd, R")]),
        ("\u202aann@x.example\u202c", [("ann@x.example", None)]),
        ("\u200b \u200eann@x.example\u200b \u200b", [("ann@x.example", None)]),
        ("Ann <\u2066ann@x.example\u2069>;\u200e", [("ann@x.example", "Ann")]),
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
        *(
            "a@b",
            "b\0b@x.example",
            "b\x7fb@x.example",
            "a\u202en@x.example",
            "a\u200bn@x.example",
            "a\u00adn@x.example",
        ),
        *(
            'a@x.example,"b@x.example',
            'a@x.example, "c@d.example',
            '"a@x.example',
            'a"b@x.example',
            "a\ud800@x.example",
        ),
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


def test_the_key_of_an_address_is_the_address_as_it_is_compared() -> None:
    assert parse_address("Ann <Ann@BÜCHER.example>").key == "ann@xn--bcher-kva.example"
