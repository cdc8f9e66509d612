"""Lookup of the customers of many rows, with few requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from invoiced import Client, Collection, Customer, NotFoundError

from .rate_limiter import RateLimiter
from .recipients import customer_ref
from .rows import CustomerRef, Row
from .staged_rows import StagedRows

_UNRESOLVED = "lookup_field IS NOT NULL AND customer_id IS NULL AND problem = ''"
_LABELS = {"id": "ID", "number": "number", "email": "e-mail address"}


RequestOf = Callable[[Customer], Mapping[str, Any]]
"""A function that returns the parameters that a row's request takes from its customer."""


def look_up(
    staged: StagedRows, client: Client, rate_limiter: RateLimiter, request_of: RequestOf = lambda customer: {}
) -> None:
    """Look up the customers of staged rows, and set a problem on rows whose customer is unknown or ambiguous.

    All customers are listed if that takes fewer requests than looking up customers individually.
    """
    staged.index("lookup_field", "lookup_value")
    lookups = staged.distinct("lookup_field", "lookup_value", condition=_UNRESOLVED)
    # Counting the customers takes a request, too.
    if len(lookups) > 2 and 1 + _page_count(client, rate_limiter) < len(lookups):
        _look_up_in_list(staged, client, rate_limiter, {field for field, _ in lookups}, request_of)
    else:
        for field, value in lookups:
            _look_up_customer(staged, client, rate_limiter, field, value, request_of)
    for row in staged.rows(_UNRESOLVED):
        row.problem = f"no customer has the {_label_of(row)} {row.lookup_value}"
        staged.update(row)


def rate_limited(customers: Iterator[Any], rate_limiter: RateLimiter) -> Iterator[Any]:
    """Yield customers from a list, and wait for the rate limiter before each new page."""
    for index, customer in enumerate(customers):
        if (index + 1) % Collection.PAGE_SIZE == 0:
            rate_limiter.wait()  # the next page is about to be fetched
        yield customer


def _page_count(client: Client, rate_limiter: RateLimiter) -> float:
    rate_limiter.wait()
    _, page = client.Customer.list(per_page=1)
    return math.inf if page.total_count is None else -(-page.total_count // Collection.PAGE_SIZE)


def _look_up_in_list(
    staged: StagedRows, client: Client, rate_limiter: RateLimiter, fields: set[str], request_of: RequestOf
) -> None:
    rate_limiter.wait()
    for customer in rate_limited(client.Customer.all(per_page=Collection.PAGE_SIZE), rate_limiter):
        for field in fields:
            if (value := customer.get(field)) is not None:
                _assign(staged, field, str(value), customer, request_of)


def _look_up_customer(
    staged: StagedRows, client: Client, rate_limiter: RateLimiter, field: str, value: str, request_of: RequestOf
) -> None:
    rate_limiter.wait()
    if field == "id":
        with suppress(NotFoundError):
            _assign(staged, field, value, client.Customer.retrieve(int(value)), request_of)
        return
    customers, _ = client.Customer.list(filter={field: value})
    if len(customers) == 1:
        _assign(staged, field, value, customers[0], request_of)
    elif customers:
        for row in staged.rows("lookup_field = ? AND lookup_value = ?", field, value):
            _mark_ambiguous(row)
            staged.update(row)


def _assign(staged: StagedRows, field: str, value: str, customer: Customer, request_of: RequestOf) -> None:
    """Assign a customer to the rows that look it up."""
    for row in staged.rows("lookup_field = ? AND lookup_value = ? AND problem = ''", field, value):
        given = row.customer
        if given.id is not None:
            _mark_ambiguous(row)
        else:
            row.customer, row.created_at = customer_ref(customer)
            row.request = {**row.request, **request_of(customer)}
            for name in ("number", "email"):
                actual, expected = customer.get(name), getattr(given, name)
                # An e-mail address that is not the lookup field may be that of a contact.
                if expected and actual != expected and name in (field, "number"):
                    row.problem = f"customer {customer.id} has the {_LABELS[name]} {actual}, not {expected}"
        staged.update(row)


def _mark_ambiguous(row: Row) -> None:
    row.customer, row.created_at = CustomerRef(email=row.lookup_value), None
    row.problem = f"several customers have the {_label_of(row)} {row.lookup_value}"


def _label_of(row: Row) -> str:
    return _LABELS[row.lookup_field or "id"]
