"""Which customer a row of a run is about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from invoiced import Customer

from .rate_limiter import RateLimiter
from .rows import CustomerRef, Row

Item = TypeVar("Item")

PAGE = 100
"""Records of a page of a list."""

FIELDS = ("id", "number", "email")
"""What a row can name its customer by, in the order in which they count."""


Recipients = Iterable[Customer | int | str | Mapping[str, Any]]
"""Customers, IDs (whole numbers), numbers (text), or rows that have an `id`, `number` or `email`."""


def columns_of(field: str) -> tuple[str, str]:
    """Name the columns that a field of the customer can be in: `number`, or `customer_number`."""
    return field, f"customer_{field}"


def tasks_of(items: Iterable[Item], by: str | None, pace: RateLimiter) -> Iterator[tuple[Item, Row]]:
    """Yield the rows, each beside its task. Customers are likely to come page by page, each page in its turn.

    Raises:
        ValueError: customers cannot be named `by` such a field.
        TypeError: the items are not several.
    """
    if by not in (None, *FIELDS):
        raise ValueError(f"by must be one of {', '.join(FIELDS)}, not {by!r}")
    if isinstance(items, (str, bytes, Mapping)):
        raise TypeError(f"Recipients are several: give a list, not {type(items).__name__}")
    for row, item in enumerate(items, start=1):
        if isinstance(item, Customer) and row % PAGE == 0:
            pace.wait()  # the next page is about to be fetched
        yield item, task_of(row, item, by)


def task_of(row: int, item: object, by: str | None = None) -> Row:
    """The task of a row, whose customer is yet to be found, unless it is at hand.

    A whole number is the ID of a customer, text is its number, and a mapping names it by one of the FIELDS, or by that
    one alone. What a mapping says besides must fit.
    """
    if isinstance(item, Customer) and "created_at" in item:
        return Row(row, None, None, *found(item))
    if isinstance(item, Customer):
        item = item["id"]
    if isinstance(item, str):
        item = {"number": item}
    if isinstance(item, int):
        item = {"id": item}
    if not isinstance(item, Mapping):
        return Row(row, None, None, problem=f"{type(item).__name__} names no customer: give an ID, a number or a row")
    cells = {field: map(text_of, map(item.get, columns_of(field))) for field in FIELDS}
    values = {field: next(filter(None, texts), None) for field, texts in cells.items()}
    sought = next((field for field in ((by,) if by else FIELDS) if values[field]), None)
    said = CustomerRef(number=values["number"], email=values["email"])
    if sought is None:
        return Row(row, None, None, said, problem=f"it has no {by or 'id, number or email'}")
    key = values[sought] or ""
    if sought == "id":
        key = re.sub(r"\.0+$", "", key)
        key = re.sub("^0+(?=[0-9])", "", key)
        if not re.fullmatch("[0-9]{1,18}", key):
            return Row(row, None, None, said, problem=f"{key!r} is no ID of a customer")
    return Row(row, sought, key, said)


def found(customer: Customer) -> tuple[CustomerRef, int | None]:
    """What a task keeps of its customer."""
    number, name, email = (text_of(customer.get(field)) for field in ("number", "name", "email"))
    created_at = customer.get("created_at")
    return CustomerRef(customer.id, number, name, email), created_at if isinstance(created_at, int) else None


def text_of(value: Any) -> str | None:
    """The value of a cell as text; None where it is blank. A spreadsheet writes whole numbers as 15444.0, too."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    # What cannot be encoded could neither be sent nor kept.
    return str(value).strip().encode(errors="replace").decode() or None if value is not None else None
