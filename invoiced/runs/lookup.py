"""Finding the customers of many rows with few requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from invoiced import Client, Customer, MultipleFoundError, NotFoundError

from .rate_limiter import RateLimiter
from .recipients import PAGE, found
from .rows import CustomerRef, Row
from .staged_rows import StagedRows

_SOUGHT = "sought IS NOT NULL AND customer IS NULL AND problem = ''"


Keep = Callable[[Customer], Mapping[str, Any]]
"""What the request of a task takes from its customer."""


def look_up(draft: StagedRows, client: Client, pace: RateLimiter, keep: Keep = lambda customer: {}) -> None:
    """Give the tasks of a draft their customers, or the problem that there is none.

    All customers are listed where that takes fewer requests than one look-up for each that is sought.
    """
    draft.index("sought", "key")
    keys = draft.distinct("sought", "key", condition=_SOUGHT)
    # To count the customers is a request, too.
    if len(keys) > 2 and 1 + _pages(client, pace) < len(keys):
        _list(draft, client, pace, {sought for sought, _ in keys}, keep)
    else:
        for sought, key in keys:
            _find(draft, client, pace, sought, key, keep)
    for task in draft.tasks(_SOUGHT):
        task.problem = f"no customer has the {task.sought} {task.key}"
        draft.change(task)


def paced(customers: Iterator[Any], pace: RateLimiter) -> Iterator[Any]:
    """Customers as they are listed, each page in its turn."""
    for place, customer in enumerate(customers):
        if place % PAGE == PAGE - 1:
            pace.wait()  # the next page is about to be fetched
        yield customer


def _pages(client: Client, pace: RateLimiter) -> float:
    pace.wait()
    _, page = client.Customer.list(per_page=1)
    return math.inf if page.total_count is None else -(-page.total_count // PAGE)


def _list(draft: StagedRows, client: Client, pace: RateLimiter, fields: set[str], keep: Keep) -> None:
    pace.wait()
    for customer in paced(client.Customer.all(per_page=PAGE, sort="id desc"), pace):
        for field in fields:
            if (value := customer.get(field)) is not None:
                _settle(draft, field, str(value), customer, keep)


def _find(draft: StagedRows, client: Client, pace: RateLimiter, sought: str, key: str, keep: Keep) -> None:
    filter: Any = {sought: key}
    pace.wait()
    try:
        customer = client.Customer.retrieve(int(key)) if sought == "id" else client.Customer.find(**filter)
    except NotFoundError:
        return
    except MultipleFoundError:
        for task in draft.tasks("sought = ? AND key = ?", sought, key):
            _refuse_ambiguous(task)
            draft.change(task)
    else:
        _settle(draft, sought, key, customer, keep)


def _settle(draft: StagedRows, sought: str, key: str, customer: Customer, keep: Keep) -> None:
    """Note a customer that is sought."""
    for task in draft.tasks("sought = ? AND key = ? AND problem = ''", sought, key):
        said = task.customer
        if said.id is not None:
            _refuse_ambiguous(task)
        else:
            task.customer, task.created_at = found(customer)
            task.request = {**task.request, **keep(customer)}
            for field in ("number", "email"):
                value, expected = customer.get(field), getattr(said, field)
                # An address beside another field may be of a contact.
                if expected and value != expected and field in (sought, "number"):
                    task.problem = f"customer {customer.id} has the {field} {value}, not {expected}"
        draft.change(task)


def _refuse_ambiguous(task: Row) -> None:
    task.customer, task.created_at = CustomerRef(email=task.key), None
    task.problem = f"several customers have the {task.sought} {task.key}"
