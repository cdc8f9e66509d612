"""Collections: creating, retrieving, listing and finding records of one type.

The public methods are defined in the resources, where their parameters are known, and call the private methods here.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from .encoding import Path, encode_path, encode_query
from .errors import ApiError, InvoicedError, MultipleFoundError, NotFoundError
from .filters import check_list, fits
from .list import List, Records
from .messages import Response
from .object import Object
from .options import read_arguments, write_arguments
from .pages import iter_pages

if TYPE_CHECKING:
    from .client import Client

AnyObject = TypeVar("AnyObject", bound=Object)
OtherObject = TypeVar("OtherObject", bound=Object)


class Collection(Generic[AnyObject]):
    """Records of one type.

    Args:
        client: client that sends the requests.
        parent: path of the record that the collection belongs to, such as `("customers", 15444)` for its contacts.
    """

    PAGE_SIZE = 100
    """Records per page of `all()`, unless `per_page` is given."""

    _object: type[AnyObject]

    _instead: ClassVar[Mapping[str, str]] = {}
    """Methods of invoiced 3.0.0 for which the service has no route, and what to use instead."""

    def __init__(self, client: Client, *, parent: Path = ()) -> None:
        self._client, self._parent = client, parent
        self._path: Path = (*parent, self._object._path)
        self._parent_of_records: Path = parent if self._object._fetched_with else ()

    if not TYPE_CHECKING:  # otherwise type checkers would accept any attribute

        def __getattr__(self, name: str) -> Any:
            why = f", because the service has no such call; use {self._instead[name]}" if name in self._instead else ""
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{why}", name=name, obj=self)

    def _build(self, values: dict[str, Any]) -> AnyObject:
        return self._object._from_response(self._client, values, self._parent_of_records)

    def _create(self, params: Mapping[str, Any], *, path: Path = ()) -> AnyObject:
        response = self._client.request("POST", path or self._path, expect=dict, **write_arguments(params))
        return self._build(response.body)

    def _create_other(self, cls: type[OtherObject], params: Mapping[str, Any], *, path: Path = ()) -> OtherObject:
        """Send a request whose response is a record of another type."""
        response = self._client.request("POST", path or self._path, expect=dict, **write_arguments(params))
        return cls._from_response(self._client, response.body)

    def _create_optional(self, cls: type[OtherObject], params: Mapping[str, Any]) -> OtherObject | None:
        """Send a request whose response is a record of another type, or has no body."""
        body = self._client.request("POST", self._path, expect=(dict, type(None)), **write_arguments(params)).body
        return None if body is None else cls._from_response(self._client, body)

    def _list(self, params: Mapping[str, Any]) -> tuple[list[AnyObject], List]:
        check_list(params)
        response = self._client.request("GET", self._path, expect=list, **read_arguments(params))
        page = List.from_headers(response.headers, f"{self._client.api_url}{encode_path(self._path)}")
        return Records(map(self._build, response.body)), page

    def _all(self, params: Mapping[str, Any], *, prefetch: bool, strict: bool) -> Generator[AnyObject, None, None]:
        # Not a generator itself, so that an invalid parameter raises here and not at the first record.
        check_list(params)
        arguments = read_arguments(params)
        query = encode_query({"per_page": self.PAGE_SIZE, **arguments.pop("params")})

        def fetch(query: str) -> Response:
            return self._client.request("GET", self._path, query, expect=list, **arguments)

        build, writes = self._build, self._client._writes
        pages: Iterator[Any] = iter_pages(fetch, query, encode_path(self._path), lambda: writes.count, strict)
        if prefetch:
            from .prefetch import prefetch_next  # rarely needed

            pages = prefetch_next(pages)
        return (build(record) for record in chain.from_iterable(pages))

    def _find(self, params: Mapping[str, Any]) -> AnyObject:
        arguments = read_arguments(params)
        filter = arguments.pop("params")
        if not filter or any(value is None or not str(value).strip() for value in filter.values()):
            raise ValueError("find() requires at least one field, each with a value; otherwise any record would match")
        records, page = self._list({"filter": filter, **arguments})
        ignored = [name for name in filter if not all(fits(record, name, filter[name]) for record in records)]
        if len(records) == 1 and not ignored:
            return records[0]
        error: type[InvoicedError] = ApiError if ignored else MultipleFoundError if records else NotFoundError
        criteria = ", ".join(f"{name}={value!r}" for name, value in filter.items())
        found = f"got other values: the API ignored {', '.join(ignored)}" if ignored else ""
        problem = f"Expected one record with {criteria}, {found or f'found {page.total_count or len(records)}'}."
        raise error(problem, method="GET", path=encode_path(self._path), request_sent=True)
