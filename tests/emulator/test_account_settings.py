"""Settings of the account: credits that are applied by themselves, and subscriptions that are not paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from invoiced.emulator import Emulator
from tests.emulator.conftest import Raw

DAY = 24 * 60 * 60
START = 1_767_225_600  # 2026-01-01


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(auto_apply_credits=True, after_subscription_nonpayment="cancel") as emulator:
        emulator.clock.set(START)
        yield emulator


@pytest.fixture
def acme(raw: Raw) -> int:
    number: int = raw("POST", "/customers", name="Acme")["id"]
    return number


def invoice(raw: Raw, customer: int, amount: float, **fields: Any) -> dict[str, Any]:
    created: dict[str, Any] = raw("POST", "/invoices", customer=customer, items=[{"unit_cost": amount}], **fields)
    return created


def credit_note(raw: Raw, customer: int, amount: float, **fields: Any) -> int:
    items = [{"unit_cost": amount}]
    number: int = raw("POST", "/credit_notes", customer=customer, items=items, **fields)["id"]
    return number


def test_an_invoice_uses_up_the_credit_balance_and_then_open_credit_notes(raw: Raw, acme: int) -> None:
    raw("POST", "/credit_balance_adjustments", customer=acme, amount=30)
    first, second = credit_note(raw, acme, 50), credit_note(raw, acme, 40)
    credit_note(raw, acme, 5, currency="eur")
    credit_note(raw, acme, 5, date=START + DAY)
    credit_note(raw, acme, 5, draft=True)
    created = invoice(raw, acme, 100)
    assert (created["balance"], created["status"], created["paid"]) == (0, "paid", True)
    payments = raw("GET", "/payments?include=applied_to")
    assert [payment["amount"] for payment in payments] == [0, 0, 0]
    applied = [(each["type"], each.get("credit_note"), each["amount"]) for each in sum_of(payments)]
    assert applied == [("applied_credit", None, 30), ("credit_note", first, 50), ("credit_note", second, 20)]
    assert raw("GET", f"/credit_notes/{second}")["balance"] == 20
    assert raw("GET", f"/customers/{acme}/balance")["available_credits"] == 0


def sum_of(payments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for payment in payments for each in payment["applied_to"]]


def test_a_draft_uses_credit_when_it_is_issued(raw: Raw, acme: int) -> None:
    raw("POST", "/credit_balance_adjustments", customer=acme, amount=30)
    draft = invoice(raw, acme, 100, draft=True)
    assert draft["balance"] == 100
    assert raw("PATCH", f"/invoices/{draft['id']}", draft=False)["balance"] == 70
    raw("POST", "/credit_balance_adjustments", customer=acme, amount=10)
    assert raw("PATCH", f"/invoices/{draft['id']}", notes="Hi")["balance"] == 70


def test_all_ways_to_an_invoice_use_credit(raw: Raw, acme: int) -> None:
    raw("POST", "/credit_balance_adjustments", customer=acme, amount=30)
    raw("POST", f"/customers/{acme}/line_items", unit_cost=10)
    assert raw("POST", f"/customers/{acme}/invoices")["balance"] == 0
    estimate = raw("POST", "/estimates", customer=acme, items=[{"unit_cost": 12}])
    assert raw("POST", f"/estimates/{estimate['id']}/invoice")["balance"] == 0
    raw("POST", "/plans", id="gold", name="Gold", amount=20, interval="month", interval_count=1)
    raw("POST", "/subscriptions", customer=acme, plan="gold")
    assert raw("GET", "/invoices")[-1]["balance"] == 12


def test_without_the_setting_credit_stays(acme: int) -> None:
    with Emulator() as emulator:
        raw = Raw(emulator.url)
        customer = raw("POST", "/customers", name="Acme")["id"]
        raw("POST", "/credit_balance_adjustments", customer=customer, amount=30)
        assert invoice(raw, customer, 100)["balance"] == 100


@pytest.mark.parametrize(("setting", "status"), [("cancel", "canceled"), (None, "past_due")])
def test_a_subscription_is_canceled_when_its_invoice_is_given_up(setting: Any, status: str) -> None:
    with Emulator(after_subscription_nonpayment=setting) as emulator:
        emulator.clock.set(START)
        raw = Raw(emulator.url)
        customer = raw("POST", "/customers", name="Acme", autopay=True)["id"]
        raw("POST", "/plans", id="gold", name="Gold", amount=20, interval="month", interval_count=1)
        created = raw("POST", "/subscriptions", customer=customer, plan="gold")
        emulator.clock.advance(days=15)
        assert raw("GET", f"/subscriptions/{created['id']}")["status"] == "past_due"
        emulator.clock.advance(days=3)
        now = raw("GET", f"/subscriptions/{created['id']}")
        assert now["status"] == status
        assert now["canceled_reason"] == ("nonpayment" if setting else None)


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="after_subscription_nonpayment 'pause'"):
        Emulator(after_subscription_nonpayment="pause")  # type: ignore[arg-type]
