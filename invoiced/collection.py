"""Where records of one kind are made and found.

The verbs that take parameters of their own are spelled out in each resource, over the private ones here,
because only there is it known which parameters may be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import TypedDict, Unpack

from .encoding import Path, encode_path, encode_query
from .errors import ApiError, MultipleFoundError, NotFoundError
from .list import List
from .messages import Timeout
from .object import Object

if TYPE_CHECKING:
    from .client import Client

LARGEST_PAGE = 100

AnyObject = TypeVar("AnyObject", bound=Object)


class Collection(Generic[AnyObject]):
    """Records of one kind, reached through a client; `parent` is the path of the record they hang off."""

    _object: type[AnyObject]

    def __init__(self, client: Client, *, parent: Path = ()) -> None:
        self._client = client
        self._parent = parent
        self._path: Path = (*parent, self._object._path)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._client.api_url}{encode_path(self._path)}>"

    def _build(self, values: Mapping[str, Any]) -> AnyObject:
        return self._object._from_answer(self._client, values, self._parent)

    def _create(
        self, params: Mapping[str, Any], idempotency_key: str | None, timeout: Timeout | None
    ) -> AnyObject:
        response = self._client.request(
            "POST", self._path, params, idempotency_key=idempotency_key, timeout=timeout, expect=dict
        )
        return self._build(response.body)

    def _retrieve(self, id: int | str, params: Mapping[str, Any], timeout: Timeout | None) -> AnyObject:
        response = self._client.request("GET", (*self._path, id), params, timeout=timeout, expect=dict)
        return self._build(response.body)

    def _list(self, params: Mapping[str, Any], timeout: Timeout | None) -> tuple[list[AnyObject], List]:
        records, page = self._page(encode_query(params), timeout)
        return [self._build(values) for values in records], page

    def _page(self, query: str, timeout: Timeout | None) -> tuple[list[dict[str, Any]], List]:
        response = self._client.request("GET", self._path, query, timeout=timeout, expect=list)
        url = f"{self._client.api_url}{encode_path(self._path)}?{query}"
        return response.body, List.from_headers(response.headers, url)

    def _all(self, params: Mapping[str, Any], timeout: Timeout | None) -> Iterator[AnyObject]:
        # Not itself a generator, so that a bad parameter is refused here and not at the first record.
        return self._pages(encode_query({"per_page": LARGEST_PAGE, **params}), timeout)

    def _pages(self, query: str, timeout: Timeout | None) -> Iterator[AnyObject]:
        """Page after page, by the query of each `next` link; its host is ignored, as credentials go along."""
        number = _page_number(query, "1")
        visited: set[str] = set()
        count = 0
        while True:
            records, page = self._page(query, timeout)
            count += len(records)
            yield from map(self._build, records)
            del records  # so that no two pages are in memory at a time
            if not page.links and number == "1" and count < (page.total_count or 0):
                raise self._broken_list(f"{count} of {page.total_count} records, and no link to the others")
            link = page.links.get("next")
            following = urlsplit(link).query if link else query
            next_number = _page_number(following, following)
            if following == query or next_number == number or link == page.links.get("self"):
                return
            visited.add(number)
            if next_number in visited:
                raise self._broken_list(f"after page {number} comes page {next_number}, read before")
            query, number = following, next_number

    def _broken_list(self, problem: str) -> ApiError:
        path = encode_path(self._path)
        return ApiError(f"The list is broken: {problem}.", method="GET", path=path, request_sent=True)

    def _find(self, filter: Mapping[str, Any], timeout: Timeout | None) -> AnyObject:
        if not filter:
            raise TypeError("find() needs at least one field to look for, as in find(number='CUST-0001')")
        for name, value in filter.items():
            if value is None or (isinstance(value, str) and not value.strip()):
                raise ValueError(f"find() needs a value, not {name}={value!r}: any record would match")
        records, page = self._list({"filter": filter}, timeout)
        if len(records) == 1:
            return records[0]
        count = page.total_count or len(records)
        sought = ", ".join(f"{name}={value!r}" for name, value in filter.items())
        raise (MultipleFoundError if records else NotFoundError)(
            f"{count} records have {sought}, where find() wants one.",
            method="GET",
            path=encode_path(self._path),
            request_sent=True,
        )


def _page_number(query: str, default: str) -> str:
    return dict(parse_qsl(query)).get("page", default)


class Retrievable(Collection[AnyObject]):
    """A collection whose records are retrieved by id alone."""

    def retrieve(self, id: int | str, *, timeout: Timeout | None = None) -> AnyObject:
        """Retrieve a record by its id.

        Raises NotFoundError if there is none, ValueError for an id that is empty or blank, and the other
        errors of `invoiced.errors`.
        """
        return self._retrieve(id, {}, timeout)


class ListParams(TypedDict, total=False):
    """What every list takes (chapter "Pagination")."""

    page: int
    """Number of the page, from 1. Pages must be fetched one after the other; `all()` does it for you."""
    per_page: int
    """Records per page, at most 100."""
    sort: str
    """Column and direction: `name asc`."""
    filter: Mapping[str, object]
    """Exact matches by field: `{"number": "CUST-0001"}`."""


class Listable(Collection[AnyObject]):
    """A collection whose lists take nothing but what every list takes."""

    def all(self, *, timeout: Timeout | None = None, **params: Unpack[ListParams]) -> Iterator[AnyObject]:
        """Every record, page after page, fetched as the loop goes; one page is in memory at a time.

        Pages have 100 records unless `per_page` says otherwise. Do not add or delete records while you loop:
        the pages would shift under the loop. Gather them first, as in `list(....all())`.

        Raises ValueError or TypeError for bad params at once, the errors of `invoiced.errors` while looping.
        """
        return self._all(params, timeout)

    def list(
        self, *, timeout: Timeout | None = None, **params: Unpack[ListParams]
    ) -> tuple[list[AnyObject], List]:
        """One page of records, and its links and total count.

        Raises the errors of `invoiced.errors`; ValueError or TypeError for bad params.
        """
        return self._list(params, timeout)
