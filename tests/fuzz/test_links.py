"""Parsing of pagination headers."""

from __future__ import annotations

import time
from urllib.parse import urljoin

import pytest
from fuzzing import fuzz, header_text
from hypothesis import strategies as st

from invoiced import List

URL = "https://api.invoiced.com/customers?page=2"
PARTS = [
    "<",
    ">",
    ";",
    ",",
    "=",
    '"',
    "\\",
    " ",
    "\t",
    "rel",
    "next",
    "REL",
    "/a?b",
    "<a>",
    'rel="',
    "http://[",
    "\xa0",
]

near_links = st.lists(st.one_of(st.sampled_from(PARTS), header_text), max_size=30).map("".join)


@fuzz(300, link=st.one_of(near_links, st.text()), count=st.one_of(st.from_regex(r"\s*-?\d*\s*"), st.text()))
def test_no_header_raises_an_error(link: str, count: str) -> None:
    page = List.from_headers({"Link": link, "X-Total-Count": count}, URL)
    assert all(type(text) is str for text in [*page.links, *page.links.values()])
    assert page.total_count is None or page.total_count >= 0


relations = st.sampled_from(["self", "first", "previous", "next", "last"])
targets = st.from_regex(r"(https://api\.invoiced\.com)?/[a-z0-9/]{0,9}(\?[a-z0-9=&%,;\[\]]{0,20})?", fullmatch=True)
quoted = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters='"\\\x7f'), max_size=12)
others = st.tuples(st.sampled_from(["title", "type", "relative", "rel2"]), quoted)
spaces = st.sampled_from(["", " ", "\t"])


@st.composite
def well_formed(draw: st.DrawFn) -> tuple[str, dict[str, str]]:
    """Return a header according to RFC 8288, and the links in it."""
    encoded: list[str] = []
    links: dict[str, str] = {}
    for relation in draw(st.lists(relations, unique=True)):
        target, quote = draw(targets), draw(st.sampled_from(["", '"']))
        name = draw(st.sampled_from(["rel", "REL", "Rel"]))
        parameters = [f'{key}="{value}"' for key, value in draw(st.lists(others, max_size=2))]
        parameters.insert(draw(st.integers(0, len(parameters))), f"{name}={quote}{relation}{quote}")
        encoded.append(f"<{target}>" + "".join(f"{draw(spaces)};{draw(spaces)}{parameter}" for parameter in parameters))
        links[relation] = urljoin(URL, target)
    separator = draw(st.sampled_from([",", ", ", " ,\t"]))
    return separator.join(encoded), links


@fuzz(150, header=well_formed())
def test_a_valid_link_header_is_parsed_exactly(header: tuple[str, dict[str, str]]) -> None:
    encoded, links = header
    assert List.from_headers({"Link": encoded}, URL).links == links


@fuzz(50, part=st.lists(st.sampled_from([*PARTS, "a", ";a=", '"\\']), min_size=1, max_size=6).map("".join))
def test_parsing_a_long_header_takes_linear_time(part: str) -> None:
    """It takes a tenth of a second; a regular expression with catastrophic backtracking would take minutes."""
    started = time.process_time()
    List.from_headers({"Link": "<a>" + part * (65_536 // len(part))}, URL)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("start", ["", "<a>;", "<a>; rel=", '<a>; rel="'])
@pytest.mark.parametrize("part", ['a=;"\\', '"\\', "\\", '\\"', ' ;a="', ";" + " " * 9, " ", "a", ";a", ";a="])
def test_difficult_headers_are_parsed_quickly(start: str, part: str) -> None:
    started = time.process_time()
    List.from_headers({"Link": start + part * (65_536 // len(part))}, URL)
    assert time.process_time() - started < 2
