from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def test_a_balance_is_zero_until_it_is_set(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.get(f"/customers/{customer['id']}/balance")
    assert response.status_code == 200
    assert response.json() == {
        "available_credits": 0,
        "currency": "usd",
        "history": [],
        "past_due": False,
        "total_outstanding": 0,
        "due_now": 0,
        "open_credit_notes": 0,
    }


def test_changes_of_the_credits_are_added_to_the_history_newest_first(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    emulator.set_balance(customer["id"], available_credits=100)
    clock.now += 60
    emulator.set_balance(customer["id"], available_credits=50, total_outstanding=470)
    emulator.set_balance(customer["id"], past_due=True, due_now=20.5)
    assert api.get(f"/customers/{customer['id']}/balance").json() == {
        "available_credits": 50,
        "currency": "usd",
        "history": [
            {"timestamp": clock.now, "currency": "usd", "balance": 50},
            {"timestamp": clock.now - 60, "currency": "usd", "balance": 100},
        ],
        "past_due": True,
        "total_outstanding": 470,
        "due_now": 20.5,
        "open_credit_notes": 0,
    }


def test_an_explicit_history_replaces_the_history(
    emulator: Emulator, api: requests.Session, customer: dict[str, Any]
) -> None:
    history = [{"timestamp": 1464041624, "balance": 50}]
    assert emulator.set_balance(customer["id"], available_credits=50, history=history)["history"] == history


def test_each_currency_has_its_own_balance(api: requests.Session, emulator: Emulator) -> None:
    customer = api.post("/customers", json={"name": "Acme", "currency": "EUR"}).json()
    path = f"/customers/{customer['id']}/balance"
    emulator.set_balance(customer["id"], available_credits=5)
    emulator.set_balance(customer["id"], available_credits=7, currency="USD")
    assert [api.get(path).json()[name] for name in ("currency", "available_credits")] == ["eur", 5]
    assert api.get(path, params={"currency": "usd"}).json()["available_credits"] == 7
    assert api.get(path, params={"currency": "gbp"}).json()["available_credits"] == 0


def test_a_balance_is_past_due_if_any_currency_is(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['id']}/balance"
    emulator.set_balance(customer["id"], past_due=True, currency="eur")
    assert emulator.set_balance(customer["id"], past_due=False, currency="usd")["past_due"] is True
    assert api.get(path).json()["past_due"] is True
    emulator.set_balance(customer["id"], past_due=False, currency="eur")
    assert api.get(path).json()["past_due"] is False


def test_the_history_has_at_most_100_entries(emulator: Emulator, customer: dict[str, Any]) -> None:
    for credit in range(1, 103):
        history = emulator.set_balance(customer["id"], available_credits=credit)["history"]
    assert [entry["balance"] for entry in history] == [*range(102, 2, -1)]


def test_a_balance_can_be_set_over_http_without_a_key(api: requests.Session, customer: dict[str, Any]) -> None:
    response = requests.Session.put(api, f"/_emulator/customers/{customer['id']}/balance", json={"due_now": 3})
    assert response.status_code == 200
    assert api.get(f"/customers/{customer['id']}/balance").json() == response.json()
    assert response.json()["due_now"] == 3


def test_amounts_can_be_any_type_of_number(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}/balance"
    emulator.set_balance(customer["id"], available_credits=Decimal("99999999999999.99"), due_now=0.1)
    assert '"available_credits":99999999999999.99,' in api.get(path).text
    for credit in (0.1, Decimal("0.10")):
        balance = emulator.set_balance(customer["id"], available_credits=credit)
        assert len(balance["history"]) == 2


def test_setting_credits_to_the_same_amount_adds_nothing_to_the_history(
    emulator: Emulator, api: requests.Session
) -> None:
    customer = api.post("/customers", json={"name": "Acme"}).json()["id"]
    assert emulator.set_balance(customer, available_credits=0.00)["history"] == []


@pytest.mark.parametrize("customer", [None, "1", 1.0, True, {"id": 1}])
def test_a_customer_must_be_an_integer_id(emulator: Emulator, customer: Any) -> None:
    with pytest.raises(TypeError, match="Expected a customer ID"):
        emulator.set_balance(customer, due_now=1)


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"available_credits": "50"}, "available_credits"),
        ({"past_due": 1}, "past_due"),
        ({"history": [{"balance": 1, "day": 2}]}, "history"),
        ({"credits": 1}, "credits"),
    ],
)
def test_invalid_fields_are_refused(
    api: requests.Session, customer: dict[str, Any], fields: dict[str, Any], param: str
) -> None:
    response = api.put(f"/_emulator/customers/{customer['id']}/balance", json=fields)
    assert (response.status_code, response.json()["param"]) == (400, param)


def test_the_balance_of_an_unknown_customer_cannot_be_set(api: requests.Session, emulator: Emulator) -> None:
    assert api.put("/_emulator/customers/9/balance", json={}).status_code == 404
    with pytest.raises(LookupError, match="Customer was not found: 9"):
        emulator.set_balance(9, due_now=1)
    with pytest.raises(LookupError, match="Customer was not found"):
        emulator.set_balance(2**70, due_now=1)


def test_set_balance_refuses_an_invalid_amount(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="available_credits must be a number"):
        emulator.set_balance(customer["id"], available_credits=float("nan"))
