"""Chasing cadences of customers (catalog.md, 12.2 to 12.5). The emulator stores them, and does not chase."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, RecordId, column

_MOST = 100
_ACTIONS = ("email", "sms", "phone", "mail", "escalate")
_SCHEDULE = re.compile(r"(past_due_)?age:[0-9]+")
_LONGEST_MONTH = 31
_DAYS = {"day_of_week": range(1, 8), "day_of_month": range(1, _LONGEST_MONTH + 1)}
_IS_CHASED = f"{column('chasing_cadence')} = ?"
_IS_DEFAULT = f"{column('assignment_mode')} = 'default' AND records.id <> ?"


def _complete(call: Call, cadence: Record) -> None:
    if call.operation.action == "create" and call.store.count("chasing_cadence") >= _MOST:
        raise ApiError(400, f"An account can have at most {_MOST} cadences.")
    for step in cadence["steps"]:
        _check_step(call, step)
    if call.operation.action == "update":
        _check_fixed(call, cadence)
    _check_formula(cadence)
    cadence["next_run"] = None if cadence["paused"] else _next_run(cadence, call.now)
    if cadence["assignment_mode"] == "default":
        for other in call.store.page("chasing_cadence", conditions=[Condition(_IS_DEFAULT, [cadence["id"]])]):
            call.write("chasing_cadence", other["id"], {**other, "assignment_mode": "none"})


def _check_step(call: Call, step: Record) -> None:
    """12.3: an e-mail needs a template of the type chasing, and a text message needs a template."""
    if step["action"] not in _ACTIONS:
        raise ApiError(400, f"Unknown action {step['action']!r} of a step (expected {', '.join(_ACTIONS)}).", "steps")
    if not _SCHEDULE.fullmatch(str(step["schedule"])):
        raise ApiError(400, f"Invalid schedule {step['schedule']!r} of a step (expected e.g. past_due_age:7).", "steps")
    email = call.find("email_template", step["email_template_id"]) if step["email_template_id"] else None
    if step["action"] == "email" and (email is None or email["type"] != "chasing"):
        raise ApiError(400, "A step that sends an e-mail needs an email_template_id of the type chasing.", "steps")
    text = call.find("sms_template", step["sms_template_id"]) if step["sms_template_id"] else None
    if step["action"] == "sms" and text is None:
        raise ApiError(400, "A step that sends a text message needs an sms_template_id.", "steps")


def _check_fixed(call: Call, cadence: Record) -> None:
    """12.5: the steps of a cadence that has customers stay as many, and at the same times."""
    before = call.record()["steps"]
    if not _num_customers(call, cadence["id"]):
        return
    if len(before) != len(cadence["steps"]):
        raise ApiError(400, "The cadence has customers: it cannot have more or fewer steps.", "steps")
    if [step["schedule"] for step in before] != [step["schedule"] for step in cadence["steps"]]:
        raise ApiError(400, "The cadence has customers: the schedules of its steps are fixed.", "steps.schedule")


def _check_formula(cadence: Record) -> None:
    formula = cadence["assignment_conditions"] or ""
    is_balanced = formula.count("(") == formula.count(")") and formula.count('"') % 2 == 0
    if not is_balanced or (cadence["assignment_mode"] == "conditions" and not formula.strip()):
        raise ApiError(400, f"{formula!r} is not a formula that assigns customers.", "assignment_conditions")


def _next_run(cadence: Record, now: int) -> int:
    """12.4: the next day at the hour. `ApiError` if there is no such day."""
    days = _days(cadence)
    start = datetime.fromtimestamp(now, timezone.utc).replace(minute=0, second=0, microsecond=0)
    start = start.replace(hour=cadence["time_of_day"])
    for ahead in range(3 * _LONGEST_MONTH):
        run = start + timedelta(days=ahead)
        fits = days is None or (run.isoweekday() if cadence["frequency"] == "day_of_week" else run.day) in days
        if fits and run.timestamp() > now:
            return int(run.timestamp())
    raise _bad_day()


def _days(cadence: Record) -> list[int] | None:
    """Return the days of the week, from 1 for Monday, or of the month; None for every day."""
    if cadence["frequency"] == "daily":
        return None
    texts = str(cadence["run_days"] or cadence["run_date"] or "").split(",")
    days = [int(text) for text in texts if text.strip().isdecimal()]
    allowed = _DAYS.get(cadence["frequency"], range(0))
    if len(days) < len(texts) or any(day not in allowed for day in days):
        raise _bad_day()
    return days


def _bad_day() -> ApiError:
    return ApiError(400, "The cadence never runs: send run_date or run_days that fit its frequency.", "next_run")


def _num_customers(account: Account, cadence_id: RecordId) -> int:
    return account.store.count("customer", conditions=[Condition(_IS_CHASED, [cadence_id])])


def _delete(call: Call) -> Result:
    if _num_customers(call, call.ids["id"]):
        raise ApiError(400, "A cadence with customers cannot be deleted.")
    return records.delete(call, CHASING_CADENCE)


def _render(account: Account, cadence: Record) -> Record:
    return {**cadence, "num_customers": _num_customers(account, cadence["id"])}


CHASING_CADENCE = Behaviour(
    complete=_complete,
    render=_render,
    on_request=frozenset(("num_customers",)),
    operations={"ChasingCadence.delete": _delete},
)
