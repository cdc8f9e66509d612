"""Where records of one kind are made and found.

The public verbs are spelled out in the resources, over the private ones here, because only there is it known
which parameters may be sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from .encoding import Path, encode_path, encode_query
from .errors import ApiError, MultipleFoundError, NotFoundError
from .list import List
from .messages import Timeout
from .object import Object

if TYPE_CHECKING:
    from .client import Client

logger = logging.getLogger("invoiced")

AnyObject = TypeVar("AnyObject", bound=Object)


class Collection(Generic[AnyObject]):
    """Records of one kind, reached through a client; `parent` is the path of the record they hang off."""

    _object: type[AnyObject]

    def __init__(self, client: Client, *, parent: Path = ()) -> None:
        self._client, self._parent = client, parent
        self._path: Path = (*parent, self._object._path)

    def _build(self, values: dict[str, Any]) -> AnyObject:
        return self._object._from_answer(self._client, values, self._parent)

    def _create(self, params: Mapping[str, Any], **options: Any) -> AnyObject:
        return self._build(self._client.request("POST", self._path, params, expect=dict, **options).body)

    def _retrieve(self, id: int | str, params: Mapping[str, Any], **options: Any) -> AnyObject:
        return self._build(self._client.request("GET", (*self._path, id), params, expect=dict, **options).body)

    def _page(self, query: str, timeout: Timeout | None) -> tuple[list[dict[str, Any]], List]:
        response = self._client.request("GET", self._path, query, timeout=timeout, expect=list)
        url = f"{self._client.api_url}{encode_path(self._path)}?{query}"
        return response.body, List.from_headers(response.headers, url)

    def _list(self, params: Mapping[str, Any], timeout: Timeout | None) -> tuple[list[AnyObject], List]:
        records, page = self._page(encode_query(params), timeout)
        return [self._build(values) for values in records], page

    def _all(self, params: Mapping[str, Any], timeout: Timeout | None) -> Iterator[AnyObject]:
        # Not itself a generator, so that a bad parameter is refused here and not at the first record.
        return self._pages(encode_query({"per_page": 100, **params}), timeout)

    def _pages(self, query: str, timeout: Timeout | None) -> Iterator[AnyObject]:
        """Page after page, by the query of each `next` link; its host is ignored, as credentials go along."""
        number, visited, count, total = _page_number(query, "1"), set[str](), 0, 0
        whole = number == "1"
        while True:
            records, page = self._page(query, timeout)
            count += len(records)
            yield from map(self._build, records)
            del records  # so that no two pages are in memory at a time
            link = page.links.get("next")
            following = urlsplit(link).query if link else query
            next_number = _page_number(following, following)
            ended = following == query or next_number == number or link == page.links.get("self")
            if next_number in visited or (whole and not page.links and count < (page.total_count or 0)):
                problem = f"The list breaks off after {count} of {page.total_count} records: its links lead nowhere."
                raise ApiError(problem, method="GET", path=encode_path(self._path), request_sent=True)
            if total > (total := page.total_count or total) or (whole and ended and count < total):
                problem = "%s may be incomplete: it shrank or broke off after %d records, while the API counts %d"
                logger.warning(problem, encode_path(self._path), count, total)
            if ended:
                return
            visited.add(number)
            query, number = following, next_number

    def _find(self, filter: Mapping[str, Any], timeout: Timeout | None) -> AnyObject:
        if not filter or any(value is None or not str(value).strip() for value in filter.values()):
            raise ValueError("find() needs fields, and a value for each: without one, any record would match")
        records, page = self._list({"filter": filter}, timeout)
        if len(records) == 1:
            return records[0]
        sought = ", ".join(f"{name}={value!r}" for name, value in filter.items())
        problem = f"find() wants one record with {sought}; there are {page.total_count or len(records)}."
        error = MultipleFoundError if records else NotFoundError
        raise error(problem, method="GET", path=encode_path(self._path), request_sent=True)


def _page_number(query: str, default: str) -> str:
    return dict(parse_qsl(query)).get("page", default)
