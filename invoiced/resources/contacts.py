"""Chapter "Contacts": further recipients and addresses of a customer."""

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
    """The fields of a contact that create() and save() take."""

    name: str
    """Name of the contact."""
    title: str | None
    """Job title."""
    email: str | None
    """E-mail address."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether the contact gets a copy of what is sent to the customer."""
    sms_enabled: bool | None
    """Whether the contact may get text messages."""
    department: str | None
    """Department that the contact works in."""
    address1: str | None
    """Street address, first line."""
    address2: str | None
    """Street address, second line."""
    city: str | None
    """City or town."""
    state: str | None
    """State or province."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 code: `US`."""


class ContactFilter(TypedDict, total=False):
    """The fields by which find() looks for a contact."""

    id: int
    """Id of the contact."""
    name: str
    """Name of the contact."""
    title: str
    """Job title."""
    email: str
    """E-mail address."""
    phone: str
    """Phone number."""
    primary: bool
    """Whether the contact gets a copy of what is sent to the customer."""
    sms_enabled: bool
    """Whether the contact may get text messages."""
    department: str
    """Department that the contact works in."""
    address1: str
    """Street address, first line."""
    address2: str
    """Street address, second line."""
    city: str
    """City or town."""
    state: str
    """State or province."""
    postal_code: str
    """ZIP or postal code."""
    country: str
    """ISO 3166-1 alpha-2 code: `US`."""


class Contact(Updatable, Deletable):
    """A further recipient or address of a customer (chapter "Contacts").

    Example:
        One whose id is known needs no fetching.

        .. code-block:: python

            nancy = invoiced.Contact(client, 10403, parent=("customers", 15444))

    Args:
        client: the client that it is reached through.
        id: id of the contact.
        values: its fields, if they are known.
        parent: path of the customer that it hangs off, as `("customers", 15444)`.

    Raises:
        ValueError: an id is empty or blank.
        TypeError: an id is neither a number nor a text.
    """

    __slots__ = ()

    _path = "contacts"
    _type = "contact"

    id: int
    """Id of the contact."""
    name: str
    """Name of the contact."""
    title: str | None
    """Job title."""
    email: str | None
    """E-mail address."""
    phone: str | None
    """Phone number."""
    primary: bool
    """Whether the contact gets a copy of what is sent to the customer."""
    sms_enabled: bool | None
    """Whether the contact may get text messages."""
    department: str | None
    """Department that the contact works in."""
    address1: str | None
    """Street address, first line."""
    address2: str | None
    """Street address, second line."""
    city: str | None
    """City or town."""
    state: str | None
    """State or province."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 code: `US`."""
    created_at: int
    """When the contact was created, in Unix seconds."""
    updated_at: int
    """When the contact last changed, in Unix seconds."""

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
        """Send the fields that changed, and those given here (section "Update a contact").

        An edit that the API refuses stays. Then the fields are replaced by the API's answer.

        Args:
            idempotency_key: by which the API may know a repeated request; without it, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **fields: those of `ContactParams`, to be set before.

        Returns:
            Whether there was anything to send.

        Raises:
            InvalidRequestError: the API refuses a field.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._save(fields, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)


class Contacts(Retrievable[Contact], Listable[Contact]):
    """The contacts of a customer, as `customer.contacts()` hands them out (chapter "Contacts")."""

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
            idempotency_key: by which the API may know a repeated request; without it, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **params: those of `ContactParams`: name, title, email, phone, primary, sms_enabled, department, address1,
                address2, city, state, postal_code and country. Others are sent as they are.

        Returns:
            The contact, as the API answered it.

        Raises:
            InvalidRequestError: the API refuses a field.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._create(params, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def find(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **filter: Unpack[ContactFilter]
    ) -> Contact:
        """Find the one contact of the customer that has these fields (section "List all contacts").

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **filter: those of `ContactFilter`, as in `find(email="nancy.talty@example.com")`.

        Raises:
            NotFoundError: none has them.
            MultipleFoundError: several have them.
            InvoicedError: the request did not succeed otherwise.
            ValueError: there is no field, or one has no value, and nothing was sent.
        """
        return self._find(filter, timeout=timeout, deadline=deadline)
