"""The links and the total count of a page."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

# A link and its parameters according to RFC 8288: <URL>; rel=next; title="a, b"
_PARAMETER = re.compile(r"""\s*;\s*([^\s;=,"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?""")
_LINK = re.compile(rf"<([^<>]*)>((?:{_PARAMETER.pattern})*)")


class Records(list[Any]):
    """The records of a page: a list that is shown with one line for each record, and as a table in notebooks."""

    def __repr__(self) -> str:
        from .display import lines  # rarely needed

        return lines(self)

    def _repr_html_(self) -> str | None:
        from .display import table_of

        return table_of(self)


class List(NamedTuple):
    """Links and total count of a page (chapter "Pagination")."""

    links: dict[str, str] = {}
    """URLs by relation: `self`, `first`, `previous`, `next` and `last`, as far as they exist."""

    total_count: int | None = None
    """Number of records on all pages; None if the API did not send it."""

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], url: str) -> "List":
        """Parse the headers `Link` and `X-Total-Count` of a page. Invalid values are ignored.

        Args:
            headers: headers of the response.
            url: URL of the page, to which links are relative.
        """
        count = headers.get("X-Total-Count", "").strip()
        links: dict[str, str] = {}
        for target, parameters, *_ in _LINK.findall(headers.get("Link", "")):
            with suppress(ValueError):  # an invalid URL
                parts = urlsplit(target.strip())
                address = parts.geturl() if parts.scheme and parts.netloc else urljoin(url, parts.geturl())
                rels = [value for name, value in _PARAMETER.findall(parameters) if name.lower() == "rel"]
                for relation in "".join(rels[:1]).strip('"').lower().split():
                    links.setdefault(relation, address)
        return cls(links, int(count) if re.fullmatch("[0-9]{1,18}", count) else None)
