"""The addresses to which the API sends a statement that names no recipients."""

from __future__ import annotations

from invoiced import Client, Customer
from invoiced.runs.rows import CustomerRef
from invoiced.tables import comparable, is_address


def addresses_of(client: Client, customer: CustomerRef) -> list[str]:
    """Return the addresses of the primary contacts, by name, and then the customer's own.

    Raises:
        InvoicedError: the contacts could not be listed.
    """
    contacts = [*Customer(client, customer.id or 0).contacts().all()]
    primary = [contact for contact in contacts if contact.get("primary", True)]
    texts = [each.get("email") for each in sorted(primary, key=lambda contact: str(contact.get("name")))]
    addresses = dict[str, str]()
    for text in (*texts, customer.email):
        if isinstance(text, str) and is_address(text):
            addresses.setdefault(comparable(text), text)
    return [*addresses.values()]
