"""Lookup of the customers of many rows, with few requests.

What the API responds is compared with what was asked for, whether or not it ignores the case, or even a filter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from invoiced import Client, Collection, Customer, NotFoundError
from invoiced.tables import comparable, spellings

from .evidence import Evidence, has_name
from .recipients import customer_ref
from .rows import CustomerRef, Row
from .similar_numbers import find_similar_numbers, similarity_key
from .staged_rows import StagedRows

_UNRESOLVED = "lookup_field IS NOT NULL AND customer_id IS NULL AND problem = ''"
_MAX_SUGGESTIONS = 20
"""Number of rows without a customer for which a similar number is looked up."""

_LABELS = {"id": "ID", "number": "number", "email": "e-mail address"}


RequestOf = Callable[[Customer], Mapping[str, Any]]
"""A function that returns the parameters that a row's request takes from its customer."""

_Assign = Callable[[str, str, Customer], None]
"""A function that assigns a customer to the rows that look up this value of this field."""


def look_up(
    staged: StagedRows, client: Client, request_of: RequestOf = lambda customer: {}, *, trust_numbers: bool = False
) -> None:
    """Look up the customers of staged rows, and set a problem on rows whose customer is unknown or ambiguous.

    All customers are listed if that takes fewer requests than looking up customers individually. A row whose name or
    e-mail address does not fit the customer with its number or ID is held, unless `trust_numbers` is true.
    """
    evidence = Evidence(trust_numbers=trust_numbers)
    assign = partial(_assign, staged, request_of, evidence)
    staged.index("lookup_field", "lookup_value")
    similar: dict[str, str] = {}
    lookups = staged.distinct("lookup_field", "lookup_value", condition=_UNRESOLVED)
    # Counting the customers takes a request, too.
    if len(lookups) > 2 and 1 + _page_count(client) < len(lookups):
        similar = _look_up_in_list(staged, client, {field for field, _ in lookups}, assign)
    else:
        for field, value in lookups:
            _look_up_customer(client, field, value, assign)
        for row in islice(staged.rows(f"{_UNRESOLVED} AND lookup_field = 'number'"), _MAX_SUGGESTIONS):
            similar.update(find_similar_numbers(client, row.lookup_value or ""))
    for row in staged.rows(_UNRESOLVED):
        row.problem = f"no customer has the {_label_of(row)} {row.lookup_value}"
        if row.lookup_field == "number" and (number := similar.get(similarity_key(row.lookup_value or ""))):
            row.problem += f", but one has the number {number}"
        staged.update(row)
    evidence.ask_for_contacts(staged, client)


def _page_count(client: Client) -> float:
    _, page = client.Customer.list(per_page=1)
    return math.inf if page.total_count is None else -(-page.total_count // Collection.PAGE_SIZE)


def _look_up_in_list(staged: StagedRows, client: Client, fields: set[str], assign: _Assign) -> dict[str, str]:
    """Look up customers in the list of all. Return the numbers that are similar to those looked up, by their key."""
    numbers = staged.distinct("lookup_value", condition=f"{_UNRESOLVED} AND lookup_field = 'number'")
    wanted, similar = {similarity_key(number) for (number,) in numbers}, dict[str, str]()
    for customer in client.Customer.all(per_page=Collection.PAGE_SIZE):
        for field in fields:
            if (value := _value_of(customer, field)) is not None:
                assign(field, value, customer)
        key = similarity_key(str(customer.get("number")))
        if key in wanted:
            similar[key] = str(customer.get("number"))
    return similar


def _look_up_customer(client: Client, field: str, value: str, assign: _Assign) -> None:
    if field == "id":
        with suppress(NotFoundError):
            assign(field, value, client.Customer.retrieve(int(value)))
        return
    for spelling in spellings(value) if field == "email" else (value,):
        customers, _ = client.Customer.list(filter={field: spelling})
        for customer in customers:
            if _value_of(customer, field) == value:
                assign(field, value, customer)


def _value_of(customer: Customer, field: str) -> str | None:
    """Return a field of a customer in the form in which it is looked up."""
    value = customer.get(field)
    if value is None:
        return None
    return comparable(str(value)) if field == "email" else str(value)


def _assign(
    staged: StagedRows, request_of: RequestOf, evidence: Evidence, field: str, value: str, customer: Customer
) -> None:
    """Assign a customer to the rows that look it up."""
    for row in staged.rows("lookup_field = ? AND lookup_value = ? AND problem = ''", field, value):
        given = row.customer
        if given.id == customer.id:
            continue  # the API responded with the customer twice
        if given.id is not None:
            _mark_ambiguous(row)
        else:
            row.customer, row.created_at = customer_ref(customer)
            row.request = {**row.request, **request_of(customer)}
            row.problem = _contradiction(row, given) or evidence.compare(row, given)
        staged.update(row)


def _contradiction(row: Row, given: CustomerRef) -> str:
    """Return in what the customer of a row is not the one that the row identifies."""
    found = row.customer
    if given.number and found.number != given.number:
        return f"customer {found.id} has the number {found.number}, not {given.number}"
    if row.lookup_field == "email" and given.name and not has_name(found, given.name):
        return f"customer {found.id} is {found}, not {given.name}"
    return ""


def _mark_ambiguous(row: Row) -> None:
    row.customer, row.created_at = CustomerRef(email=row.lookup_value), None
    row.problem = f"several customers have the {_label_of(row)} {row.lookup_value}"


def _label_of(row: Row) -> str:
    return _LABELS[row.lookup_field or "id"]
