"""Contacts of customers (chapter "Contacts")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .._compat import TypedDict, Unpack
from ..encoding import Path
from ..messages import Timeout
from .verbs import Deletable, Listable, Retrievable, Updatable

if TYPE_CHECKING:
    from ..client import Client


class ContactParams(TypedDict, total=False):
    """Fields of a contact accepted by create() and save()."""

    name: str
    """Contact name."""
    title: str | None
    """Job title."""
    email: str | None
    """E-mail address."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether the contact is copied on e-mails to the customer."""
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


class ContactFilter(TypedDict, total=False):
    """Fields of a contact that find() can match."""

    id: int
    """Contact ID."""
    name: str
    """Contact name."""
    title: str
    """Job title."""
    email: str
    """E-mail address."""
    phone: str
    """Phone number."""
    primary: bool
    """Whether the contact is copied on e-mails to the customer."""
    sms_enabled: bool
    """Whether the contact may receive text messages."""
    department: str
    """Department."""
    address1: str
    """First line of the street address."""
    address2: str
    """Second line of the street address."""
    city: str
    """City or town."""
    state: str
    """State, province or region."""
    postal_code: str
    """ZIP or postal code."""
    country: str
    """ISO 3166-1 alpha-2 country code, such as `US`."""


class Contact(Updatable, Deletable):
    """A contact of a customer: an additional recipient or address (chapter "Contacts").

    Example:
        If you know the ID, no request is needed.

        .. code-block:: python

            nancy = invoiced.Contact(client, 10403, parent=("customers", 15444))

    Args:
        client: client that sends the requests.
        id: contact ID.
        values: fields of the contact, if known.
        parent: path of its customer, such as `("customers", 15444)`.

    Raises:
        ValueError: an ID is empty or blank.
        TypeError: an ID is neither a number nor a string.
    """

    __slots__ = ()

    _path = "contacts"
    _type = "contact"

    id: int
    """Contact ID."""
    name: str
    """Contact name."""
    title: str | None
    """Job title."""
    email: str | None
    """E-mail address."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether the contact is copied on e-mails to the customer."""
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
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: Client, id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)

    def save(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **fields: Unpack[ContactParams],
    ) -> bool:
        """Update the contact with the changed fields and the given arguments (section "Update a contact").

        Afterwards, the contact has the fields of the response. If the API rejects the request, your edits are kept.

        Args:
            idempotency_key: key under which the API can recognize a retry; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **fields: fields of `ContactParams` to set before saving.

        Returns:
            True if a request was sent, False if nothing had changed.

        Raises:
            InvalidRequestError: the API rejected a field.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._save(fields, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)


class Contacts(Retrievable[Contact], Listable[Contact]):
    """The contacts of a customer, returned by `customer.contacts()` (chapter "Contacts")."""

    _object = Contact

    def create(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[ContactParams],
    ) -> Contact:
        """Create a contact (section "Create a contact").

        Args:
            idempotency_key: key under which the API can recognize a retry; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **params: fields of `ContactParams`: name, title, email, phone, primary, sms_enabled, department, address1,
                address2, city, state, postal_code and country. Other fields are sent as given.

        Returns:
            The contact, with the fields of the API's response.

        Raises:
            InvalidRequestError: the API rejected a field.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._create(params, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def find(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **filter: Unpack[ContactFilter]
    ) -> Contact:
        """Find the one contact that matches these fields (section "List all contacts").

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **filter: fields of `ContactFilter`, as in `find(email="nancy.talty@example.com")`.

        Returns:
            The contact.

        Raises:
            NotFoundError: no contact matches.
            MultipleFoundError: several contacts match.
            InvoicedError: the request failed for another reason.
            ValueError: no field was given, or a field has no value; nothing was sent.
        """
        return self._find(filter, timeout=timeout, deadline=deadline)
