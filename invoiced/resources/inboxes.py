"""Inboxes."""

from collections.abc import Generator

from .._compat import Unpack
from ..list import List
from ..options import SortParams
from .verbs import Refreshable, Retrievable


class Inbox(Refreshable):
    """A shared inbox (not in the API reference)."""

    __slots__ = ()

    _path = "inboxes"

    id: int
    """ID."""
    external_id: str
    """Local part of its e-mail address."""
    email: str
    """E-mail address of the inbox."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Inboxes(Retrievable[Inbox]):
    """The inboxes of an account, as `client.Inbox`."""

    _object = Inbox

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[Inbox, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[Inbox], List]:
        """Fetch one page: GET /inboxes. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
