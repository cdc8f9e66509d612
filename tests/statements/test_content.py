"""What a run sends with each statement is checked before anything is looked up or sent."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Period, Result, StatementDownload, Statements

BOSS = {"email": "boss@example.com"}
DAY = datetime.date(2026, 11, 30)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def period(emulator: Emulator) -> Iterator[Period]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        client.Customer.create(name="Acme", number="A-1", email="acme@example.com")
        emulator.requests.clear()
        yield Statements(client.with_options(rate=1_000_000)).period("2026-11")


def send(period: Period, recipients: Any, **content: Any) -> list[Result]:
    """Plan and send, and return the results."""
    return [*period.send(period.plan(recipients, **content))]


def recipients_of(emulator: Emulator) -> list[str]:
    """Return the addresses that statements were sent to."""
    return [email["email"] for email in emulator.outbox]


@pytest.mark.parametrize(
    "to",
    [
        [BOSS],
        (BOSS,),
        BOSS,
        {"E-Mail": "boss@example.com", "name": None},
        {"mail": "boss@example.com"},
        "boss@example.com",
        ["boss@example.com"],
        ("Boss <boss@example.com>",),
    ],
)
def test_recipients_can_be_text_or_mappings_and_one_or_several(to: Any, period: Period, emulator: Emulator) -> None:
    assert [result.outcome for result in send(period, [1], to=to)] == ["sent"]
    assert recipients_of(emulator) == ["boss@example.com"]


EMPTY_RECIPIENTS = [
    ",",
    ";",
    "n/a",
    [None],
    [None, ""],
    [""],
    ["boss@example.com", ""],
    [["boss@example.com"]],
    [{}],
    [{"email": ""}],
    [{"address": "boss@example.com"}],
    [BOSS, {"address": "other@example.com"}],
    [{**BOSS, "e-mail address": "other@example.com"}],
    {"name": "Boss"},
    {**BOSS, "cc": "other@example.com"},
    5,
]


@pytest.mark.parametrize("to", [*EMPTY_RECIPIENTS, "", " ", [], ()])
def test_recipients_without_an_address_are_refused_before_anything_is_sent(
    to: Any, period: Period, emulator: Emulator
) -> None:
    with pytest.raises(ValueError, match=r"address|email|empty"):
        send(period, [1], to=to)
    assert not emulator.requests


@pytest.mark.parametrize("to", [*EMPTY_RECIPIENTS, []])
def test_a_row_with_recipients_without_an_address_is_held_and_not_sent_to_others(
    to: Any, period: Period, emulator: Emulator
) -> None:
    rows = [{"number": "A-1", "to": to}, {"number": "A-1", "to": None}]
    assert [result.outcome for result in send(period, rows)] == ["invalid", "sent"]
    assert recipients_of(emulator) == ["acme@example.com"]


@pytest.mark.parametrize("name", ["subject", "message", "currency", "template", "bcc"])
@pytest.mark.parametrize("value", [5, ["x"], {"a": 1}, True])
def test_a_text_of_another_type_is_refused(name: str, value: Any, period: Period, emulator: Emulator) -> None:
    content: Any = {name: value}
    with pytest.raises(TypeError, match=f"{name} must be text"):
        send(period, [1], **content)
    assert not emulator.requests


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize("time", ["20261101", "2026-11-01", "1793491200", "", True, 1793491200.0])
def test_a_time_that_is_neither_a_number_of_seconds_nor_a_date_is_refused(
    name: str, time: Any, period: Period, emulator: Emulator, tmp_path: Path
) -> None:
    content: Any = {name: time, "type": "balance_forward"}
    with pytest.raises(TypeError, match=f"{name} must be Unix seconds, a date or an aware datetime"):
        send(period, [1], **content)
    with pytest.raises(TypeError, match=f"{name} must be Unix seconds"):
        StatementDownload(period._client, tmp_path / "folder", period="2026-11", **content)
    assert not emulator.requests


@pytest.mark.parametrize("time", [20261101, 202611, 2026, 1793491200000])
def test_a_number_that_is_a_day_or_milliseconds_is_refused(time: int, period: Period, emulator: Emulator) -> None:
    with pytest.raises(ValueError, match=r"not a time in Unix seconds. For a day, use date\(2026, 11, 1\)"):
        send(period, [1], start=time)
    assert not emulator.requests


@pytest.mark.parametrize(("start", "end"), [(DAY, datetime.date(2026, 11, 1)), (1793491200, 1793491199)])
def test_a_period_that_ends_before_it_starts_is_refused(
    start: Any, end: Any, period: Period, emulator: Emulator
) -> None:
    with pytest.raises(ValueError, match="starts after it ends"):
        send(period, [1], start=start, end=end)
    assert not emulator.requests
