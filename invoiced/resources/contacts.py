"""Chapter "Contacts": further recipients and addresses of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..encoding import Path
from ..later_typing import TypedDict, Unpack
from ..messages import Timeout
from .verbs import Deletable, Listable, Retrievable, Updatable

if TYPE_CHECKING:
    from ..client import Client


class ContactParams(TypedDict, total=False):
    """The fields that create() and save() take; `Contact` tells their meaning."""

    name: str
    title: str | None
    email: str | None
    phone: str | None
    primary: bool
    sms_enabled: bool | None
    department: str | None
    address1: str | None
    address2: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    country: str | None


class ContactFilter(TypedDict, total=False):
    """The fields by which find() looks for a contact."""

    id: int
    name: str
    title: str
    email: str
    phone: str
    primary: bool
    sms_enabled: bool
    department: str
    address1: str
    address2: str
    city: str
    state: str
    postal_code: str
    country: str


class Contact(Updatable, Deletable):
    """A further recipient or address of a customer (chapter "Contacts").

    One whose id is known needs no fetching: `invoiced.Contact(client, 10403, parent=("customers", 15444))`.
    """

    __slots__ = ()

    _path = "contacts"
    _type = "contact"

    id: int
    name: str
    title: str | None
    """Job title."""
    email: str | None
    phone: str | None
    primary: bool
    """Whether the contact gets a copy of what is sent to the customer."""
    sms_enabled: bool | None
    """Whether the contact may get text messages."""
    department: str | None
    address1: str | None
    """Street address, first line."""
    address2: str | None
    """Street address, second line."""
    city: str | None
    state: str | None
    """State or province."""
    postal_code: str | None
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

        An edit that the API refuses stays. Answers whether there was anything to send. Then the fields are replaced
        by the API's answer.

        Raises InvalidRequestError if the API refuses a field, and the other errors of `invoiced.errors`.
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

        Takes name, title, email, phone, primary, sms_enabled, department, address1, address2, city, state,
        postal_code and country. Others are sent as they are.

        Raises InvalidRequestError if the API refuses a field. If the outcome is unknown, the error says so
        and carries the `idempotency_key` that was sent.
        """
        return self._create(params, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def find(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **filter: Unpack[ContactFilter]
    ) -> Contact:
        """The one contact of the customer that has these fields: `find(email="nancy.talty@example.com")`.

        Raises NotFoundError if none has, MultipleFoundError if several have, ValueError for a field
        without a value.
        """
        return self._find(filter, timeout=timeout, deadline=deadline)
