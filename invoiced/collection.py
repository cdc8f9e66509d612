"""Collections: creating, retrieving, listing and finding records of one type.

The public methods are defined in the resources, where their parameters are known, and call the private methods here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .encoding import Path, encode_path, encode_query
from .errors import MultipleFoundError, NotFoundError
from .list import List
from .messages import Response
from .object import Object
from .pages import iter_pages
from .prefetch import prefetch_next

if TYPE_CHECKING:
    from .client import Client

AnyObject = TypeVar("AnyObject", bound=Object)


class Collection(Generic[AnyObject]):
    """Records of one type.

    Args:
        client: client that sends the requests.
        parent: path of the record that the collection belongs to, such as `("customers", 15444)` for its contacts.
    """

    PAGE_SIZE = 100
    """Records per page of `all()`, unless `per_page` is given."""

    _object: type[AnyObject]

    def __init__(self, client: Client, *, parent: Path = ()) -> None:
        self._client, self._parent = client, parent
        self._path: Path = (*parent, self._object._path)

    def _build(self, values: dict[str, Any]) -> AnyObject:
        return self._object._from_response(self._client, values, self._parent)

    def _create(self, params: Mapping[str, Any], **options: Any) -> AnyObject:
        return self._build(self._client.request("POST", self._path, params, expect=dict, **options).body)

    def _retrieve(self, id: int | str, params: Mapping[str, Any], **options: Any) -> AnyObject:
        return self._build(self._client.request("GET", (*self._path, id), params, expect=dict, **options).body)

    def _page(self, query: str, **options: Any) -> Response:
        return self._client.request("GET", self._path, query, expect=list, **options)

    def _list(self, params: Mapping[str, Any], **options: Any) -> tuple[list[AnyObject], List]:
        query = encode_query(params)
        response = self._page(query, **options)
        url = f"{self._client.api_url}{encode_path(self._path)}?{query}"
        build, client, parent = self._object._from_response, self._client, self._parent
        return [build(client, values, parent) for values in response.body], List.from_headers(response.headers, url)

    def _all(self, params: Mapping[str, Any], *, prefetch: bool, **options: Any) -> Generator[AnyObject, None, None]:
        # Not a generator itself, so that an invalid parameter raises here and not at the first record.
        query = encode_query({"per_page": self.PAGE_SIZE, **params})
        pages = iter_pages(partial(self._page, **options), query, encode_path(self._path))
        return self._records_of(prefetch_next(pages) if prefetch else pages)

    def _records_of(self, pages: Iterator[list[dict[str, Any]]]) -> Generator[AnyObject, None, None]:
        yield from map(self._build, chain.from_iterable(pages))

    def _find(self, filter: Mapping[str, Any], **options: Any) -> AnyObject:
        if not filter or any(value is None or not str(value).strip() for value in filter.values()):
            raise ValueError("find() requires at least one field, each with a value; otherwise any record would match")
        records, page = self._list({"filter": filter}, **options)
        if len(records) == 1:
            return records[0]
        criteria = ", ".join(f"{name}={value!r}" for name, value in filter.items())
        problem = f"Expected one record with {criteria}, found {page.total_count or len(records)}."
        error = MultipleFoundError if records else NotFoundError
        raise error(problem, method="GET", path=encode_path(self._path), request_sent=True)
