"""Methods shared by several resources.

The options of calls are documented in `invoiced.options`, and the errors in docs/errors.md.
"""

from collections.abc import Generator, Mapping
from typing import Any

from .._compat import Self, Unpack
from ..collection import AnyObject, Collection, OtherObject
from ..encoding import encode_path
from ..errors import ApiError, NotFoundError
from ..list import List, Records
from ..object import Object
from ..options import ListParams, Options, RetrieveParams, read_arguments, write_arguments


class Record(Object):
    """A record with calls at its path or below it."""

    __slots__ = ()

    def _replace(self, method: str, segments: tuple[str, ...], arguments: Mapping[str, Any]) -> None:
        """Send a request whose response is this record, and replace the fields."""
        path = (*self._address(), *segments)
        body = self._connection().request(method, path, expect=dict, **arguments).body
        if body is None:  # the 404 of a DELETE that an earlier attempt processed
            return self._replace("GET", (), {})
        body = {self._id_field: self[self._id_field], **body}
        if str(body[self._id_field]) != str(self[self._id_field]):
            problem = f"Expected record {self[self._id_field]!r} in the response, got {body[self._id_field]!r}."
            raise ApiError(problem, method=method, path=encode_path(path), status_code=200, request_sent=True)
        self._sent = self._fields = body

    def _change(self, method: str, segments: tuple[str, ...], params: Mapping[str, Any]) -> Self:
        """Send a request whose response is the changed record, and return the record."""
        self._replace(method, segments, write_arguments(params))
        return self

    def _get(self, segment: str, params: Mapping[str, Any], cls: type[OtherObject]) -> OtherObject:
        """Fetch another record below the path of this record."""
        path = (*self._address(), segment)
        body = self._connection().request("GET", path, expect=dict, **read_arguments(params)).body
        return cls._from_response(self._client, body)

    def _post(self, segment: str, params: Mapping[str, Any], cls: type[OtherObject]) -> OtherObject:
        """Send a request whose response is another record. A list of one record is accepted, too."""
        records = self._post_all(segment, params, cls)
        if len(records) != 1:
            problem = f"Expected one {cls.__name__} in the response, got {len(records)}."
            path = encode_path((*self._address(), segment))
            raise ApiError(problem, method="POST", path=path, status_code=200, request_sent=True)
        return records[0]

    def _post_all(self, segment: str, params: Mapping[str, Any], cls: type[OtherObject]) -> list[OtherObject]:
        """Send a request whose response is a list of other records. A single record is accepted, too."""
        path = (*self._address(), segment)
        body = self._connection().request("POST", path, expect=(list, dict), **write_arguments(params)).body
        return [cls._from_response(self._client, values) for values in (body if isinstance(body, list) else [body])]

    def _page(self, segment: str, params: Mapping[str, Any], cls: type[OtherObject]) -> tuple[list[OtherObject], List]:
        """Fetch one page of other records below the path of this record."""
        client, path, arguments = self._connection(), (*self._address(), segment), read_arguments(params)
        response = client.request("GET", path, expect=list, **arguments)
        page = List.from_headers(response.headers, f"{client.api_url}{encode_path(path)}")
        return Records(cls._from_response(client, values) for values in response.body), page

    def _send(self, method: str, segments: tuple[str, ...], params: Mapping[str, Any]) -> None:
        """Send a request whose response has no body."""
        self._connection().request(method, (*self._address(), *segments), **write_arguments(params))


class Refreshable(Record):
    """A record that can be fetched again."""

    __slots__ = ()

    def refresh(self, **params: Unpack[RetrieveParams]) -> None:
        """Fetch the record again and replace its fields: GET, with the path of the record. Unsaved edits are lost."""
        self._replace("GET", (), read_arguments(params))


class Updatable(Record):
    """A record that can be changed."""

    __slots__ = ()

    def _save(self, params: Mapping[str, Any]) -> bool:
        arguments = write_arguments(params)
        for name, value in arguments["params"].items():
            self[name] = value
        arguments["params"] = self._changes()
        if arguments["params"]:
            self._replace("PATCH", (), arguments)
        return bool(arguments["params"])


class Deletable(Record):
    """A record that can be deleted."""

    __slots__ = ()

    def delete(self, **options: Unpack[Options]) -> bool:
        """Delete the record and return True: DELETE, with the path of the record."""
        self._connection().request("DELETE", self._address(), **read_arguments(options))
        return True


class Retrievable(Collection[AnyObject]):
    """A collection whose records are retrieved by ID."""

    def retrieve(self, id: int | str, **params: Unpack[RetrieveParams]) -> AnyObject:
        """Retrieve a record by ID: GET, with the path of the collection and the ID."""
        path, arguments = (*self._path, id), read_arguments(params)
        try:
            return self._build(self._client.request("GET", path, expect=dict, **arguments).body)
        except NotFoundError as error:
            cls = self._object
            if not str(id).isdecimal() and "number" in cls.__annotations__ and hasattr(self, "find"):
                error.advice = f"To find one by number, use client.{cls.__name__}.find(number={id!r})."
            raise


class Listable(Collection[AnyObject]):
    """A collection whose lists have no other parameters than `ListParams`."""

    def list(self, **params: Unpack[ListParams]) -> tuple[list[AnyObject], List]:
        """Fetch one page: GET. Return its records, and a `List` with its links and the total count."""
        return self._list(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[ListParams]
    ) -> Generator[AnyObject, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)
