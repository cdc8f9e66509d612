"""Late fee schedules, and the fees that they add to invoices day by day (catalog.md 8, billing.md 3.28)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from invoiced.emulator.documents.lines import lines_of
from invoiced.emulator.documents.states import store_document
from invoiced.emulator.documents.totals import calculate
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import DAY, midnight

RUN = "late fees"
"""Name of the task."""

_TYPE = "late_fee_schedule"
_FEE = "late_fee"
_OF_SCHEDULE = f"{column('late_fee_schedule')} = ?"
_ANOTHER_DEFAULT = f"{column('default')} AND records.id <> ?"
# 8.3: which invoices are charged.
_CHARGED = f"""
{column("late_fees")} AND {column("status")} = 'past_due' AND {column("date")} >= ?
AND {column("payment_plan")} IS NULL AND {column("due_date")} < ? AND {column("customer")} IN (
    SELECT customer.id FROM records AS customer
    WHERE customer.type = 'customer' AND json_extract(customer.body, '$.late_fee_schedule') = ?
)
"""


def _complete(call: Call, schedule: Record) -> None:
    """Check a schedule, and plan its next run."""
    if not schedule["name"]:
        raise ApiError(400, "The name of the schedule is missing.", "name")
    _start_of(schedule)
    another = Condition(_ANOTHER_DEFAULT, [schedule["id"]])
    if schedule["default"] and call.store.count(_TYPE, conditions=[another]):  # 8.2
        raise ApiError(400, "Another late fee schedule is the default: change that one first.")
    call.store.schedule(RUN, schedule["id"], midnight(call.now) + DAY if schedule["enabled"] else None)


def _delete(call: Call) -> Result:
    """Delete a schedule that no customer has (8.2)."""
    schedule = call.record()
    if call.store.count("customer", conditions=[Condition(_OF_SCHEDULE, [schedule["id"]])]):
        raise ApiError(400, "Customers have this late fee schedule: give them another one first.")
    call.store.schedule(RUN, schedule["id"], None)
    return records.delete(call, LATE_FEE_SCHEDULE)


def _render(account: Account, schedule: Record) -> Record:
    of_schedule = Condition(_OF_SCHEDULE, [schedule["id"]])
    return {**schedule, "num_customers": account.store.count("customer", conditions=[of_schedule])}


def charge_late_fees(account: Account, schedule_id: RecordId) -> None:
    """Charge the fees of one day, and plan the run of the next day (8.3)."""
    schedule = account.find(_TYPE, schedule_id)
    if schedule is None:
        return
    overdue_from = account.now - schedule["grace_period"] * DAY
    charged = Condition(_CHARGED, [_start_of(schedule), overdue_from, schedule_id])
    for invoice in account.store.page("invoice", conditions=[charged]):
        _charge(account, schedule, invoice)
    last_run = datetime.fromtimestamp(account.now, timezone.utc).isoformat()
    account.write(_TYPE, schedule_id, {**schedule, "last_run": last_run})
    account.store.schedule(RUN, schedule_id, midnight(account.now) + DAY)


def _charge(account: Account, schedule: Mapping[str, Any], invoice: Record) -> None:
    """Add each fee of an invoice that is missing, and that of a percentage on the balance that the last one raised."""
    days_late = (account.now - invoice["due_date"]) // DAY
    while True:
        fees = sum(line["type"] == _FEE for line in invoice["items"])
        day = schedule["grace_period"] + fees * schedule["recurring_days"]
        is_last = fees and not schedule["recurring_days"]
        # The run looks from the day after on.
        if is_last or days_late < day + 1:
            return
        date = datetime.fromtimestamp(invoice["due_date"] + day * DAY, timezone.utc).date()
        amount = exact(schedule["amount"])
        if schedule["is_percent"]:
            amount = rounded(exact(invoice["balance"]) * amount / 100, invoice["currency"])
        line = {"type": _FEE, "name": "Late fee", "description": date.isoformat(), "quantity": 1, "unit_cost": amount}
        added = lines_of(account, [{**line, "discountable": False, "taxable": False}])
        added[0]["customer"] = invoice["customer"]
        invoice["items"] = [*invoice["items"], *added]
        calculate(invoice)
        store_document(account, "invoice", invoice)


def _start_of(schedule: Mapping[str, Any]) -> int:
    """Return the date from which invoices are charged, in Unix seconds."""
    try:
        date = datetime.strptime(schedule["start_date"], "%Y-%m-%d")
    except ValueError:
        message = f"Invalid start_date {schedule['start_date']!r} (expected e.g. 2026-01-31)."
        raise ApiError(400, message, "start_date") from None
    return int(date.replace(tzinfo=timezone.utc).timestamp())


LATE_FEE_SCHEDULE = Behaviour(complete=_complete, render=_render, operations={"LateFeeSchedule.delete": _delete})
