"""Links and total count of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoiced import List

HERE = "https://api.invoiced.com"
URL = "https://api.invoiced.com/customers"


def links(header: str) -> dict[str, str]:
    return List.from_headers({"Link": header}, HERE).links


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f'<{URL}?page=2>; rel="next"', {"next": f"{URL}?page=2"}),
        (f"<{URL}?page=2>; rel=next", {"next": f"{URL}?page=2"}),
        (f"<{URL}?page=2>;rel=next", {"next": f"{URL}?page=2"}),
        (f'<{URL}?page=2> ; REL = "NEXT"', {"next": f"{URL}?page=2"}),
        (f'<{URL}>; rel="self first  last"', {"self": URL, "first": URL, "last": URL}),
        (f'<{URL}>; rel="self",<{URL}?page=2>; rel="next"', {"self": URL, "next": f"{URL}?page=2"}),
        (f"<{URL}?expand=a,b&page=2>; rel=next", {"next": f"{URL}?expand=a,b&page=2"}),
        (f"<{URL}?a=1;b=2, x>; rel=next", {"next": f"{URL}?a=1;b=2, x"}),
        (f'<{URL}>; title="a; b, <c>; rel=no"; rel="next"', {"next": URL}),
        (f'<{URL}>; title="say \\"rel\\""; rel=next', {"next": URL}),
        (f"<{URL}>; rel=next; rel=last", {"next": URL}),
        ("<?page=2>; rel=next", {"next": f"{HERE}?page=2"}),
        ("</customers?page=2>; rel=next", {"next": f"{URL}?page=2"}),
        (f"<{URL}>", {}),
        (f"<{URL}>; rel", {}),
        ("", {}),
        (",;<>", {}),
        ("not a link", {}),
        ("<http://[bad>; rel=next", {}),
    ],
)
def test_every_valid_form_of_the_link_header_is_parsed(header: str, expected: dict[str, str]) -> None:
    assert links(header) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [("15", 15), (" 15 ", 15), ("0", 0), ("", None), ("-1", None), ("many", None), ("9" * 5000, None)],
)
def test_the_total_count_is_a_number_or_none(count: str, expected: int | None) -> None:
    assert List.from_headers({"X-Total-Count": count}, HERE).total_count == expected


def test_without_headers_there_are_no_links_and_no_count() -> None:
    page = List.from_headers({}, HERE)
    assert page.links == {}
    assert page.total_count is None


@pytest.mark.parametrize("part", ["<", "<>;", "<a>;rel=", "a;", ', <a>; rel="'])
def test_parsing_a_long_header_does_not_take_quadratic_time(part: str) -> None:
    links(part * (60_000 // len(part)))


@given(st.text(), st.text())
def test_no_header_raises_an_error(link: str, count: str) -> None:
    List.from_headers({"Link": link, "X-Total-Count": count}, HERE)


@given(st.text(alphabet='<>;,="\\ relnxt/', max_size=60))
def test_no_header_made_of_parts_of_links_raises_an_error(link: str) -> None:
    List.from_headers({"Link": link}, HERE)
