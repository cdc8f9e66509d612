"""Notes."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .._compat import Required, Unpack
from ..collection import Collection
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Updatable

if TYPE_CHECKING:
    from .customers import Customer
    from .members import User


class NoteCreate(WriteParams, total=False):
    """Fields of a note accepted by create()."""

    customer_id: int
    """Same as the ID in `customer`."""
    invoice_id: int
    """Same as `invoice`."""
    notes: Required[str]
    """Text."""
    user_id: int
    """ID of the author, null when written with an API key."""


class NoteUpdate(WriteParams, total=False):
    """Fields of a note accepted by save()."""

    notes: str
    """Text."""


class NoteList(ListParams, total=False):
    """Parameters of list() and all()."""

    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""
    updated_before: Timestamp
    """Only objects changed before this time; those of the same second are left out."""


class NoteFilter(Options, total=False):
    """Fields of a note that find() can match."""

    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    customer: int
    """Customer of the note, also set for notes on invoices."""
    customer_id: int
    """Same as the ID in `customer`."""
    id: int
    """ID."""
    invoice: int
    """Invoice of the note, null for notes on a customer."""
    invoice_id: int
    """Same as `invoice`."""
    notes: str
    """Text."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
    user_id: int
    """ID of the author, null when written with an API key."""


class Note(Updatable, Deletable):
    """An internal note on a customer or invoice (beta) (chapter "Notes")."""

    __slots__ = ()

    _path = "notes"
    _type = "note"
    _instead = {"refresh": "client.Note.find(id=...)"}

    id: int
    """ID."""
    notes: str
    """Text."""
    customer: "int | Customer"
    """Customer of the note, also set for notes on invoices."""
    customer_id: int
    """Same as the ID in `customer`."""
    invoice: int | None
    """Invoice of the note, null for notes on a customer."""
    invoice_id: int | None
    """Same as `invoice`."""
    user: "User | None"
    """Author, null when written with an API key."""
    user_id: int | None
    """ID of the author, null when written with an API key."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[NoteUpdate]) -> bool:
        """Update the note: PATCH /notes/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Notes(Collection[Note]):
    """The notes of an account, as `client.Note`."""

    _object = Note
    _instead = {"retrieve": "client.Note.find(id=...)"}

    def create(self, **params: Unpack[NoteCreate]) -> Note:
        """Create a note: POST /notes."""
        return self._create(params)

    def find(self, **filter: Unpack[NoteFilter]) -> Note:
        """Find the one note that matches these fields: GET /notes."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[NoteList]
    ) -> Generator[Note, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[NoteList]) -> tuple[list[Note], List]:
        """Fetch one page: GET /notes. Return its records, and a `List` with its links and the total count."""
        return self._list(params)


class NestedNotes(Listable[Note]):
    """The notes of another record, such as `customer.list_notes()`."""

    _object = Note
    _instead = {"create": "client.Note.create()", "retrieve": "find(id=...)"}

    def find(self, **filter: Unpack[NoteFilter]) -> Note:
        """Find the one note that matches these fields: GET /customers/:customer_id/notes."""
        return self._find(filter)
