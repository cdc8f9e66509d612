"""Letters."""

from ..object import Object
from ..options import WriteOptions


class DocumentLetter(WriteOptions, total=False):
    """Address of a letter; by default, the billing address of the customer."""

    name: str
    """Recipient; the customer name when left out."""
    address1: str
    """First address line; if it is given, the address below is used."""
    address2: str
    """Second address line."""
    city: str
    """City."""
    state: str
    """State; needed with `address1`."""
    postal_code: str
    """Postal code; needed with `address1`."""
    country: str
    """Two-letter country code; needed with `address1`."""


class Letter(Object):
    """A letter put in the send queue."""

    __slots__ = ()

    _type = "letter"

    id: str
    """ID."""
    state: str
    """Delivery state."""
    num_pages: int
    """Number of pages; always 1."""
    expected_delivery_date: int | None
    """Expected delivery."""
    to: str
    """Postal address, lines separated by newlines."""
    sent_by: int | None
    """ID of the user who sent it."""
    sent_by_id: int | None
    """Same as `sent_by`, never expanded."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
