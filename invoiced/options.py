"""Options of calls. They are keys of the parameter types, next to the fields and the parameters of the API."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ._compat import TypedDict
from .messages import Timeout


class Options(TypedDict, total=False):
    """Options of every call."""

    timeout: Timeout | None
    """Seconds to connect, and to wait for each part of the response; by default, the client's."""
    deadline: float | None
    """Seconds for the whole call, including retries and waits; for `all()`, for each page. By default, the client's."""


class WriteOptions(Options, total=False):
    """Options of calls that create or change something."""

    idempotency_key: str | UUID | None
    """Key under which the API can recognize a retry, of 6 to 64 letters, digits, `-` and `_`; by default, a UUID4."""


class _Representation(TypedDict, total=False):
    """Parameters that change which fields of a record are returned."""

    expand: str
    """Comma-separated fields to return as objects instead of IDs, such as `customer` or `customer.owner`."""
    include: str
    """Comma-separated fields to return that are left out by default."""
    exclude: str
    """Comma-separated fields to leave out."""


class RetrieveParams(_Representation, Options, total=False):
    """Parameters of calls that fetch a record."""


class WriteParams(_Representation, WriteOptions, total=False):
    """Parameters of calls that change a record and return it."""


class PageParams(Options, total=False):
    """Parameters of every list (chapter "Pagination")."""

    page: int
    """Page number, starting at 1. To read all pages, use `all()`."""
    per_page: int
    """Records per page, at most 100."""


class SortParams(PageParams, _Representation, total=False):
    """Parameters of lists that can be sorted but not filtered."""

    sort: str
    """Column and direction, such as `name asc`. Without it, `all()` is faster and more exact: records come by ID."""


class ListParams(SortParams, total=False):
    """Parameters of most lists (chapter "Pagination")."""

    filter: Mapping[str, Any]
    """Exact matches by field, such as `{"number": "CUST-00001"}`. A field that is None is left out."""
    advanced_filter: str
    """Conditions as a JSON array of objects with `field`, `operator` and `value`. Not in the API reference."""


_OPTIONS = (*WriteOptions.__annotations__,)
# Names that are in the query even if the request has a body. No body has a field with one of these names.
_IN_QUERY = (*_Representation.__annotations__, "reconcile")


def read_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `Client.request` for a request whose parameters are in its query."""
    query = {**params}
    options = {name: query.pop(name) for name in _OPTIONS if name in query}
    return {**options, "params": query}


def write_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `Client.request` for a request whose parameters are in its body."""
    arguments = read_arguments(params)
    body = arguments["params"]
    return {**arguments, "query": {name: body.pop(name) for name in _IN_QUERY if name in body}}
