"""Late fee schedules (catalog.md 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from invoiced.emulator import Emulator

SCHEDULE: dict[str, Any] = {"name": "Late", "start_date": "2026-01-01", "amount": 5, "grace_period": 5}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


def fees(raw: Any) -> list[tuple[str, float]]:
    (invoice,) = raw("GET", "/invoices")
    return [(line["description"], line["amount"]) for line in invoice["items"] if line["type"] == "late_fee"]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"is_percent": True, "recurring_days": 10}, [("2026-04-05", 10), ("2026-04-15", 10.5)]),
        ({"is_percent": True}, [("2026-04-05", 10)]),
        ({"recurring_days": 10}, [("2026-04-05", 5), ("2026-04-15", 5)]),
        ({"enabled": False}, []),
        ({"start_date": "2026-03-02"}, []),
    ],
)
def test_fees_are_charged_day_by_day_and_caught_up(
    create: Callable[..., Any],
    raw: Any,
    emulator: Emulator,
    clock: SimpleNamespace,
    terms: dict[str, Any],
    expected: list[tuple[str, float]],
) -> None:
    clock.now = at("2026-03-01")
    customer = create("customers", name="Acme")["id"]
    invoice = {"customer": customer, "due_date": at("2026-03-31"), "items": [{"unit_cost": 200}]}
    create("invoices", **invoice)
    clock.now = at("2026-04-19T12:00")
    schedule = create("late_fee_schedules", **{**SCHEDULE, **terms})
    raw("PATCH", f"/customers/{customer}", late_fee_schedule=schedule["id"])
    assert fees(raw) == []
    emulator.advance(12 * 60 * 60)
    assert fees(raw) == expected
    emulator.advance(24 * 60 * 60)
    assert fees(raw) == expected


def test_the_first_fee_comes_after_the_days_of_grace(
    create: Callable[..., Any], raw: Any, emulator: Emulator, clock: SimpleNamespace
) -> None:
    clock.now = at("2026-03-01")
    schedule = create("late_fee_schedules", **SCHEDULE)["id"]
    customer = create("customers", name="Acme", late_fee_schedule=schedule)["id"]
    invoice = {"customer": customer, "due_date": at("2026-03-31"), "items": [{"unit_cost": 200}]}
    created = create("invoices", **invoice)
    emulator.advance(at("2026-04-05T23:00") - clock.now)
    assert fees(raw) == []
    emulator.advance(60 * 60)
    assert fees(raw) == [("2026-04-05", 5)]
    now = raw("GET", f"/invoices/{created['id']}")
    line = now["items"][1]
    assert (now["balance"], line["quantity"], line["taxable"], line["discountable"]) == (205, 1, False, False)
    (listed,) = raw("GET", "/late_fee_schedules?include=num_customers")
    assert (listed["num_customers"], listed["last_run"]) == (1, "2026-04-06T00:00:00+00:00")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"grace_period": 366}, "grace_period"),
        ({"grace_period": None}, "grace_period"),
        ({"recurring_days": 366}, "recurring_days"),
        ({"amount": None}, "amount"),
        ({"start_date": "1 May"}, "start_date"),
        ({"name": ""}, "name"),
    ],
)
def test_an_invalid_schedule_is_refused(raw: Any, fields: dict[str, Any], param: str) -> None:
    assert raw.refusal("POST", "/late_fee_schedules", **{**SCHEDULE, **fields})["param"] == param


def test_only_one_schedule_is_the_default_and_those_in_use_stay(create: Callable[..., Any], raw: Any) -> None:
    first = create("late_fee_schedules", **SCHEDULE, default=True)["id"]
    assert "param" not in raw.refusal("POST", "/late_fee_schedules", **SCHEDULE, default=True)
    customer = create("customers", name="Acme", late_fee_schedule=first)["id"]
    assert "param" not in raw.refusal("DELETE", f"/late_fee_schedules/{first}")
    raw("PATCH", f"/customers/{customer}", late_fee_schedule=None)
    raw("DELETE", f"/late_fee_schedules/{first}")
    assert raw("GET", "/late_fee_schedules") == []
