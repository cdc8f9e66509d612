"""Import of contacts: each row creates a contact, or updates the customer's contact with the same e-mail address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, get_args, get_type_hints

from invoiced import Contact, ContactUpdate, Customer, WriteParams
from invoiced.runs import Results, Run, RunPlan
from invoiced.runs.execution import Outcome
from invoiced.runs.lookup import look_up
from invoiced.runs.recipients import identify, is_row
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import StagedRows
from invoiced.tables import TableRow, comparable, numbered, parse_address, row_of, text_of

_YES, _NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")
_CUSTOMER_COLUMNS: dict[str, tuple[str, ...]] = {"id": ("customer_id",), "number": ("customer_number",)}
"""Columns that identify the customer. `id` is not among them: in a file of contacts, it is the ID of the contact."""

_ONLY_CUSTOMER_COLUMN: dict[str, tuple[str, ...]] = {"number": ("customer",)}
"""Without these columns, `customer` has the number; beside them, it usually has the name."""

_NOT_FIELDS = {*get_type_hints(WriteParams), "customer_id", "customer_number"}
_FIELDS = {name: hint for name, hint in get_type_hints(ContactUpdate).items() if name not in _NOT_FIELDS}


class ContactImport(Run):
    """Creates and updates contacts of customers, one per row (chapter "Contacts").

    Example:
        .. code-block:: python

            from invoiced.imports import ContactImport

            acme = client.Customer.create(name="Acme")
            row = {"customer_id": acme.id, "name": "Nancy Talty", "email": "nancy.talty@example.com", "phone": "820"}
            run = ContactImport(client, journal="contacts.journal")
            for result in run.load([row]):
                print(result.customer, result.outcome)
    """

    _kind = "contacts"

    def plan(self, rows: Iterable[Mapping[str, Any]], *, source: str | None = None, clear: bool = False) -> RunPlan:
        """Plan the import, as a dry run. Nothing is changed, and no journal is created.

        Args:
            rows: rows as for `load`.
            source: name of the rows, as for `load`.
            clear: whether a blank cell clears its field.

        Raises:
            JournalError: the journal belongs to another run.
            InvoicedError: customers or their contacts could not be looked up.
        """
        return self._plan(rows, {"clear": clear}, source, None)

    def load(
        self,
        rows: Iterable[Mapping[str, Any]] | RunPlan,
        *,
        strict: bool = False,
        source: str | None = None,
        clear: bool = False,
    ) -> Results:
        """Create and update the contacts. All rows are checked before the first request is sent.

        The outcomes are `created`, `updated`, `unchanged`, and those of every run.

        Args:
            rows: mappings with the `customer_number` or `customer_id`, the `email` that identifies the contact
                (case-insensitive), and fields of the contact; other columns are ignored. A blank cell (also NaN, NaT
                or NA) does not change its field. Also a table from `read_table`, a data frame, or a plan from `plan`.
            strict: refuse the run if a row would be skipped.
            source: name of the rows, as for `StatementRun.send`.
            clear: whether a blank cell clears its field. Names and yes-or-no fields cannot be cleared.

        Yields:
            The result of each row.

        Raises:
            PlanError: all rows would be skipped, or `strict` is true and a row would be. Nothing was sent.
            JournalError: the journal is damaged, in use, or belongs to another run. Nothing was sent.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: customers could not be looked up; or, while iterating, AuthenticationError.
        """
        plan = rows if isinstance(rows, RunPlan) else self.plan(rows, source=source, clear=clear)
        plan.check(strict=strict)
        return self._begin(plan)

    def _parse(self, items: Iterable[Any], by: str | None) -> Iterator[Row]:
        for number, item in numbered(items, lambda row: {*_FIELDS, *chain(*_columns_of(row).values())}):
            if is_row(item):
                yield _parse_row(number, row_of(item, number))
            else:
                yield Row(number, problem=f"expected a row with columns, got {type(item).__name__}")

    def _complete(self, staged: StagedRows, content: Mapping[str, Any]) -> None:
        look_up(staged, self._client, self._rate_limiter)
        staged.index("customer_id")
        for (id,) in staged.distinct("customer_id", condition="problem = ''"):
            self._rate_limiter.wait()
            contacts = list(Customer(self._client, id).contacts().all())
            for row in staged.rows("problem = '' AND customer_id = ?", id):
                _compare(row, contacts, clear=content["clear"])
                staged.update(row)
        staged.mark_duplicates()

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        contact, fields = row.request["contact"], row.request["fields"]
        contacts = Customer(self._client_without_retries, row.customer.id or 0).contacts()
        if contact is None:
            return "created", {"contact": contacts.create(idempotency_key=key, **fields).id}
        if not fields:
            return "unchanged", {"contact": contact}
        parent = ("customers", row.customer.id or 0)
        Contact(self._client_without_retries, contact, parent=parent).save(idempotency_key=key, **fields)
        return "updated", {"contact": contact, "fields": sorted(fields)}

    def _check_stored(self, content: Mapping[str, Any], requests: Iterable[Mapping[str, Any]]) -> None:
        if content.keys() != {"clear"} or not isinstance(content["clear"], bool):
            raise ValueError("its content is not that of an import")
        for request in requests:
            contact, fields = request.get("contact"), request.get("fields")
            if request.keys() != {"contact", "fields"} or not (contact is None or type(contact) in (int, str)):
                raise ValueError("a row has an invalid contact")
            if type(fields) is not dict or not (fields.keys() <= _FIELDS.keys()):
                raise ValueError("a row has fields that a contact does not have")
            if not all(value is None or type(value) in (str, bool) for value in fields.values()):
                raise ValueError("a row has an invalid field of a contact")


def _columns_of(row: TableRow) -> Mapping[str, tuple[str, ...]]:
    return _CUSTOMER_COLUMNS if row.keys() & {"customer_id", "customer_number"} else _ONLY_CUSTOMER_COLUMN


def _parse_row(number: int, cells: TableRow) -> Row:
    row = identify(number, cells, _columns_of(cells), expected="customer_number or customer_id")
    try:
        row.request = {name: _parse_cell(name, _text_of(cells, name)) for name in _FIELDS if name in cells}
        if not row.request.get("email"):
            raise ValueError("no email (required to identify the contact)")
        parse_address(row.request["email"])
    except ValueError as error:
        row.problem = row.problem or str(error)
    return row


def _text_of(cells: TableRow, name: str) -> str | None:
    """Return the text of a cell; of a list, as `to` has in rows for statements, its only address."""
    cell = cells[name]
    is_list_of_one = name == "email" and isinstance(cell, (list, tuple)) and len(cell) == 1
    return text_of(cell[0]) if is_list_of_one else cells.text(name)


def _parse_cell(name: str, text: str | None) -> Any:
    """Return the value of a cell: a bool in a yes-or-no field, otherwise text."""
    types = get_args(_FIELDS[name]) or (_FIELDS[name],)
    if text is None or bool not in types:
        return text
    if text.lower() not in _YES + _NO:
        raise ValueError(f"invalid {name} {text!r} (expected yes or no)")
    return text.lower() in _YES


def _compare(row: Row, contacts: Iterable[Contact], *, clear: bool) -> None:
    """Set the request of a row: all fields for a new contact, or the changed fields for an existing one."""
    address = parse_address(row.request["email"])
    matches = [contact for contact in contacts if comparable(contact.email) == address.key]
    row.target = f"{row.customer.id} {address.key}"
    cleared = {name for name in row.request if clear and type(None) in get_args(_FIELDS[name])}
    cells = {name: value for name, value in row.request.items() if value is not None or name in cleared}
    if len(matches) > 1:
        row.problem = f"several contacts of the customer have the e-mail address {address.key}"
    elif matches:
        fields = {name: value for name, value in cells.items() if name != "email" and matches[0].get(name) != value}
        row.request = {"contact": matches[0].id, "fields": fields}
    elif not (new_name := cells.get("name") or address.name):
        row.problem = "no name (required for a new contact)"
    else:
        fields = {name: value for name, value in cells.items() if value is not None}
        row.request = {"contact": None, "fields": {**fields, "name": new_name, "email": address.email}}
