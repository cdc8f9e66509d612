"""Contacts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._compat import Required, Unpack
from ..encoding import Path
from ..options import Options, WriteParams
from ..values import Timestamp
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from ..client import Client
    from .customers import Customer


class _ContactFields(WriteParams, total=False):
    """Fields of a contact accepted by create() and save()."""

    title: str | None
    """Job title."""
    email: str | None
    """E-mail address: a single one, kept in lower case."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether e-mails to the customer are also sent to the contact, as they are by default."""
    sms_enabled: bool
    """Whether the contact may receive text messages."""
    department: str | None
    """Department."""
    address1: str | None
    """First line of the street address."""
    address2: str | None
    """Second line of the street address."""
    city: str | None
    """City or town."""
    state: str | None
    """State, province or region."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    send_new_invoices: bool
    """Whether the contact gets new invoices."""
    role: int | None
    """ID of a contact role."""


class ContactCreate(_ContactFields, total=False):
    """Fields of a contact accepted by create()."""

    name: Required[str]
    """Contact name."""


class ContactUpdate(_ContactFields, total=False):
    """Fields of a contact accepted by save()."""

    name: str
    """Contact name."""
    customer_id: int
    """Same as `customer`, never expanded."""


class ContactFilter(Options, total=False):
    """Fields of a contact that find() can match."""

    address1: str
    """First line of the street address."""
    address2: str
    """Second line of the street address."""
    city: str
    """City or town."""
    country: str
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    customer: int
    """Customer that the contact belongs to."""
    department: str
    """Department."""
    email: str
    """E-mail address: a single one, kept in lower case."""
    id: int
    """Contact ID."""
    name: str
    """Contact name."""
    phone: str
    """Phone number."""
    postal_code: str
    """ZIP or postal code."""
    primary: bool
    """Whether e-mails to the customer are also sent to the contact, as they are by default."""
    sms_enabled: bool
    """Whether the contact may receive text messages."""
    state: str
    """State, province or region."""
    title: str
    """Job title."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Contact(Refreshable, Updatable, Deletable):
    """A contact of a customer: an additional recipient or address (chapter "Contacts")."""

    __slots__ = ()

    _path = "contacts"
    _type = "contact"
    _fetched_with = "customer.contacts().retrieve(id)"

    id: int
    """Contact ID."""
    name: str
    """Contact name."""
    title: str | None
    """Job title."""
    email: str | None
    """E-mail address: a single one, kept in lower case."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether e-mails to the customer are also sent to the contact, as they are by default."""
    sms_enabled: bool | None
    """Whether the contact may receive text messages."""
    department: str | None
    """Department."""
    address1: str | None
    """First line of the street address."""
    address2: str | None
    """Second line of the street address."""
    city: str | None
    """City or town."""
    state: str | None
    """State, province or region."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    send_new_invoices: bool
    """Whether the contact gets new invoices."""
    role: int | None
    """ID of a contact role."""
    role_id: int | None
    """Same as `role`, never expanded."""
    customer: "int | Customer"
    """Customer that the contact belongs to."""
    customer_id: int
    """Same as `customer`, never expanded."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)

    def save(self, **fields: Unpack[ContactUpdate]) -> bool:
        """Update the contact: PATCH /customers/:customer_id/contacts/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Contacts(Retrievable[Contact], Listable[Contact]):
    """The contacts of a customer, as `customer.contacts()`."""

    _object = Contact

    def create(self, **params: Unpack[ContactCreate]) -> Contact:
        """Create a contact: POST /customers/:customer_id/contacts."""
        return self._create(params)

    def find(self, **filter: Unpack[ContactFilter]) -> Contact:
        """Find the one contact that matches these fields: GET /customers/:customer_id/contacts."""
        return self._find(filter)
