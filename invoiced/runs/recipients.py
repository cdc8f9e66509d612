"""Parsing of recipients: the customer that each item identifies."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from numbers import Real
from typing import Any, TypeGuard

from invoiced import Customer, Object
from invoiced.tables import TableError, TableRow, is_blank, numbered, parse_address, row_of
from invoiced.tables.column_names import IDENTIFYING, NAMES_OF_CUSTOMERS

from .rows import CustomerRef, Row

FIELDS = ("id", "number", "email")
"""Fields that can identify a customer, in order of precedence."""

COLUMNS = {field: (field, f"customer_{field}") for field in FIELDS}
"""Columns that can have a field of the customer."""

_COMPARED_COLUMNS = {"email": COLUMNS["email"], "name": ("customer",), "number": ("no",)}
"""Columns of rows without an ID and a number that have an address. The customer must have this name and number."""

_REPORT_COLUMNS = {"outcome", "reason"}
"""Columns that, beside one that identifies a customer, only the report of a run has."""

Recipients = Iterable[Customer | int | str | Mapping[Any, Any]]
"""Customers, IDs (whole numbers), numbers (text), or rows with an `id`, `number` or `email`; also a data frame."""


def is_row(item: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether an item is a mapping from names of columns to cells. A record is a `Mapping`, but not a row."""
    return isinstance(item, Mapping) and not isinstance(item, Object)


def check_recipients(recipients: object) -> None:
    """Check that recipients are a list or another iterable, and not a single recipient.

    Raises:
        TypeError: there is only a single recipient.
    """
    if isinstance(recipients, (Customer, Mapping, int, str, bytes)):
        names = {Customer: "customer", Mapping: "row"}
        item = next((name for kind, name in names.items() if isinstance(recipients, kind)), reprlib.repr(recipients))
        raise TypeError(f"Expected a list of recipients, got a single {type(recipients).__name__}. Pass [{item}]")


def parse_rows(items: Iterable[Any], by: str | None, columns: Iterable[str] = ()) -> Iterator[tuple[Any, Row]]:
    """Yield each item with its row; mappings as `TableRow`.

    Args:
        items: recipients.
        by: field that alone identifies the customer of a row, even if others are there.
        columns: other columns that the caller uses.

    Raises:
        ValueError: `by` is not a field that can identify a customer.
        TableError: the items are the report of a run.
    """
    if by not in (None, *FIELDS):
        raise ValueError(f"by must be one of {', '.join(FIELDS)}, not {by!r}")
    for number, item in numbered(items, lambda row: {*columns, *_columns_read(row, by)}):
        item = row_of(item, number) if is_row(item) else item
        yield item, parse_row(number, item, by)


def parse_row(number: int, item: object, by: str | None = None) -> Row:
    """Return the row of an item. Its customer is still to be looked up, unless the item is a customer.

    A whole number is a customer ID, and text is a customer number. A row of a table identifies the customer by the
    first of FIELDS that is not blank, and its number must be that of the customer. With `by`, this field alone
    identifies the customer, and an ID may be one of another program.

    Beside an ID or a number, a name and an e-mail address are evidence, which `look_up` compares with the customer,
    also with `by`. A name is that of the customer, an address may be a contact's. What cannot be read fits nobody.

    Without columns for an ID and a number, `customer` has the number; beside an address, and unless `by` is given, the
    number or the name that the customer must have. `no` has the number that it must have.
    """
    if isinstance(item, Customer) and "created_at" in item:
        customer, created_at = customer_ref(item)
        problem = "the customer has no valid ID" if customer.id is None else ""
        return Row(number, None, None, customer, created_at, problem=problem)
    if isinstance(item, Customer):
        item = item["id"]
    if isinstance(item, str) or is_blank(item):
        item = TableRow(number, ["number"], [item])
    elif isinstance(item, Real) or hasattr(item, "__index__"):
        item = TableRow(number, ["id"], [item])
    if isinstance(item, TableRow):
        columns = _columns_of(item, by)
        by = "email" if columns is _COMPARED_COLUMNS else by
        row = identify(number, item, columns, by=by, expected=by or "id, number or email")
        if row.lookup_field in ("id", "number"):
            names = (name for name in NAMES_OF_CUSTOMERS if name in item and name not in columns["number"])
            name, email = _evidence(item, names), _evidence(item, COLUMNS["email"])
            row.customer = replace(row.customer, name=name, email=email)
        return row
    return Row(number, problem=f"expected a customer ID, a customer number or a row, got {type(item).__name__}")


