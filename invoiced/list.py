"""What came with one page of a list."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urljoin

# A link and its parameters as RFC 8288 writes them: <URL>; rel=next; title="a, b"
_PARAMETER = re.compile(r"""\s*;\s*([^\s;=,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?""")
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER.pattern})*)")


class List(NamedTuple):
    """The links and the count that the API sends with one page (chapter "Pagination")."""

    links: dict[str, str] = {}
    """URL by relation: `self`, `first`, `previous`, `next`, `last`, as far as the page has them."""

    total_count: int | None = None
    """Number of objects on all pages together; None if the API did not say."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], url: str) -> "List":
        """Read the headers `Link` and `X-Total-Count` of a page; what is unreadable is left out.

        Args:
            headers: of the answer.
            url: of the page, to which links are relative.
        """
        count = headers.get("X-Total-Count", "").strip()
        links: dict[str, str] = {}
        for target, parameters, *_ in _LINK.findall(headers.get("Link", "")):
            with suppress(ValueError):  # a target that is no URL
                address = urljoin(url, target.strip())
                rels = [value for name, value in _PARAMETER.findall(parameters) if name.lower() == "rel"]
                for relation in "".join(rels[:1]).strip('"').lower().split():
                    links.setdefault(relation, address)
        return cls(links, int(count) if re.fullmatch("[0-9]{1,18}", count) else None)
