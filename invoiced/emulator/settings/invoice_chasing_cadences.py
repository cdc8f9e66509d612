"""Chasing cadences of invoices (catalog.md, 12.6). The emulator stores them, and does not chase."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values import exact_json

_MOST = 100
_CHANNELS = ("email", "sms", "letter")
_WITH_DAYS = {1: 0, 2: 0, 3: 1, 5: 0}
"""Triggers that need a number of days, with the least."""
_REPEATED, _ON_A_DATE = 3, 4
_IS_DEFAULT = f"{column('default')} AND records.id <> ?"


def _complete(call: Call, cadence: Record) -> None:
    steps = cadence["chase_schedule"]
    for step in steps:
        _check_step(step)
    if len({exact_json.dumps({**step, "id": None}) for step in steps}) < len(steps):
        raise ApiError(400, "Two steps of the schedule are alike.")
    if sum(step["trigger"] == _REPEATED for step in steps) > 1 or len(steps) > _MOST:
        raise ApiError(400, f"A schedule can have at most one step that is repeated, and {_MOST} steps.")
    for step in steps:
        step["id"] = step.get("id") or str(call.store.next("id"))
    if call.body.get("default") and _has_default(call, cadence):
        raise ApiError(400, "The account has a default cadence already.")


def _has_default(call: Call, cadence: Record) -> bool:
    """Return whether there is a default, which may be this one itself (12.6)."""
    others = call.store.count("invoice_chasing_cadence", conditions=[Condition(_IS_DEFAULT, [cadence["id"]])])
    return others > 0 or (call.operation.action == "update" and bool(call.record()["default"]))


def _check_step(step: Record) -> None:
    trigger, options = step["trigger"], step["options"]
    if not any(options[channel] for channel in _CHANNELS):
        raise ApiError(400, "A step needs at least one of email, sms and letter.")
    least = _WITH_DAYS.get(trigger)
    if least is not None and (options.get("days") is None or options["days"] < least):
        raise ApiError(400, f"A step with the trigger {trigger} needs days of at least {least}.")
    if trigger == _REPEATED and options.get("repeats") is None:
        raise ApiError(400, "A step that is repeated needs repeats from 1 to 10.")
    if trigger == _ON_A_DATE and not options.get("date"):
        raise ApiError(400, "A step on a date needs the date.")


def _render(account: Account, cadence: Record) -> Record:
    return {**cadence, "invoice_count": 0}


INVOICE_CHASING_CADENCE = Behaviour(complete=_complete, render=_render, on_request=frozenset(("invoice_count",)))
