"""Text messages."""

from collections.abc import Sequence

from .._compat import Required, TypedDict
from ..object import Object
from ..options import WriteOptions


class TextMessageRecipient(TypedDict, total=False):
    """Name and phone number of a recipient."""

    name: str
    """Name, for the variable `contact_name`."""
    phone: Required[str]
    """Phone number; without a leading `+`, the country code is put in front."""
    country: str
    """ISO 3166-1 alpha-2 code of the country that the number belongs to."""


class DocumentTextMessage(WriteOptions, total=False):
    """Options of a text message about a document."""

    message: Required[str]
    """Whole text; `{{company_name}}`, `{{customer_name}}`, `{{invoice_number}}`, `{{total}}`, `{{balance}}` and
    `{{url}}` are replaced."""
    to: Required[Sequence[TextMessageRecipient]]
    """Recipients."""


class TextMessage(Object):
    """A text message put in the send queue."""

    __slots__ = ()

    _type = "text_message"

    id: str
    """ID."""
    state: str
    """Delivery state."""
    to: str
    """Recipient number."""
    message: str
    """Message text."""
    contact_name: str | None
    """Name of the recipient."""
    sent_by: int | None
    """ID of the user who sent it."""
    sent_by_id: int | None
    """Same as `sent_by`, never expanded."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
