"""Import of contacts: each row creates a contact, or updates the customer's contact with the same e-mail address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from os import PathLike
from typing import Any, get_args, get_type_hints

from invoiced import Client, Contact, ContactUpdate, Customer
from invoiced.ledger import Ledger
from invoiced.ledger.states import CREATED, UNCHANGED, UNKNOWN, UPDATED
from invoiced.runs import Plan, Results, Run
from invoiced.runs.execution import Outcome
from invoiced.runs.lookup import look_up
from invoiced.runs.recipients import identify, is_row
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows, key_of
from invoiced.tables import TableRow, comparable, numbered, parse_address, row_of

from .cells import fields_of, stored
from .lost_responses import wait_until_ended
from .sources import name_of

CUSTOMER_COLUMNS: dict[str, tuple[str, ...]] = {"id": ("customer_id",), "number": ("customer_number",)}
"""Columns that identify the customer. `id` is not among them: in a file of contacts, it is the ID of the contact."""

_ONLY_CUSTOMER_COLUMN: dict[str, tuple[str, ...]] = {"number": ("customer",)}
"""Without these columns, `customer` has the number; beside them, it usually has the name."""

_FIELDS = {name: kind for name, kind in fields_of(ContactUpdate).items() if name not in ("customer_id",)}
_CLEARED = {name for name, hint in get_type_hints(ContactUpdate).items() if type(None) in get_args(hint)}
"""Fields that can be cleared."""


class ContactImport(Run):
    """Creates and updates contacts of customers, one per row (chapter "Contacts").

    Each plan compares the rows with the contacts as they are. So a row whose response was lost is settled by looking,
    and an import that was interrupted continues when it is planned again.

    Example:
        .. code-block:: python

            from invoiced.imports import ContactImport

            acme = client.Customer.create(name="Acme")
            row = {"customer_id": acme.id, "name": "Nancy Talty", "email": "nancy.talty@example.com", "phone": "820"}
            run = ContactImport(client, source="new contacts")
            for result in run.send(run.plan([row])):
                print(result.customer, result.outcome)

    Args:
        client: the client. Its rate limit counts for all requests; without one, 5 requests are sent per second.
        source: name of the rows: a file, of which the name without the folder counts, or any other name.
        ledger: the ledger, or its path or URL; by default, that in INVOICED_LEDGER, otherwise a file in the user's data
            directory.
        concurrency: maximum number of requests in flight, up to 16. The API accepts 20 at a time from all programs with
            the same key.
        stop_after_errors: number of failed or unknown rows after which a session stops; None means no limit.

    Raises:
        LedgerError: the ledger cannot be used.
        ValueError: an argument is invalid.
    """

    _kind = "contacts"
    _reopened = (CREATED, UPDATED, UNCHANGED, UNKNOWN)

    def __init__(
        self,
        client: Client,
        source: str | PathLike[str],
        *,
        ledger: Ledger | str | PathLike[str] | None = None,
        concurrency: int = 4,
        stop_after_errors: int | None = None,
    ) -> None:
        super().__init__(
            client, name_of(source), ledger=ledger, concurrency=concurrency, stop_after_errors=stop_after_errors
        )

    def plan(self, rows: Iterable[Mapping[str, Any]], *, clear: bool = False) -> Plan:
        """Plan the import, as a dry run: compare the rows with the contacts of their customers.

        A contact that is already as its row wants is `unchanged`.

        Args:
            rows: mappings with the `customer_number` or `customer_id`, the `email` that identifies the contact
                (case-insensitive), and fields of the contact; other columns are ignored. A blank cell (also NaN, NaT
                or NA) does not change its field. Also a table from `read_table`, or a data frame.
            clear: whether a blank cell clears its field. Names and yes-or-no fields cannot be cleared.

        Raises:
            LedgerError: the ledger cannot be used.
            InvoicedError: customers or their contacts could not be looked up.
        """
        return self._make_plan(_parse(rows), {"clear": clear}, self._complete)

    def send(self, plan: Plan, *, strict: bool = False) -> Results:
        """Create and update the contacts, while iterating. Rows that cannot be imported come first.

        Args:
            plan: a plan of this run.
            strict: refuse the plan if a row cannot be imported.

        Yields:
            The result of each row: `created`, `updated`, `unchanged`, or what went wrong.

        Raises:
            PlanError: no row can be imported, or `strict` is true and a row cannot. Nothing was sent.
            LedgerError: the ledger cannot be written; while iterating: requests in flight may have been processed.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: while iterating: AuthenticationError.
        """
        return super().send(plan, strict=strict)

    def _complete(self, staged: StagedRows, content: Mapping[str, Any]) -> None:
        if entries := self._entries():
            wait_until_ended(entries)
        look_up(staged, self._client)
        staged.index("customer_id")
        for (id,) in staged.distinct("customer_id", condition="problem = ''"):
            contacts = list(Customer(self._client, id).contacts().all())
            for row in staged.rows("problem = '' AND customer_id = ?", id):
                _compare(row, contacts, clear=content["clear"])
                staged.update(row)

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        contact, fields = row.request["contact"], row.request["fields"]
        contacts = Customer(self._sending_client, row.customer.id or 0).contacts()
        if contact is None:
            id = contacts.create(idempotency_key=key, **fields).get("id")
            return Outcome(CREATED, {"contact": id}) if id else Outcome(UNKNOWN, reason="the response has no contact")
        parent = ("customers", row.customer.id or 0)
        Contact(self._sending_client, contact, parent=parent).save(idempotency_key=key, **fields)
        return Outcome(UPDATED, {"contact": contact, "fields": sorted(fields)})


def _parse(items: Iterable[Any]) -> Iterator[Row]:
    for number, item in numbered(items, lambda row: {*_FIELDS, *chain(*_columns_of(row).values())}):
        if is_row(item):
            yield _parse_row(number, row_of(item, number))
        else:
            yield Row(number, problem=f"expected a row with columns, got {type(item).__name__}")


def _columns_of(row: TableRow) -> Mapping[str, tuple[str, ...]]:
    return CUSTOMER_COLUMNS if row.keys() & {"customer_id", "customer_number"} else _ONLY_CUSTOMER_COLUMN


def _parse_row(number: int, cells: TableRow) -> Row:
    row = identify(number, cells, _columns_of(cells), expected="customer_number or customer_id")
    try:
        row.request = {name: stored(_with_one_address(cells), name, _FIELDS[name]) for name in _FIELDS if name in cells}
        if not row.request.get("email"):
            raise ValueError("no email (required to identify the contact)")
        parse_address(row.request["email"])
    except ValueError as error:
        row.problem = row.problem or str(error)
    return row


def _with_one_address(cells: TableRow) -> TableRow:
    """Return the cells with the only address of a list, as `to` has in rows for statements."""
    email = cells.get("email")
    if isinstance(email, (list, tuple)) and len(email) == 1:
        return TableRow(cells.number, [*cells], {**cells, "email": email[0]}.values())
    return cells


def _compare(row: Row, contacts: Iterable[Contact], *, clear: bool) -> None:
    """Set the request of a row: all fields for a new contact, or the changed fields for an existing one."""
    address = parse_address(row.request["email"])
    matches = [contact for contact in contacts if comparable(contact.email) == address.key]
    row.key = key_of(f"{row.customer.id} {address.key}")
    row.lookup_field, row.lookup_value = "contact", row.key
    cells = {name: value for name, value in row.request.items() if value is not None or (clear and name in _CLEARED)}
    if len(matches) > 1:
        row.problem = f"several contacts of the customer have the e-mail address {address.key}"
    elif matches:
        fields = {name: value for name, value in cells.items() if name != "email" and matches[0].get(name) != value}
        row.request = {"contact": matches[0].id, "fields": fields}
        if not fields:
            row.state, row.found = UNCHANGED, {"contact": matches[0].id}
    elif not (new_name := cells.get("name") or address.name):
        row.problem = "no name (required for a new contact)"
    else:
        fields = {name: value for name, value in cells.items() if value is not None}
        row.request = {"contact": None, "fields": {**fields, "name": new_name, "email": address.email}}
