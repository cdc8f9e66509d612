"""Parsing of recipients: the customer that each item identifies."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from numbers import Real
from typing import Any, TypeGuard

from invoiced import Collection, Customer, Object
from invoiced.tables import TableRow, is_blank, numbered, parse_address, row_of

from .rate_limiter import RateLimiter
from .rows import CustomerRef, Row

FIELDS = ("id", "number", "email")
"""Fields that can identify a customer, in order of precedence."""

COLUMNS = {field: (field, f"customer_{field}") for field in FIELDS}
"""Columns that can have a field of the customer."""

_COMPARED_COLUMNS = {"email": COLUMNS["email"], "name": ("customer",), "number": ("no",)}
"""Columns of rows without an ID and a number that have an address. The customer must have this name and number."""

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


def parse_rows(
    items: Iterable[Any], by: str | None, rate_limiter: RateLimiter, columns: Iterable[str] = ()
) -> Iterator[tuple[Any, Row]]:
    """Yield each item with its row; mappings as `TableRow`. Customers are assumed to come from a rate-limited list.

    Args:
        items: recipients.
        by: field that alone identifies the customer of a row.
        rate_limiter: waits before each page of customers.
        columns: other columns that the caller uses.

    Raises:
        ValueError: `by` is not a field that can identify a customer.
    """
    if by not in (None, *FIELDS):
        raise ValueError(f"by must be one of {', '.join(FIELDS)}, not {by!r}")
    for number, item in numbered(items, lambda row: {*columns, *chain(*_columns_of(row, by).values())}):
        if isinstance(item, Customer) and number % Collection.PAGE_SIZE == 0:
            rate_limiter.wait()  # the next page is about to be fetched
        item = row_of(item, number) if is_row(item) else item
        yield item, parse_row(number, item, by)


def parse_row(number: int, item: object, by: str | None = None) -> Row:
    """Return the row of an item. Its customer is still to be looked up, unless the item is a customer.

    A whole number is a customer ID, and text is a customer number. A row of a table identifies the customer by the
    first of FIELDS that is not blank, and its number must be that of the customer; its e-mail address may be that of a
    contact. With `by`, this field alone identifies the customer, and an ID may be one of another program.

    Without columns for an ID and a number, `customer` has the number; beside an address, and unless `by` is given, the
    number or the name that the customer must have. `no` has the number that it must have.
    """
    if isinstance(item, Customer) and "created_at" in item:
        return Row(number, None, None, *customer_ref(item))
    if isinstance(item, Customer):
        item = item["id"]
    if isinstance(item, str) or is_blank(item):
        item = TableRow(number, ["number"], [item])
    elif isinstance(item, Real) or hasattr(item, "__index__"):
        item = TableRow(number, ["id"], [item])
    if isinstance(item, TableRow):
        columns = _columns_of(item, by)
        by = "email" if columns is _COMPARED_COLUMNS else by
        return identify(number, item, columns, by=by, expected=by or "id, number or email")
    return Row(number, problem=f"expected a customer ID, a customer number or a row, got {type(item).__name__}")


def _columns_of(row: TableRow, by: str | None) -> Mapping[str, tuple[str, ...]]:
    if by or not row.keys() & {"customer", "no"} or row.keys() & {*COLUMNS["id"], *COLUMNS["number"]}:
        return COLUMNS
    if any(not is_blank(row.get(name)) for name in COLUMNS["email"]):
        return _COMPARED_COLUMNS
    return {"number": ("customer",)}


def identify(
    number: int, row: TableRow, columns: Mapping[str, tuple[str, ...]], *, by: str | None = None, expected: str
) -> Row:
    """Return the row that looks up the customer of a row of a table, given the columns of each field.

    `expected` names the columns for the problem of a row in which they are blank.
    """
    try:
        values = {field: row.text(*names) for field, names in columns.items()}
    except ValueError as error:
        return Row(number, problem=str(error))
    given = CustomerRef(number=values.get("number"), name=values.get("name"), email=values.get("email"))
    lookup_field = next((field for field in ((by,) if by else FIELDS) if values.get(field)), None)
    if lookup_field is None:
        return Row(number, customer=given, problem=f"no {expected}")
    try:
        return Row(number, lookup_field, _lookup_value(lookup_field, values[lookup_field] or ""), given)
    except ValueError as error:
        return Row(number, customer=given, problem=str(error))


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
    return CustomerRef(customer.id, number, name, email), created_at if isinstance(created_at, int) else None


def _text(value: Any) -> str | None:
    """Return a field of a response as text that can be stored."""
    return None if value is None else str(value).strip().encode(errors="replace").decode() or None
