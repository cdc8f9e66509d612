"""Subscriptions: periods, bills, changes, contracts. E1 to E12 are the worked examples of catalog.md 1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp())


@pytest.fixture
def until(emulator: Emulator, clock: SimpleNamespace) -> Callable[[str], None]:
    """Return a function that moves the emulator's clock, which does what is due."""

    def move(text: str) -> None:
        emulator.advance(at(text) - emulator.now)

    return move


def plan(create: Callable[..., Any], plan_id: str, amount: Any, interval: str = "month", count: int = 1) -> None:
    create("plans", id=plan_id, name=plan_id, amount=amount, interval=interval, interval_count=count)


def invoices(raw: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = raw("GET", "/invoices")
    return listed


def amounts(invoice: dict[str, Any]) -> list[float]:
    return [line["amount"] for line in invoice["items"]]


def subscription(raw: Any, created: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = raw("GET", f"/subscriptions/{created['id']}")
    return read


@pytest.fixture
def payer(create: Callable[..., Any], clock: SimpleNamespace) -> int:
    clock.now = at("2026-01-01")
    customer_id: int = create("customers", name="Acme")["id"]
    return customer_id


def test_e1_the_first_invoice_has_the_plan_its_addons_discounts_and_taxes(
    create: Callable[..., Any], raw: Any, payer: int, clock: SimpleNamespace
) -> None:
    clock.now = at("2026-05-04T10:00")
    plan(create, "basic", 30)
    plan(create, "seat", 5)
    create("coupons", id="ten", name="Ten", value=10)
    create("tax_rates", id="vat", name="VAT", value=8)
    addons = [{"plan": "seat", "quantity": 3}]
    created = create("subscriptions", customer=payer, plan="basic", addons=addons, discounts=["ten"], taxes=["vat"])
    assert (created["start_date"], created["period_start"]) == (at("2026-05-04"), at("2026-05-04"))
    assert created["period_end"] == at("2026-06-03T23:59:59")
    assert created["renews_next"] == at("2026-06-04")
    assert [float(created[name]) for name in ("recurring_total", "mrr")] == [43.74, 40.5]
    (invoice,) = invoices(raw)
    assert (invoice["date"], amounts(invoice)) == (at("2026-05-04"), [30, 15])
    assert (invoice["subtotal"], invoice["total"]) == (45, 43.74)
    assert (invoice["discounts"][0]["amount"], invoice["taxes"][0]["amount"]) == (4.5, 3.24)
    assert invoice["subscription"] == created["id"]
    line = invoice["items"][0]
    assert (line["type"], line["plan"], line["prorated"]) == ("plan", "basic", False)
    assert (line["period_start"], line["period_end"]) == (at("2026-05-04"), at("2026-06-03T23:59:59"))


def test_e2_calendar_billing_charges_a_share_of_a_short_first_period(
    create: Callable[..., Any], raw: Any, payer: int, clock: SimpleNamespace, until: Callable[[str], None]
) -> None:
    clock.now = at("2026-06-20")
    plan(create, "gold", 100)
    create("coupons", id="off", name="Off", value=10, is_percent=False)
    created = create("subscriptions", customer=payer, plan="gold", snap_to_nth_day=1, discounts=["off"])
    assert created["period_end"] == at("2026-06-30T23:59:59")
    first = invoices(raw)[0]
    assert (first["items"][0]["quantity"], first["items"][0]["prorated"]) == (0.3667, True)
    assert (first["subtotal"], first["discounts"][0]["amount"]) == (36.67, 3.67)
    until("2026-07-01")
    second = invoices(raw)[1]
    assert (second["date"], second["subtotal"], second["total"]) == (at("2026-07-01"), 100, 90)


@pytest.mark.parametrize(
    ("bill_in", "billed", "date", "lines"),
    [
        ("advance", "2026-04-01", "2026-04-01", [40, 24, 16.26]),
        ("arrears", "2026-04-01", "2026-03-31T23:59:59", [40, 16.26]),
    ],
)
def test_e3_an_addon_in_mid_period_is_charged_in_part(
    create: Callable[..., Any],
    raw: Any,
    payer: int,
    clock: SimpleNamespace,
    until: Callable[[str], None],
    bill_in: str,
    billed: str,
    date: str,
    lines: list[float],
) -> None:
    clock.now = at("2026-03-01")
    plan(create, "basic", 40)
    plan(create, "seat", 12)
    created = create("subscriptions", customer=payer, plan="basic", bill_in=bill_in)
    until("2026-03-11")
    raw("PATCH", f"/subscriptions/{created['id']}", addons=[{"plan": "seat", "quantity": 2}])
    (pending,) = raw("GET", f"/customers/{payer}/line_items")
    assert (pending["quantity"], pending["amount"], pending["prorated"]) == (1.3548, 16.2576, True)
    assert (pending["period_start"], pending["period_end"]) == (at("2026-03-11"), at("2026-03-31T23:59:59"))
    assert pending["description"].startswith("(added 2)")
    until(billed)
    invoice = invoices(raw)[-1]
    assert (invoice["date"], amounts(invoice)) == (at(date), lines)
    assert raw("GET", f"/customers/{payer}/line_items") == []


def test_e6_a_custom_price_that_rises_is_charged_in_part(
    create: Callable[..., Any], raw: Any, payer: int, clock: SimpleNamespace, until: Callable[[str], None]
) -> None:
    clock.now = at("2026-02-01")
    create("plans", id="own", name="Own", pricing_mode="custom", interval="month", interval_count=1)
    created = create("subscriptions", customer=payer, plan="own", amount=40, quantity=2)
    until("2026-02-08")
    raw("PATCH", f"/subscriptions/{created['id']}", amount=55)
    (pending,) = raw("GET", f"/customers/{payer}/line_items")
    assert (pending["quantity"], pending["unit_cost"], pending["amount"]) == (1.5, 15, 22.5)


@pytest.mark.parametrize(
    ("amount", "interval", "count", "mrr"),
    [(1200, "year", 1, 100), (90, "month", 3, 30), (10, "week", 1, 43.33), (1, "day", 1, 30.42)],
)
def test_e7_the_mrr_is_that_of_a_month(
    create: Callable[..., Any], payer: int, amount: int, interval: str, count: int, mrr: float
) -> None:
    plan(create, "gold", amount, interval, count)
    assert float(create("subscriptions", customer=payer, plan="gold")["mrr"]) == mrr


def test_e8_in_arrears_a_period_is_billed_at_its_end(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold", bill_in="arrears")
    assert (invoices(raw), created["renews_next"]) == ([], at("2026-01-31T23:59:59"))
    until("2026-02-01")
    (invoice,) = invoices(raw)
    line = invoice["items"][0]
    assert (invoice["date"], line["period_start"], line["period_end"]) == (
        at("2026-01-31T23:59:59"),
        at("2026-01-01"),
        at("2026-01-31T23:59:59"),
    )
    now = subscription(raw, created)
    assert (now["period_start"], now["period_end"]) == (at("2026-02-01"), at("2026-02-28T23:59:59"))


def test_e10_a_contract_without_renewal_finishes_after_its_last_bill(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold", cycles=3)
    assert created["contract_period_end"] == at("2026-03-31T23:59:59")
    until("2026-06-01")
    assert [each["date"] for each in invoices(raw)] == [at("2026-01-01"), at("2026-02-01"), at("2026-03-01")]
    now = subscription(raw, created)
    ended = ("period_start", "period_end", "renews_next", "contract_period_start", "contract_period_end")
    assert (now["status"], {now[name] for name in ended}) == ("finished", {None})
    assert raw("GET", "/subscriptions") == []
    assert [each["id"] for each in raw("GET", "/subscriptions?finished=1")] == [created["id"]]


def test_e10_a_contract_renews_itself_with_the_first_bill_of_the_next_term(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    mode = {"contract_renewal_mode": "auto", "contract_renewal_cycles": 6}
    created = create("subscriptions", customer=payer, plan="gold", cycles=3, **mode)
    until("2026-03-31")
    assert subscription(raw, created)["contract_period_end"] == at("2026-03-31T23:59:59")
    until("2026-04-01")
    now = subscription(raw, created)
    assert (now["contract_period_start"], now["cycles"]) == (at("2026-04-01"), 6)
    assert now["contract_period_end"] == at("2026-09-30T23:59:59")


def test_a_contract_ends_with_its_last_period_although_the_interval_changes(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "monthly", 50)
    plan(create, "yearly", 500, "year")
    created = create("subscriptions", customer=payer, plan="monthly", cycles=3)
    until("2026-01-16")
    changed = raw("PATCH", f"/subscriptions/{created['id']}", plan="yearly")
    assert changed["contract_period_start"] == at("2026-01-01")
    assert changed["contract_period_end"] == at("2028-01-15T23:59:59")
    until("2028-01-16")
    assert [each["date"] for each in invoices(raw)] == [at("2026-01-01"), at("2026-01-16"), at("2027-01-16")]
    assert subscription(raw, created)["status"] == "finished"


@pytest.mark.parametrize(("mode", "status", "start"), [("none", "finished", None), ("auto", "active", "2026-01-16")])
def test_the_bill_of_a_new_interval_can_be_the_last_of_a_term(
    create: Callable[..., Any],
    raw: Any,
    payer: int,
    until: Callable[[str], None],
    mode: str,
    status: str,
    start: str | None,
) -> None:
    plan(create, "monthly", 50)
    plan(create, "yearly", 500, "year")
    cycles = 2 if mode == "none" else 1
    created = create("subscriptions", customer=payer, plan="monthly", cycles=cycles, contract_renewal_mode=mode)
    until("2026-01-16")
    changed = raw("PATCH", f"/subscriptions/{created['id']}", plan="yearly")
    assert (changed["status"], changed["contract_period_start"]) == (status, start and at(start))
    assert changed["contract_period_end"] == (start and at("2027-01-15T23:59:59"))


@pytest.mark.parametrize(
    ("change", "start", "end"),
    [
        ({"start_date": at("2026-03-01")}, "2026-03-01", "2026-04-30T23:59:59"),
        ({"start_date": at("2025-12-20")}, "2025-12-20", "2026-02-19T23:59:59"),
        ({"period_end": at("2026-02-15")}, "2026-02-15", "2026-04-14T23:59:59"),
        ({"period_end": at("2026-01-01T12:00")}, "2026-01-01", "2026-02-28T23:59:59"),
        ({"plan": "yearly"}, "2026-02-01", "2028-01-31T23:59:59"),
        ({"cycles": 3}, "2026-02-01", "2026-04-30T23:59:59"),
        ({"cycles": None}, None, None),
    ],
)
def test_a_contract_begins_with_its_subscription_although_the_start_is_moved(
    create: Callable[..., Any], raw: Any, payer: int, change: dict[str, Any], start: str | None, end: str | None
) -> None:
    plan(create, "monthly", 50)
    plan(create, "yearly", 500, "year")
    created = create("subscriptions", customer=payer, plan="monthly", cycles=2, start_date=at("2026-02-01"))
    changed = raw("PATCH", f"/subscriptions/{created['id']}", **change)
    assert changed["contract_period_start"] == (start and at(start))
    assert changed["contract_period_end"] == (end and at(end))


def test_a_manual_contract_waits_for_its_renewal(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    mode = {"contract_renewal_mode": "manual", "bill_in": "arrears"}
    created = create("subscriptions", customer=payer, plan="gold", cycles=2, **mode)
    until("2026-02-28T23:59:59")
    assert subscription(raw, created)["status"] == "active"
    until("2026-03-01")
    now = subscription(raw, created)
    assert (now["status"], now["renews_next"], len(invoices(raw))) == ("pending_renewal", None, 2)


def test_e12_bills_are_made_days_in_advance(
    create: Callable[..., Any], raw: Any, payer: int, clock: SimpleNamespace, until: Callable[[str], None]
) -> None:
    clock.now = at("2026-03-27")
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold", bill_in_advance_days=3)
    assert (invoices(raw)[0]["date"], created["renews_next"]) == (at("2026-03-27"), at("2026-04-24"))
    until("2026-04-24")
    line = invoices(raw)[1]["items"][0]
    assert (line["period_start"], subscription(raw, created)["renews_next"]) == (at("2026-04-27"), at("2026-05-24"))


def test_a_late_start_is_caught_up_bill_by_bill(
    create: Callable[..., Any], raw: Any, payer: int, clock: SimpleNamespace
) -> None:
    clock.now = at("2026-04-15")
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold", start_date=at("2026-02-01"))
    assert created["renews_next"] == at("2026-03-01")
    assert [each["date"] for each in invoices(raw)] == [at("2026-02-01"), at("2026-03-01"), at("2026-04-01")]


def test_a_future_start_is_billed_when_it_comes(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold", start_date=at("2026-01-10"))
    assert (created["status"], created["period_end"]) == ("not_started", at("2026-01-09T23:59:59"))
    assert invoices(raw) == []
    until("2026-01-10")
    now = subscription(raw, created)
    assert (now["status"], now["period_start"], now["period_end"]) == (
        "active",
        at("2026-01-10"),
        at("2026-02-09T23:59:59"),
    )
    assert [each["date"] for each in invoices(raw)] == [at("2026-01-10")]


def test_a_coupon_leaves_after_as_many_bills_as_it_lasts(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    create("coupons", id="two", name="Two", value=10, duration=2)
    created = create("subscriptions", customer=payer, plan="gold", discounts=["two"])
    until("2026-03-01")
    assert [each["total"] for each in invoices(raw)] == [45, 45, 50]
    now = subscription(raw, created)
    assert (now["discounts"], now["recurring_total"]) == ([], 50)


def test_a_subscription_is_past_due_with_its_invoices(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    raw("PATCH", f"/customers/{payer}", payment_terms="NET 7")
    created = create("subscriptions", customer=payer, plan="gold")
    until("2026-01-09")
    assert subscription(raw, created)["status"] == "past_due"
    raw("POST", f"/invoices/{invoices(raw)[0]['id']}/void")
    assert subscription(raw, created)["status"] == "active"


def test_another_interval_credits_the_rest_and_bills_a_new_period_at_once(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "month", 31)
    plan(create, "year", 300, "year")
    created = create("subscriptions", customer=payer, plan="month")
    until("2026-01-16")
    changed = raw("PATCH", f"/subscriptions/{created['id']}", plan="year")
    assert (changed["period_start"], changed["renews_next"]) == (at("2026-01-16"), at("2027-01-16"))
    second = invoices(raw)[1]
    (note,) = raw("GET", "/credit_notes")
    assert (second["total"], note["total"], second["balance"]) == (300, 16, 284)


def test_a_canceled_subscription_is_over(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold")
    path = f"/subscriptions/{created['id']}"
    canceled = raw("DELETE", path, canceled_reason="too dear")
    assert (canceled["status"], canceled["canceled_reason"], canceled["canceled_at"]) == (
        "canceled",
        "too dear",
        at("2026-01-01"),
    )
    assert {canceled[name] for name in ("period_start", "period_end", "renews_next")} == {None}
    assert "param" not in raw.refusal("DELETE", path)
    until("2026-06-01")
    assert len(invoices(raw)) == 1
    assert raw("GET", "/subscriptions") == []
    assert len(raw("GET", "/subscriptions?canceled=1")) == len(raw("GET", "/subscriptions?all=1")) == 1
    types = [each["type"] for each in raw("GET", "/events") if each["type"].startswith("subscription.")]
    assert types == ["subscription.deleted", "subscription.created"]


def test_a_subscription_is_canceled_at_the_end_of_its_period(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold")
    changed = raw("PATCH", f"/subscriptions/{created['id']}", cancel_at_period_end=True)
    assert (changed["status"], changed["canceled_at"]) == ("active", at("2026-01-01"))
    until("2026-02-01")
    assert (subscription(raw, created)["status"], len(invoices(raw))) == ("canceled", 1)


def test_a_paused_subscription_bills_nothing_until_it_is_resumed(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold")
    path = f"/subscriptions/{created['id']}"
    paused = raw("PATCH", path, paused=True, quantity=7)
    assert (paused["status"], paused["quantity"], paused["renews_next"]) == ("paused", 1, at("2026-02-01"))
    until("2026-03-10T10:00")
    resumed = raw("PATCH", path, paused=False)
    assert (resumed["status"], resumed["period_start"]) == ("active", at("2026-03-10"))
    assert [each["date"] for each in invoices(raw)] == [at("2026-01-01"), at("2026-03-10")]
    assert subscription(raw, created)["renews_next"] == at("2026-04-10")


def test_the_end_of_the_period_can_be_moved(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold")
    moved = raw("PATCH", f"/subscriptions/{created['id']}", period_end=at("2026-02-15"))
    assert (moved["period_end"], moved["renews_next"]) == (at("2026-02-14T23:59:59"), at("2026-02-15"))


@pytest.mark.parametrize(
    "fields",
    [
        {"customer": 999},
        {"plan": "unknown"},
        {"plan": "archived"},
        {"discounts": ["unknown"]},
        {"quantity": 0},
        {"amount": 5},
        {"plan": "custom"},
        {"addons": [{"plan": "yearly"}]},
        {"addons": [{"plan": "custom"}]},
        {"addons": [{}]},
        {"start_date": at("2020-12-01")},
        {"start_date": at("2025-11-01"), "customer": "with AutoPay"},
        {"bill_in": "never"},
        {"bill_in_advance_days": 31},
        {"bill_in_advance_days": -1},
        {"snap_to_nth_day": 32},
        {"plan": "daily", "snap_to_nth_day": 1},
        {"cycles": 0},
        {"plan": None},
    ],
)
def test_an_invalid_subscription_is_refused_without_the_name_of_a_parameter(
    raw: Any, clock: SimpleNamespace, fields: dict[str, Any]
) -> None:
    clock.now = at("2026-01-01")

    def create(path: str, **fields: Any) -> Any:
        return raw("POST", f"/{path}", **fields)

    for name, interval in {"gold": "month", "yearly": "year", "daily": "day", "archived": "month"}.items():
        plan(create, name, 50, interval)
    create("plans", id="custom", name="Custom", pricing_mode="custom", interval="month", interval_count=1)
    raw("DELETE", "/plans/archived")
    customers = {
        "with AutoPay": create("customers", name="Auto", autopay=True)["id"],
        None: create("customers", name="Acme")["id"],
    }
    body = {"plan": "gold", **fields}
    body["customer"] = customers.get(body.get("customer"), body.get("customer"))
    assert "param" not in raw.refusal("POST", "/subscriptions", **body)
    assert raw("GET", "/subscriptions") == invoices(raw) == []


def test_the_first_invoice_of_a_customer_with_autopay_is_charged_at_once(
    create: Callable[..., Any], raw: Any, payer: int
) -> None:
    plan(create, "gold", 50)
    raw("PATCH", f"/customers/{payer}", autopay=True)
    raw("POST", f"/customers/{payer}/payment_sources", gateway_token="tok_4242", make_default=True)
    create("subscriptions", customer=payer, plan="gold")
    assert [each["status"] for each in invoices(raw)] == ["paid"]
    (payment,) = raw("GET", "/payments")
    assert (payment["amount"], payment["source"]) == (50, "autopay")


def test_a_charge_that_fails_undoes_the_creation(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "gold", 50)
    raw("PATCH", f"/customers/{payer}", autopay=True)
    raw("POST", f"/customers/{payer}/payment_sources", gateway_token="tok_0069", make_default=True)
    refusal = raw.refusal("POST", "/subscriptions", customer=payer, plan="gold")
    assert (refusal["message"], "param" in refusal) == ("Charge declined", False)
    assert raw("GET", "/subscriptions") == invoices(raw) == raw("GET", "/payments") == []


def test_the_customer_of_a_subscription_cannot_change(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "gold", 50)
    created = create("subscriptions", customer=payer, plan="gold")
    assert "param" not in raw.refusal("PATCH", f"/subscriptions/{created['id']}", customer=payer)


def test_a_subscription_keeps_the_version_of_its_plan(
    create: Callable[..., Any], raw: Any, payer: int, until: Callable[[str], None]
) -> None:
    plan(create, "gold", 50)
    create("subscriptions", customer=payer, plan="gold")
    raw("DELETE", "/plans/gold")
    plan(create, "gold", 70)
    create("subscriptions", customer=payer, plan="gold")
    until("2026-02-01")
    assert [each["total"] for each in invoices(raw)] == [50, 70, 50, 70]


def test_subscriptions_are_listed_by_plan_and_contract(create: Callable[..., Any], raw: Any, payer: int) -> None:
    for name in ("gold", "seat", "other"):
        plan(create, name, 50)
    first = create("subscriptions", customer=payer, plan="gold", addons=[{"plan": "seat"}])["id"]
    second = create("subscriptions", customer=payer, plan="seat", cycles=3)["id"]

    def listed(query: str) -> list[int]:
        return [each["id"] for each in raw("GET", f"/subscriptions?{query}")]

    assert (listed("plan=seat"), listed("plan=gold"), listed("plan=other")) == ([first, second], [first], [])
    assert (listed("contract=1"), listed("contract=0")) == ([second], [first])
    assert (listed("filter[status]=active"), listed("filter[paused]=1")) == ([first, second], [])
    expanded = raw("GET", f"/subscriptions/{first}?expand=customer,plan,addons.plan")
    assert (expanded["customer"]["name"], expanded["plan"]["name"]) == ("Acme", "gold")
    assert expanded["addons"][0]["plan"]["name"] == "seat"


def test_a_filter_by_plan_finds_nothing(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "gold", 50)
    create("subscriptions", customer=payer, plan="gold")
    assert raw("GET", "/subscriptions?filter[plan]=gold") == []


def test_a_canceled_subscription_stays_canceled(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "gold", 50)
    path = f"/subscriptions/{create('subscriptions', customer=payer, plan='gold')['id']}"
    assert raw("PATCH", path, canceled=True)["status"] == "active"
    raw("DELETE", path)
    assert "param" not in raw.refusal("PATCH", path, canceled=False)
    assert raw("PATCH", path, description="Over")["description"] == "Over"


def test_a_preview_stores_nothing(create: Callable[..., Any], raw: Any, payer: int) -> None:
    plan(create, "basic", 30)
    plan(create, "seat", 5)
    create("coupons", id="ten", name="Ten", value=10)
    create("tax_rates", id="vat", name="VAT", value=8)
    body = {"plan": "basic", "addons": [{"plan": "seat", "quantity": 3}], "discounts": ["ten"], "taxes": ["vat"]}
    shown = raw("POST", "/subscriptions/preview", **body)
    assert (shown["recurring_total"], shown["mrr"]) == (43.74, 43.74)
    invoice = shown["first_invoice"]
    assert (invoice["id"], invoice["customer"], invoice["status"], invoice["balance"]) == (None, -1, "draft", 0)
    assert (amounts(invoice), invoice["total"]) == ([30, 15], 43.74)
    assert raw("POST", "/subscriptions/preview", plan="basic", amount=12, customer=payer)["recurring_total"] == 12
    assert invoices(raw) == raw("GET", "/subscriptions") == []
    assert raw.refusal("POST", "/subscriptions/preview", customer=payer)["param"] == "request"
    assert raw.refusal("POST", "/subscriptions/preview", plan="basic", unknown=1)["param"] == "request"
    assert "param" not in raw.refusal("POST", "/subscriptions/preview", plan="unknown")


def test_a_task_that_fails_blocks_nothing_and_is_tried_again(api: requests.Session, emulator: Emulator) -> None:
    emulator.clock.set(1_767_225_600)
    api.post("/tax_rates", json={"id": "vat", "name": "VAT", "value": 20})
    api.post("/items", json={"id": "seat", "name": "Seat", "taxes": ["vat"]})
    plan = {"id": "basic", "name": "Basic", "amount": 30, "interval": "month", "interval_count": 1}
    api.post("/plans", json={**plan, "catalog_item": "seat"})
    customer = api.post("/customers", json={"name": "Acme"}).json()["id"]
    subscription = api.post("/subscriptions", json={"customer": customer, "plan": "basic"})
    assert subscription.status_code == 201, subscription.text
    api.patch(
        f"/customers/{customer}", json={"taxes": ["vat"]}
    )  # The same rate on a line and on the invoice is refused.
    emulator.clock.advance(days=40)
    assert len(api.get("/invoices").json()) == 1
    api.patch(f"/customers/{customer}", json={"taxes": []})
    emulator.clock.advance(days=30)
    assert len(api.get("/invoices").json()) == 3


def test_a_period_that_cannot_be_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    api.post("/plans", json={"id": "basic", "name": "Basic", "amount": 30, "interval": "month", "interval_count": 1})
    path = (
        f"/subscriptions/{api.post('/subscriptions', json={'customer': customer['id'], 'plan': 'basic'}).json()['id']}"
    )
    for end in (-(10**14), 1_774_915_200_000):
        assert api.patch(path, json={"period_end": end}).status_code == 400
    assert api.get("/customers").status_code == 200


def test_a_subscription_keeps_its_coupon_although_another_has_its_id(api: requests.Session, emulator: Emulator) -> None:
    emulator.clock.set(1_767_225_600)
    customer = api.post("/customers", json={"name": "Acme"}).json()["id"]
    api.post("/plans", json={"id": "basic", "name": "Basic", "amount": 100, "interval": "month", "interval_count": 1})
    api.post("/coupons", json={"id": "ten", "name": "Ten", "value": 10})
    api.post("/subscriptions", json={"customer": customer, "plan": "basic", "discounts": ["ten"]})
    api.delete("/coupons/ten")
    api.post("/coupons", json={"id": "ten", "name": "Half", "value": 50})
    emulator.clock.advance(days=31)
    assert [invoice["total"] for invoice in api.get("/invoices").json()] == [90, 90]
