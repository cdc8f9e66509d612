"""Methods shared by several resources."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from .._compat import TypedDict, Unpack
from ..collection import AnyObject, Collection
from ..encoding import encode_path
from ..errors import ApiError
from ..list import List
from ..messages import Timeout
from ..object import Object


class Updatable(Object):
    """A record that can be refreshed and changed."""

    __slots__ = ()

    def refresh(self, *, timeout: Timeout | None = None, deadline: float | None = None) -> None:
        """Fetch the record again and replace its fields (section "Retrieve a customer" and similar).

        Unsaved edits are lost.

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.

        Raises:
            NotFoundError: the record no longer exists.
            InvoicedError: the request failed for another reason.
        """
        self._replace("GET", {}, timeout=timeout, deadline=deadline)

    def _save(self, fields: Mapping[str, Any], **options: Any) -> bool:
        for name, value in fields.items():
            self[name] = value
        changes = self._changes()
        if changes:
            self._replace("PATCH", changes, **options)
        return bool(changes)

    def _replace(self, method: str, params: Mapping[str, Any], **options: Any) -> None:
        body = self._connection().request(method, self._address(), params, expect=dict, **options).body
        body = {"id": self["id"], **body}
        if str(body["id"]) != str(self["id"]):
            problem = f"Expected record {self['id']!r} in the response, got {body['id']!r}."
            path = encode_path(self._address())
            raise ApiError(problem, method=method, path=path, status_code=200, request_sent=True)
        self._fill(self._client, body, self._parent)


class Deletable(Object):
    """A record that can be deleted."""

    __slots__ = ()

    def delete(self, *, timeout: Timeout | None = None, deadline: float | None = None) -> None:
        """Delete the record (section "Delete a customer" and similar).

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.

        Raises:
            NotFoundError: the record no longer exists.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
        """
        self._connection().request("DELETE", self._address(), timeout=timeout, deadline=deadline)


class Retrievable(Collection[AnyObject]):
    """A collection whose records are retrieved by ID only."""

    def retrieve(self, id: int | str, *, timeout: Timeout | None = None, deadline: float | None = None) -> AnyObject:
        """Retrieve a record by ID (section "Retrieve a contact" and similar).

        Args:
            id: record ID.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.

        Returns:
            The record.

        Raises:
            NotFoundError: there is no such record.
            InvoicedError: the request failed for another reason.
            ValueError: the ID is empty or blank; nothing was sent.
        """
        return self._retrieve(id, {}, timeout=timeout, deadline=deadline)


class ListParams(TypedDict, total=False):
    """Parameters of every list (chapter "Pagination")."""

    page: int
    """Page number, starting at 1. Pages must be read in order; `all()` does so."""
    per_page: int
    """Records per page, at most 100."""
    sort: str
    """Column and direction, such as `name asc`."""
    filter: Mapping[str, object]
    """Exact matches by field, such as `{"number": "CUST-0001"}`. A field that is None is left out."""


class Listable(Collection[AnyObject]):
    """A collection whose lists have no other parameters than `ListParams`."""

    def all(
        self,
        *,
        prefetch: bool = False,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[ListParams],
    ) -> Generator[AnyObject, None, None]:
        """Yield every record, fetching page after page (section "List all contacts", chapter "Pagination").

        A page has 100 records unless `per_page` is given, and one page is in memory at a time. If the order of the
        records does not change, every record that exists throughout the iteration is yielded exactly once, even if
        the loop itself or others create and delete records. There is one exception: if as many records leave the
        list as join it between two pages, a record can be missed, and usually a warning is logged.
        `sort="id desc"` prevents this in a list without filters. An error ends the iteration.

        Args:
            prefetch: fetch the next page in a thread while the loop processes the current page; two pages are in
                memory. Leaving the loop waits for the page in flight. If a variable refers to the iterator, call its
                `close()`.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for each page, including retries and waits; by default, the client's.
            **params: the parameters of `list`.

        Yields:
            The records, in the order of the list.

        Raises:
            InvoicedError: during the iteration, if a request failed.
            ValueError: immediately, if a value is invalid; nothing was sent.
            TypeError: immediately, if a value has an unsupported type; nothing was sent.
        """
        return self._all(params, prefetch=prefetch, timeout=timeout, deadline=deadline)

    def list(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **params: Unpack[ListParams]
    ) -> tuple[list[AnyObject], List]:
        """Fetch one page of records (section "List all contacts" and similar, chapter "Pagination").

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **params: parameters of `ListParams`: page, per_page, sort and filter, as in
                `list(per_page=3, sort="name asc", filter={"primary": True})`.

        Returns:
            The records of the page, and a `List` with its links and the total count.

        Raises:
            InvoicedError: the request failed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._list(params, timeout=timeout, deadline=deadline)
