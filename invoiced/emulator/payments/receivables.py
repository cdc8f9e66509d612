"""What customers owe and have paid, over all of them: the receivables, by currency and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from invoiced.emulator.payments.balances import IS_OPEN
from invoiced.emulator.storage.store import Condition, Store, column
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import DAY

AGES = ("Not due", "1-30 days", "31-60 days", "61-90 days", "Over 90 days")
"""How long invoices are past due."""

_DAYS_OF_AGES = (0, 30, 60, 90)


@dataclass
class Receivables:
    """What is owed in one currency."""

    currency: str
    by_age: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * len(AGES))
    """Balances of open invoices, as in `AGES`."""
    paid_this_month: Decimal = Decimal(0)
    """Payments of the month in UTC."""

    @property
    def owed(self) -> Decimal:
        """Return the balances of all open invoices."""
        return sum(self.by_age, Decimal(0))

    @property
    def overdue(self) -> Decimal:
        """Return the balances of the invoices that are past due."""
        return sum(self.by_age[1:], Decimal(0))


def receivables_at(store: Store, now: int) -> list[Receivables]:
    """Return the receivables by currency, in alphabetical order."""
    found: dict[str, Receivables] = {}
    due = column("due_date")
    ages = [f"WHEN {now} - {due} <= {days * DAY} THEN {age}" for age, days in enumerate(_DAYS_OF_AGES)]
    age = f"CASE WHEN {due} IS NULL THEN 0 {' '.join(ages)} ELSE {len(_DAYS_OF_AGES)} END"
    is_issued = Condition(f"{IS_OPEN} AND {column('date')} <= ?", [now])
    for currency, index, balance in _sums(store, "invoice", "balance", [age], is_issued):
        _of(found, currency).by_age[index] = balance
    month = int(datetime.fromtimestamp(now, timezone.utc).replace(day=1, hour=0, minute=0, second=0).timestamp())
    is_paid = Condition(f"NOT {column('voided')} AND {column('date')} BETWEEN ? AND ?", [month, now])
    for currency, amount in _sums(store, "payment", "amount", [], is_paid):
        _of(found, currency).paid_this_month = amount
    return [found[currency] for currency in sorted(found)]


def _of(found: dict[str, Receivables], currency: str) -> Receivables:
    return found.setdefault(currency, Receivables(currency))


def _sums(store: Store, record_type: str, amount: str, groups: Sequence[str], condition: Condition) -> list[list[Any]]:
    """Return sums by currency and other terms. A sum of binary floats is exact once it is rounded to cents."""
    sums = store.sums(record_type, column(amount), [column("currency"), *groups], [condition])
    return [[currency, *group, rounded(exact(total or 0), currency)] for currency, *group, total in sums]
