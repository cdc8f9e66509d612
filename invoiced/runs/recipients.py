"""Parsing of recipients: the customer that each item identifies."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeGuard, TypeVar

from invoiced import Collection, Customer, Object

from .rate_limiter import RateLimiter
from .rows import CustomerRef, Row

Item = TypeVar("Item")

FIELDS = ("id", "number", "email")
"""Fields that can identify a customer, in order of precedence."""


_ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")

Recipients = Iterable[Customer | int | str | Mapping[str, Any]]
"""Customers, IDs (whole numbers), numbers (text), or rows with an `id`, `number` or `email`."""


def is_row(item: object) -> TypeGuard[Mapping[str, Any]]:
    """Return whether an item is a mapping from names of columns to cells. A record is a `Mapping`, but not a row."""
    return isinstance(item, Mapping) and not isinstance(item, Object)


def is_address(text: str | None) -> bool:
    """Return whether a text is a single e-mail address."""
    return _ADDRESS.fullmatch(text or "") is not None


def columns_of(field: str) -> tuple[str, str]:
    """Return the columns that can contain a field of the customer: `number` or `customer_number`."""
    return field, f"customer_{field}"


def check_recipients(recipients: object) -> None:
    """Check that recipients are a list or another iterable, and not a single recipient.

    Raises:
        TypeError: there is only a single recipient.
    """
    if isinstance(recipients, (Customer, Mapping, int, str, bytes)):
        names = {Customer: "customer", Mapping: "row"}
        item = next((name for kind, name in names.items() if isinstance(recipients, kind)), reprlib.repr(recipients))
        raise TypeError(f"Expected a list of recipients, got a single {type(recipients).__name__}. Pass [{item}]")


def parse_rows(items: Iterable[Item], by: str | None, rate_limiter: RateLimiter) -> Iterator[tuple[Item, Row]]:
    """Yield each item with its row. Items that are customers are assumed to come from a list, which is rate-limited.

    Raises:
        ValueError: `by` is not a field that can identify a customer.
    """
    if by not in (None, *FIELDS):
        raise ValueError(f"by must be one of {', '.join(FIELDS)}, not {by!r}")
    for number, item in enumerate(items, start=1):
        if isinstance(item, Customer) and number % Collection.PAGE_SIZE == 0:
            rate_limiter.wait()  # the next page is about to be fetched
        yield item, parse_row(number, item, by)


def parse_row(number: int, item: object, by: str | None = None) -> Row:
    """Return the row of an item. Its customer is still to be looked up, unless the item is a customer.

    A whole number is a customer ID, and text is a customer number. A mapping identifies the customer by the first of
    FIELDS that is not blank, or by the field `by` only; its other fields must match the customer.
    """
    if isinstance(item, Customer) and "created_at" in item:
        return Row(number, None, None, *customer_ref(item))
    if isinstance(item, Customer):
        item = item["id"]
    if isinstance(item, str):
        item = {"number": item}
    if isinstance(item, int):
        item = {"id": item}
    if not is_row(item):
        problem = f"expected a customer ID, a customer number or a row, got {type(item).__name__}"
        return Row(number, problem=problem)
    cells = {field: map(text_of, map(item.get, columns_of(field))) for field in FIELDS}
    values = {field: next(filter(None, texts), None) for field, texts in cells.items()}
    lookup_field = next((field for field in ((by,) if by else FIELDS) if values[field]), None)
    given = CustomerRef(number=values["number"], email=values["email"])
    if lookup_field is None:
        return Row(number, customer=given, problem=f"no {by or 'id, number or email'}")
    lookup_value = values[lookup_field] or ""
    if lookup_field == "id":
        lookup_value = re.sub(r"\.0+$", "", lookup_value)
        lookup_value = re.sub("^0+(?=[0-9])", "", lookup_value)
        if not re.fullmatch("[0-9]{1,18}", lookup_value):
            return Row(number, customer=given, problem=f"invalid customer ID {lookup_value!r} (expected e.g. 15444)")
    return Row(number, lookup_field, lookup_value, given)


def customer_ref(customer: Customer) -> tuple[CustomerRef, int | None]:
    """Return the fields of a customer that a row stores, and when the customer was created."""
    number, name, email = (text_of(customer.get(field)) for field in ("number", "name", "email"))
    created_at = customer.get("created_at")
    return CustomerRef(customer.id, number, name, email), created_at if isinstance(created_at, int) else None


def text_of(value: Any) -> str | None:
    """Return the value of a cell as text, or None if it is blank. Spreadsheets may write 15444 as 15444.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # Text that cannot be encoded could be neither sent nor stored.
    return str(value).strip().encode(errors="replace").decode() or None if value is not None else None
