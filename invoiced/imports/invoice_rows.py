"""Rows of a table as invoices: one row per line, and one invoice for the rows of a reference that follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from typing import Any

from invoiced import InvoiceCreate, LineItemInput
from invoiced.runs.recipients import identify, is_row
from invoiced.runs.rows import Row
from invoiced.runs.staged_rows import key_of
from invoiced.tables import TableRow, is_blank, numbered, row_of

from .cells import fields_of, sent, stored
from .contacts import CUSTOMER_COLUMNS
from .currencies import contradicts

REFERENCE = "reference"
"""The column that identifies an invoice, and the key in its metadata that has it."""

_MAX_BYTES = 255
"""Length of a value of metadata."""

INVOICE_FIELDS = {name: kind for name, kind in fields_of(InvoiceCreate).items() if name != "name"}
"""Fields of an invoice that a row can have. `name` is that of the line."""

LINE_FIELDS = {name: kind for name, kind in fields_of(LineItemInput).items() if name not in ("id", "amount")}
"""Fields of a line. The API calculates its amount."""

_IN_CURRENCY = [
    name for name, kind in {**INVOICE_FIELDS, **LINE_FIELDS}.items() if kind is Decimal and name != "quantity"
]
"""Fields that are amounts of money."""

_PRICES = ("unit_cost", "catalog_item", "plan")
"""Fields of a line of which one has its price."""


@dataclass
class _Line:
    """A row of a table: a line of an invoice, with what the row says of the invoice."""

    row: Row
    has_customer: bool = False
    reference: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    item: dict[str, Any] = field(default_factory=dict)
    shown_in: dict[str, str] = field(default_factory=dict)
    """Currencies that a person sees beside amounts, and the first column of each."""
    problem: str = ""


def parse_invoices(items: Iterable[Any]) -> Iterator[Row]:
    """Yield a row of the run for each reference. It has the number of its first row, and the lines of all."""
    invoice: list[_Line] = []
    for number, item in numbered(items, _columns_read):
        line = _parse_line(number, item)
        if invoice and (line.reference is None or line.reference != invoice[0].reference):
            yield _merged(invoice)
            invoice = []
        invoice.append(line)
    if invoice:
        yield _merged(invoice)


def differences(row: Row, customer_id: str | None, request: Mapping[str, Any]) -> list[str]:
    """Return in what a row is not what was sent before for its reference."""
    names = [] if customer_id == str(row.customer.id) else ["customer"]
    now, before = (sent(each["fields"], INVOICE_FIELDS) for each in (row.request, request))
    names += [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return names if lines_of(row.request) == lines_of(request) else [*names, "items"]


def currency_of(row: Row) -> str:
    """Return the currency of an invoice that was looked up; empty if neither the rows nor the customer have one."""
    return str(row.request["fields"].get("currency") or row.request["currency"] or "").lower()


def problem_of_currency(row: Row) -> str:
    """Return what is wrong if a person sees amounts in another currency than that of the invoice."""
    currency = currency_of(row)
    for shown, name in row.request.get("shown_in", {}).items():
        if currency and contradicts(shown, currency):
            return f"{name} is in {shown}, but the invoice would be in {currency}"
    return ""


def lines_of(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of an invoice as they are sent."""
    return [sent(item, LINE_FIELDS) for item in request["items"]]


def _columns_of(row: TableRow) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of the customer. Beside one with its number or ID, others have the name that it must have."""
    if not row.keys() & set(chain(*CUSTOMER_COLUMNS.values())):
        return {"number": ("customer",)}
    return {**CUSTOMER_COLUMNS, "name": ("customer_name",) if "customer_name" in row else ("customer",)}


def _columns_read(row: TableRow) -> set[str]:
    return {REFERENCE, *INVOICE_FIELDS, *LINE_FIELDS, *chain(*_columns_of(row).values())}


def _parse_line(number: int, item: Any) -> _Line:
    if not is_row(item):
        return _Line(Row(number), problem=f"expected a row with columns, got {type(item).__name__}")
    cells = row_of(item, number)
    columns = _columns_of(cells)
    line = _Line(identify(number, cells, columns, expected="customer_number or customer_id"))
    line.has_customer = any(not is_blank(cells.get(name)) for name in chain(*columns.values()))
    try:
        line.reference = _reference_of(cells)
        line.fields, line.item = _values(cells, INVOICE_FIELDS), _values(cells, LINE_FIELDS)
        line.shown_in = _currencies_shown(cells)
        if not line.item.keys() & {*_PRICES}:
            raise ValueError("no unit_cost")
    except ValueError as error:
        line.problem = str(error)
    return line


def _reference_of(cells: TableRow) -> str:
    reference = cells.text(REFERENCE)
    if not reference:
        raise ValueError("no reference (required, so that the invoice is created once)")
    if len(reference.encode()) > _MAX_BYTES or not reference.isprintable():
        raise ValueError(f"invalid reference {reference[:40]!r} (expected one line of at most {_MAX_BYTES} bytes)")
    return reference


def _values(cells: TableRow, kinds: Mapping[str, type]) -> dict[str, Any]:
    values = {name: stored(cells, name, kind) for name, kind in kinds.items() if name in cells}
    return {name: value for name, value in values.items() if value is not None}


def _currencies_shown(cells: TableRow) -> dict[str, str]:
    amounts = [(name, cells.amount(name)) for name in _IN_CURRENCY if name in cells]
    return {amount.currency: name for name, amount in amounts if amount and amount.currency}


def _merged(lines: Sequence[_Line]) -> Row:
    """Return the row of the invoice that consists of lines. In later ones, what is blank is as in the first."""
    first, fields = lines[0], dict[str, Any]()
    row = first.row
    problems = [first.problem or row.problem]
    for line in lines:
        names = [name for name, value in line.fields.items() if fields.setdefault(name, value) != value]
        if line.has_customer and (line.row.lookup_field, line.row.lookup_value) != (row.lookup_field, row.lookup_value):
            names.append("customer")
        if names:
            problems.append(f"row {line.row.number}: {', '.join(names)} is not as in row {row.number}")
        elif line.problem and line is not first:
            problems.append(f"row {line.row.number}: {line.problem}")
    row.problem = next(filter(None, problems), "")
    row.key = None if first.reference is None else key_of(first.reference)
    shown_in = {shown: name for line in lines for shown, name in line.shown_in.items()}
    request = {REFERENCE: first.reference, "fields": fields, "items": [line.item for line in lines]}
    row.request = {**request, "shown_in": shown_in} if shown_in else request
    return row
