"""The verbs that resources share: those that take no parameters of one resource alone."""

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
    """A record that can be fetched again and changed."""

    __slots__ = ()

    def refresh(self, *, timeout: Timeout | None = None, deadline: float | None = None) -> None:
        """Fetch the record again and replace its fields (section "Retrieve a customer" and the like).

        Edits that were not saved are lost.

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.

        Raises:
            NotFoundError: the record is gone.
            InvoicedError: the request did not succeed otherwise.
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
            problem = f"The answer is about another record, {body['id']!r}."
            path = encode_path(self._address())
            raise ApiError(problem, method=method, path=path, status_code=200, request_sent=True)
        self._fill(self._client, body, self._parent)


class Deletable(Object):
    """A record that can be deleted."""

    __slots__ = ()

    def delete(self, *, timeout: Timeout | None = None, deadline: float | None = None) -> None:
        """Delete the record (section "Delete a customer" and the like).

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.

        Raises:
            NotFoundError: it is gone already.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
        """
        self._connection().request("DELETE", self._address(), timeout=timeout, deadline=deadline)


class Retrievable(Collection[AnyObject]):
    """A collection whose records are retrieved by id alone."""

    def retrieve(self, id: int | str, *, timeout: Timeout | None = None, deadline: float | None = None) -> AnyObject:
        """Retrieve a record by its id (section "Retrieve a contact" and the like).

        Args:
            id: id of the record.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.

        Raises:
            NotFoundError: there is none.
            InvoicedError: the request did not succeed otherwise.
            ValueError: the id is empty or blank, and nothing was sent.
        """
        return self._retrieve(id, {}, timeout=timeout, deadline=deadline)


class ListParams(TypedDict, total=False):
    """What every list takes (chapter "Pagination")."""

    page: int
    """Number of the page, from 1. Pages must be fetched one after the other; `all()` does it for you."""
    per_page: int
    """Records per page, at most 100."""
    sort: str
    """Column and direction: `name asc`."""
    filter: Mapping[str, object]
    """Exact matches by field: `{"number": "CUST-0001"}`. One that is None is left out and restricts nothing."""


class Listable(Collection[AnyObject]):
    """A collection whose lists take nothing but what every list takes."""

    def all(
        self,
        *,
        prefetch: bool = False,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[ListParams],
    ) -> Generator[AnyObject, None, None]:
        """Fetch every record, page after page, as the loop goes (section "List all contacts", chapter "Pagination").

        Pages have 100 records unless `per_page` says otherwise; one is in memory at a time. In an order that does not
        change, each record that is there from the first page to the last comes exactly once, whatever others, or the
        loop itself, create and delete meanwhile. Only as many leaving the list as joining it, between the same two
        pages, can hide; `sort="id desc"` makes that harmless in a list that is not restricted, and a warning in the log
        tells of it as a rule. An error ends the loop.

        Args:
            prefetch: let a thread fetch the next page while the loop goes over this one; two pages are in memory.
                Leaving the loop waits for the page that is under way; `close()` does it where the iterator has a name.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for each page, repeats and waits included; without it, the client's.
            **params: what `list` takes.

        Yields:
            The records, in the order of the list.

        Raises:
            InvoicedError: while looping: a request did not succeed.
            ValueError: at once: a value cannot be sent as it is meant.
            TypeError: at once: a value is of a type that cannot be sent.
        """
        return self._all(params, prefetch=prefetch, timeout=timeout, deadline=deadline)

    def list(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **params: Unpack[ListParams]
    ) -> tuple[list[AnyObject], List]:
        """Fetch one page of records (section "List all contacts" and the like, chapter "Pagination").

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **params: those of `ListParams`: page, per_page, sort and filter, as in
                `list(per_page=3, sort="name asc", filter={"primary": True})`.

        Returns:
            The records of the page, and a `List` of its links and the total count.

        Raises:
            InvoicedError: the request did not succeed.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._list(params, timeout=timeout, deadline=deadline)
