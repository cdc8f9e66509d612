"""The sample company: a year of its business, made through the API."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

NOW = 1764331200 + 3600


def load(customers: int = 25, *, seed: int = 7) -> dict[str, list[dict[str, Any]]]:
    """Return all records of a sample company by the path of their list."""
    emulator = Emulator(clock=lambda: NOW, seed=1)
    emulator.load_sample(customers, seed=seed)
    with requests.Session() as session:
        session.auth = ("key", "")
        session.mount("http://", emulator.adapter())
        paths = ("customers", "invoices", "payments", "credit_notes", "estimates", "notes", "subscriptions")
        return {path: list(_all(session, path)) for path in paths}


def _all(session: requests.Session, path: str) -> Any:
    url = f"http://emulator.invalid/{path}?per_page=100"
    if path == "invoices":
        url += "&include=amount_paid"
    while url:
        response = session.get(url)
        yield from response.json()
        url = response.links.get("next", {}).get("url", "")


@pytest.fixture(scope="module")
def sample() -> dict[str, list[dict[str, Any]]]:
    return load()


def test_a_sample_has_all_kinds_of_records(sample: dict[str, list[dict[str, Any]]]) -> None:
    assert len(sample["customers"]) == 25
    assert all(sample.values())
    assert len(sample["invoices"]) > 100
    assert {each["object"] for each in sample["payments"]} == {"payment"}


def test_a_sample_goes_through_a_year_until_now(sample: dict[str, list[dict[str, Any]]]) -> None:
    dates = [invoice["date"] for invoice in sample["invoices"]]
    assert NOW - 366 * 86400 < min(dates) < NOW - 300 * 86400
    assert NOW - 10 * 86400 < max(dates) < NOW
    assert all(invoice["created_at"] <= NOW for invoice in sample["invoices"])


def test_a_sample_has_invoices_in_many_states(sample: dict[str, list[dict[str, Any]]]) -> None:
    statuses = Counter(invoice["status"] for invoice in sample["invoices"])
    assert {"past_due", "sent", "voided", "draft"} <= {*statuses}
    assert any(invoice["metadata"].get("disputed") for invoice in sample["invoices"])
    assert any(note["notes"].startswith("Disputed") for note in sample["notes"])


def test_a_sample_trades_in_several_languages_and_currencies(sample: dict[str, list[dict[str, Any]]]) -> None:
    assert len({customer["language"] for customer in sample["customers"]}) > 4
    assert len({invoice["currency"] for invoice in sample["invoices"]}) > 2
    assert not all(customer["name"].isascii() for customer in sample["customers"])
    assert all(Decimal(str(invoice["total"])) > 0 for invoice in sample["invoices"] if invoice["items"])


def test_the_same_seed_makes_the_same_company(sample: dict[str, list[dict[str, Any]]]) -> None:
    assert load() == sample
    assert load(seed=8) != sample


def test_the_clock_has_its_own_time_again() -> None:
    emulator = Emulator(clock=lambda: NOW)
    emulator.load_sample(1)
    assert emulator.now == NOW


@pytest.mark.parametrize("customers", [0, -1, True, 1.5, "3"])
def test_an_impossible_number_of_customers_is_refused(customers: Any) -> None:
    with pytest.raises(ValueError, match="invalid number of customers"):
        Emulator().load_sample(customers)


def test_a_second_sample_is_refused() -> None:
    emulator = Emulator(clock=lambda: NOW)
    emulator.load_sample(1)
    with pytest.raises(ValueError, match="The sample cannot be added to the records that there are: "):
        emulator.load_sample(1)
    assert emulator.now == NOW


def test_a_sample_that_cannot_be_added_changes_nothing(tmp_path: Path) -> None:
    emulator = Emulator(clock=lambda: NOW)
    with requests.Session() as session:
        session.auth = ("key", "")
        session.mount("http://", emulator.adapter())
        plan = {"id": "care-plus", "name": "Mine", "amount": 1, "interval": "month", "interval_count": 1}
        assert session.post("http://emulator.invalid/plans", json=plan).status_code == 201
    emulator.snapshot(tmp_path / "before")
    with pytest.raises(ValueError, match="already has the id care-plus"):
        emulator.load_sample(1)
    emulator.snapshot(tmp_path / "after")
    assert (tmp_path / "after").read_text("utf-8") == (tmp_path / "before").read_text("utf-8")
    assert not emulator.has_sample


def test_a_sample_is_recognized() -> None:
    emulator = Emulator(clock=lambda: NOW)
    assert not emulator.has_sample
    emulator.load_sample(1)
    assert emulator.has_sample
    emulator.reset()
    assert not emulator.has_sample


def test_a_sample_is_not_in_the_request_log() -> None:
    emulator = Emulator(clock=lambda: NOW)
    emulator.load_sample(2)
    assert len(emulator.requests) == 0