def _columns_of(row: TableRow, by: str | None) -> Mapping[str, tuple[str, ...]]:
    if by or not row.keys() & {"customer", "no"} or row.keys() & {*COLUMNS["id"], *COLUMNS["number"]}:
        return COLUMNS
    if any(not is_blank(row.get(name)) for name in COLUMNS["email"]):
        return _COMPARED_COLUMNS
    return {"number": ("customer",)}


def _columns_read(row: TableRow, by: str | None) -> set[str]:
    """Return the columns that rows with the columns of this one can have for their customer."""
    if by == "email":
        return {*COLUMNS["number"], *COLUMNS["email"]}
    keys = {*COLUMNS["number"], *(() if by == "number" else COLUMNS["id"])}
    numbers = () if by or row.keys() & keys else ("no",)
    names = NAMES_OF_CUSTOMERS if row.keys() & {*keys, "customer"} else ()
    return {*keys, *COLUMNS["email"], *numbers, *names}


def identify(
    number: int, row: TableRow, columns: Mapping[str, tuple[str, ...]], *, by: str | None = None, expected: str
) -> Row:
    """Return the row that looks up the customer of a row of a table, given the columns of each field.

    `expected` names the columns for the problem of a row in which they are blank.

    Raises:
        TableError: the row is one of the report of a run.
    """
    _refuse_report(row)
    given = CustomerRef()
    try:
        given = CustomerRef(**{field: row.text(*columns[field]) for field in ("number", "name") if field in columns})
        for field in (by,) if by else filter(columns.__contains__, FIELDS):
            if text := row.text(*columns[field]):
                given = replace(given, email=text) if field == "email" else given
                return Row(number, field, _lookup_value(field, text), given)
    except ValueError as error:
        return Row(number, customer=given, problem=str(error))
    return Row(number, customer=given, problem=f"no {expected}")


def _refuse_report(row: TableRow) -> None:
    if row.keys() >= _REPORT_COLUMNS and row.keys() & IDENTIFYING:
        raise TableError(
            "this is a report of a run, not a list of recipients: it has the columns outcome and reason, and names "
            "those who were sent a statement, too. Use the list itself. If that has these columns, rename them."
        )


def _evidence(row: TableRow, columns: Iterable[str]) -> str | None:
    """Return the text in the first of these columns that is not blank, or why it cannot be read."""
    try:
        return next(filter(None, map(row.text, columns)), None)
    except ValueError as error:
        return f"({error})"


def _lookup_value(field: str, text: str) -> str:
    """Return the value to look up: an ID of digits only, an address in the form in which it is compared."""
    if field == "email":
        return parse_address(text).key
    if field == "id":
        text = re.sub(r"\.0+$", "", text)
        if re.fullmatch("0[0-9]+", text):
            raise ValueError(f"invalid customer ID {text!r} (an ID has no leading zeros; is it a customer number?)")
        if not re.fullmatch("[0-9]{1,18}", text):
            raise ValueError(f"invalid customer ID {text!r} (expected e.g. 15444)")
    return text


def customer_ref(customer: Customer) -> tuple[CustomerRef, int | None]:
    """Return the fields of a customer that a row stores, and when the customer was created."""
    number, name, email = (_text(customer.get(field)) for field in ("number", "name", "email"))
    created_at = customer.get("created_at")
    id = customer.id if _is_id(customer.id) else None
    return CustomerRef(id, number, name, email), created_at if isinstance(created_at, int) else None


def _is_id(id: object) -> bool:
    """Return whether a field of a response is an ID that can be stored."""
    if isinstance(id, str):
        return id.isprintable()  # and not half a character
    return isinstance(id, int) and not isinstance(id, bool) and abs(id) < 2**63


def _text(value: Any) -> str | None:
    """Return a field of a response as text that can be stored."""
    return None if value is None else str(value).strip().encode(errors="replace").decode() or None
