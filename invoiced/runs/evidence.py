"""Evidence: the name and the e-mail address that a row has beside the number or the ID of its customer.

In a sheet that was sorted in one column, numbers stand beside the names and addresses of others. So a row whose
evidence does not fit its customer is held.
"""

from __future__ import annotations

from contextlib import suppress

from invoiced import Client, Customer
from invoiced.tables import is_address, parse_addresses

from .rows import HELD_BACK, CustomerRef, Row
from .staged_rows import StagedRows
from .typography import without_typography

_LABELS = {"id": "ID", "number": "number"}
"""Fields beside which a row can have evidence."""


def has_name(customer: CustomerRef, name: str) -> bool:
    """Return whether a customer has this name, or this number, which columns for names may have, too."""
    own = (customer.name, customer.number)
    return without_typography(name) in [without_typography(each) for each in own if each]


class Evidence:
    """The evidence of rows, which is compared with their customers unless `trust_numbers` is true.

    An address that is not the customer's may be a contact's. Contacts are only looked up for such addresses, with one
    request per customer, when all customers are known.
    """

    def __init__(self, *, trust_numbers: bool = False) -> None:
        self._trust_numbers = trust_numbers
        self._open: dict[int | str, dict[int, list[str]]] = {}
        """Addresses that are not the customer's, by the ID of the customer and the number of the row."""

    def compare(self, row: Row, given: CustomerRef) -> str:
        """Return why a row is held, given the evidence; empty if it is not, or if contacts must be looked up."""
        if self._trust_numbers or row.lookup_field not in _LABELS:
            return ""
        if given.name and not has_name(row.customer, given.name):
            return _held(row, f"the name {given.name} beside it is not the customer's ({row.customer.name or 'none'})")
        own = _addresses_in(row.customer.email)
        others = [address for address in _addresses_in(given.email) if address not in own]
        if others and row.customer.id is not None:
            self._open.setdefault(row.customer.id, {})[row.number] = others
        return ""

    def ask_for_contacts(self, staged: StagedRows, client: Client) -> None:
        """Hold the rows with an address that is neither the customer's nor a contact's."""
        for id, addresses_by_row in self._open.items():
            contacts = Customer(client, id).contacts().all()
            theirs = {address for contact in contacts for address in _addresses_in(contact.email)}
            for number, addresses in addresses_by_row.items():
                row = next(staged.rows("number = ?", number))
                if not row.problem and (others := [address for address in addresses if address not in theirs]):
                    own = row.customer.email or "none"
                    label = ", ".join(each if is_address(each) else repr(each) for each in others)
                    reason = f"the e-mail address {label} beside it is neither the customer's ({own}) nor a contact's"
                    row.problem = _held(row, reason)
                    staged.update(row)


def _held(row: Row, reason: str) -> str:
    label = _LABELS[row.lookup_field or "number"]
    return f"{HELD_BACK}{reason}. Mend the row or the account, or trust the {label} alone (trust_numbers)"


def _addresses_in(text: str | None) -> list[str]:
    """Return the addresses in a cell as they are compared, or the text itself if it is not an address."""
    with suppress(ValueError):
        if addresses := parse_addresses(text or ""):
            return [address.key for address in addresses]
    return [text] if text else []
