"""The emulator's clock, which tests can set."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

NOON = 1415188800


def _date(response: requests.Response) -> float:
    return parsedate_to_datetime(response.headers["Date"]).timestamp()


def test_set_time_stops_the_clock(api: requests.Session, emulator: Emulator) -> None:
    emulator.set_time(NOON)
    created = api.post("/customers", json={"name": "Acme"})
    assert created.json()["created_at"] == emulator.now == _date(created) == NOON
    emulator.set_time(datetime(2014, 11, 5, 13, tzinfo=timezone(timedelta(hours=1))))
    assert emulator.now == NOON


def test_advance_moves_a_running_and_a_stopped_clock(emulator: Emulator, clock: SimpleNamespace) -> None:
    emulator.advance(60)
    assert emulator.now == clock.now + 60
    clock.now += 5
    emulator.advance(-0.5)
    assert emulator.now == clock.now + 59.5
    emulator.set_time(NOON)
    clock.now += 5
    emulator.advance(60)
    assert emulator.now == NOON + 60


def test_the_clock_moves_by_days_hours_and_minutes_and_does_what_is_due(
    emulator: Emulator, api: requests.Session, customer: dict[str, Any]
) -> None:
    emulator.clock.set(NOON)
    body = {"customer": customer["id"], "items": [{"unit_cost": 5}], "due_date": NOON + 86_400}
    api.post("/invoices", json=body)
    emulator.clock.advance(days=1, hours=1, minutes=1)
    assert emulator.clock.now == NOON + 86_400 + 3_660
    (event,) = api.get("/events", params={"filter[type]": "invoice.updated"}).json()
    assert event["data"]["previous"] == {"status": "not_sent"}
    assert event["timestamp"] == NOON + 86_401  # and not only when the clock was moved
    with pytest.raises(ValueError, match="number"):
        emulator.clock.advance(days=math.nan)


def test_a_reset_restores_the_clock(emulator: Emulator, clock: SimpleNamespace) -> None:
    emulator.set_time(NOON)
    emulator.advance(1)
    emulator.reset()
    assert emulator.now == clock.now


def test_every_response_has_the_emulators_date(api: requests.Session, emulator: Emulator) -> None:
    emulator.set_time(NOON)
    emulator.fail("GET /customers", status=500)
    assert {_date(api.get(path)) for path in ("/customers", "/customers", "/nothing")} == {NOON}
    assert _date(api.get("/customers", auth=("", ""))) == NOON
    emulator.fail("GET /customers", headers={"Date": "never"})
    assert api.get("/customers").headers["Date"] == "never"
    emulator.fail("GET /customers", headers={"Date": "never"}, status=500)
    assert api.get("/customers").headers["Date"] == "never"


@pytest.mark.parametrize("moment", [-1, math.nan, math.inf, 253402300800, True, "now", None, datetime(2014, 11, 5)])
def test_an_invalid_time_is_refused(emulator: Emulator, clock: SimpleNamespace, moment: Any) -> None:
    with pytest.raises(ValueError, match="time"):
        emulator.set_time(moment)
    assert emulator.now == clock.now


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        *((seconds, "Expected a number of seconds") for seconds in (math.nan, math.inf, True, "1", None)),
        *((seconds, "Expected a Unix timestamp") for seconds in (-(10**10), 10**12)),
    ],
)
def test_an_invalid_number_of_seconds_is_refused(
    emulator: Emulator, clock: SimpleNamespace, seconds: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        emulator.advance(seconds)
    assert emulator.now == clock.now


def test_the_clock_can_be_read_set_and_advanced_over_http(emulator: Emulator, clock: SimpleNamespace) -> None:
    url = f"{emulator.url}/_emulator/clock"
    assert requests.get(url).json() == {"now": clock.now}
    assert requests.put(url, json={"now": NOON}).json() == {"now": NOON}
    response = requests.put(url, json={"advance": 60.5})
    assert response.json() == {"now": NOON + 60.5}
    assert emulator.now == NOON + 60.5


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, None),
        ({"now": 1, "advance": 1}, None),
        ({"now": "today"}, "now"),
        ({"now": -1}, "now"),
        ({"advance": 10**15}, "advance"),
        ({"later": 1}, "later"),
    ],
)
def test_an_invalid_time_is_refused_over_http(emulator: Emulator, body: Any, param: str | None) -> None:
    response = requests.put(f"{emulator.url}/_emulator/clock", json=body)
    assert (response.status_code, response.json().get("param")) == (400, param)
