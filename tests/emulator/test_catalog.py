"""Plans, items, coupons, tax rates and tax rules (catalog.md 2 to 5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests

from invoiced.emulator.catalog.prices import plan_lines

PLAN: dict[str, Any] = {"name": "Gold", "amount": 50, "interval": "month", "interval_count": 1}
TIERS = [
    {"max_qty": 10, "unit_cost": 10},
    {"min_qty": 11, "max_qty": 20, "unit_cost": 8},
    {"min_qty": 21, "unit_cost": 5},
]
ARCHIVED = [
    ("plans", PLAN),
    ("items", {"name": "Gold"}),
    ("coupons", {"name": "Gold", "value": 5}),
    ("tax_rates", {"name": "Gold", "value": 5}),
]


@pytest.mark.parametrize(
    ("mode", "quantity", "amounts"),
    [
        ("tiered", 25, [100, 80, 25]),
        ("volume", 25, [125]),
        ("tiered", 10, [100]),
        ("volume", 10, [100]),
        ("tiered", 11, [100, 8]),
        ("volume", 11, [88]),
    ],
)
def test_the_lines_of_tiers(create: Callable[..., Any], raw: Any, mode: str, quantity: int, amounts: list[int]) -> None:
    customer = create("customers", name="Acme")["id"]
    create("plans", **{**PLAN, "id": "gold", "amount": 0, "pricing_mode": mode, "tiers": TIERS})
    create("subscriptions", customer=customer, plan="gold", quantity=quantity)
    (invoice,) = raw("GET", "/invoices")
    assert [line["amount"] for line in invoice["items"]] == amounts
    assert invoice["total"] == sum(amounts)


def test_a_line_of_a_tier_is_described_by_its_quantities() -> None:
    lines = plan_lines({"pricing_mode": "tiered", "tiers": TIERS}, 25)
    assert [(line.quantity, line.unit_cost, line.description) for line in lines] == [
        (Decimal(10), Decimal(10), "0 - 10 tier"),
        (Decimal(10), Decimal(8), "11 - 20 tier"),
        (Decimal(5), Decimal(5), "21+ tier"),
    ]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"amount": None}, "amount"),
        ({"amount": -1}, "amount"),
        ({"pricing_mode": "custom"}, "amount"),
        ({"interval": "decade"}, "interval"),
        ({"interval_count": None}, "interval_count"),
        ({"quantity_type": "usage"}, "request"),
        ({"unknown": 1}, "request"),
        ({"currency": "xxx"}, None),
        ({"id": "a b"}, "id"),
        ({"id": "taken"}, "id"),
        ({"tiers": [{"unit_cost": 1}, {"unit_cost": 2}]}, "tiers"),
        ({"tiers": [{"max_qty": 5, "unit_cost": 1}]}, "tiers"),
        ({"tiers": [{"max_qty": 5, "unit_cost": 1}, {"min_qty": 7, "unit_cost": 1}]}, "tiers"),
        ({"tiers": [{"min_qty": 1, "unit_cost": 1}]}, "tiers"),
        ({"tiers": [{"unit_cost": 1, "name": "x"}]}, "tiers"),
        ({"tiers": [{"unit_cost": "x"}]}, "tiers"),
        ({"tiers": [{"max_qty": "5", "unit_cost": 1}, {"min_qty": 6, "unit_cost": 1}]}, "tiers"),
        ({"tiers": [{"max_qty": 5, "unit_cost": 1}, {"min_qty": 6.0, "unit_cost": 1}]}, "tiers"),
    ],
)
def test_an_invalid_plan_is_refused(raw: Any, fields: dict[str, Any], param: str | None) -> None:
    raw("POST", "/plans", **PLAN, id="taken")
    assert raw.refusal("POST", "/plans", **{**PLAN, **fields}).get("param") == param


def test_a_plan_has_the_currency_of_the_account_and_a_short_id(create: Callable[..., Any]) -> None:
    created = create("plans", **PLAN)
    assert (created["currency"], len(created["id"]), created["quantity_type"]) == ("usd", 6, "constant")
    assert create("plans", **PLAN, currency="EUR")["currency"] == "eur"


def test_what_a_plan_was_created_with_is_ignored_in_updates(raw: Any) -> None:
    raw("POST", "/plans", **PLAN, id="gold")
    changed = raw("PATCH", "/plans/gold", name="Golden", amount=99, interval="year", currency="eur")
    assert [changed[name] for name in ("name", "amount", "interval", "currency")] == ["Golden", 50, "month", "usd"]
    assert raw.refusal("PATCH", "/plans/gold", unknown=1)["param"] == "request"


@pytest.mark.parametrize(("path", "fields"), ARCHIVED)
def test_a_deleted_record_is_archived_and_its_id_is_free(
    create: Callable[..., Any], raw: Any, path: str, fields: dict[str, Any]
) -> None:
    create(path, **fields, id="gold")
    raw("DELETE", f"/{path}/gold")
    assert raw("GET", f"/{path}") == []
    assert [each["id"] for each in raw("GET", f"/{path}?archived=1")] == ["gold"]
    assert raw("GET", f"/{path}/gold")["name"] == "Gold"
    create(path, **{**fields, "name": "New"}, id="gold")
    assert [each["name"] for each in raw("GET", f"/{path}")] == ["New"]
    assert [each["name"] for each in raw("GET", f"/{path}?archived=1")] == ["Gold"]
    assert raw("GET", f"/{path}/gold")["name"] == "New"
    assert raw("GET", f"/{path}?filter[archived]=0&updated_after=99999999999")[0]["name"] == "New"
    assert "archived" not in raw("GET", f"/{path}/gold")


def test_the_subscriptions_of_a_plan_are_counted_on_request(create: Callable[..., Any], raw: Any) -> None:
    customer = create("customers", name="Acme")["id"]
    create("plans", **PLAN, id="gold")
    create("plans", **PLAN, id="seat")
    created = create("subscriptions", customer=customer, plan="gold", addons=[{"plan": "seat"}])
    assert "num_subscriptions" not in raw("GET", "/plans/gold")
    counts = [raw("GET", f"/plans/{each}?include=num_subscriptions")["num_subscriptions"] for each in ("gold", "seat")]
    assert counts == [1, 1]
    raw("DELETE", f"/subscriptions/{created['id']}")
    assert raw("GET", "/plans/gold?include=num_subscriptions")["num_subscriptions"] == 0


def test_an_item_has_a_currency_if_it_costs_something(create: Callable[..., Any], raw: Any) -> None:
    create("tax_rates", id="vat", name="VAT", value=20)
    assert create("items", name="Free")["currency"] is None
    created = create("items", id="desk", name="Desk", unit_cost=-5, taxes=["vat"])
    assert created["currency"] == "usd"
    assert [created[name] for name in ("taxable", "discountable")] == [True, True]
    assert raw("GET", "/items/desk")["taxes"][0]["value"] == 20
    changed = raw("PATCH", "/items/desk", name="Table", unit_cost=9, taxes=[])
    assert (changed["name"], changed["unit_cost"], len(changed["taxes"])) == ("Table", -5, 1)
    assert raw.refusal("POST", "/items", name="Desk", gl_account="a_b")["param"] == "gl_account"


def test_items_have_a_second_path(raw: Any) -> None:
    created = raw("POST", "/catalog_items", id="desk", name="Desk")
    assert raw("GET", "/catalog_items/desk") == raw("GET", "/items/desk") == created
    assert raw("GET", "/catalog_items") == [created]


def test_the_pending_lines_of_an_unknown_customer_are_not_found(api: requests.Session) -> None:
    assert api.get("/customers/99/line_items").status_code == 404


def test_a_list_as_the_value_of_a_filter_is_refused_without_a_parameter(raw: Any) -> None:
    assert "param" not in raw.refusal("GET", "/plans?filter[name][]=x")


@pytest.mark.parametrize("path", ["coupons", "tax_rates"])
def test_a_percentage_has_no_currency(create: Callable[..., Any], path: str) -> None:
    assert create(path, name="Ten", value=10, currency="eur")["currency"] is None
    assert create(path, name="Ten", value=10, is_percent=False)["currency"] == "usd"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"value": None}, "value"),
        ({"name": "a/b"}, "name"),
        ({"duration": "x"}, "duration"),
        ({"duration": "2"}, "duration"),
        ({"duration": None}, "duration"),
        ({"max_redemptions": "x"}, "max_redemptions"),
        ({"max_redemptions": 2.5}, "max_redemptions"),
        ({"max_redemptions": True}, "max_redemptions"),
        ({"is_percent": "maybe"}, "is_percent"),
        ({"currency": "xxx", "is_percent": False}, None),
    ],
)
def test_an_invalid_coupon_is_refused(raw: Any, fields: dict[str, Any], param: str | None) -> None:
    assert raw.refusal("POST", "/coupons", **{"name": "Ten", "value": 10, **fields}).get("param") == param


def test_other_numbers_and_booleans_of_a_coupon_may_be_text(raw: Any) -> None:
    created = raw("POST", "/coupons", name="Ten", value="10.5", is_percent="off", exclusive="true", expiration_date="7")
    assert (created["value"], created["is_percent"], created["exclusive"]) == (10.5, False, True)
    assert created["expiration_date"] == 7
    assert raw.refusal("PATCH", f"/coupons/{created['id']}", duration="1")["param"] == "duration"
    assert raw("PATCH", f"/coupons/{created['id']}", exclusive="0", duration=1)["exclusive"] is False


def test_a_form_cannot_have_the_whole_numbers_that_are_json_only(api: requests.Session) -> None:
    coupon = api.post("/coupons", data={"name": "Ten", "value": "10", "duration": "2"})
    assert (coupon.status_code, coupon.json()["param"]) == (400, "duration")
    tiers = {"tiers[0][max_qty]": "5", "tiers[0][unit_cost]": "1", "tiers[1][min_qty]": "6", "tiers[1][unit_cost]": "1"}
    plan = {**PLAN, "pricing_mode": "tiered"}
    response = api.post("/plans", data={**plan, **tiers})
    assert (response.status_code, response.json()["param"]) == (400, "tiers")
    assert api.post("/plans", data={**plan, "tiers[0][unit_cost]": "1.5"}).status_code == 201
    assert "param" not in api.post("/subscriptions/preview", data={"plan": "x", **tiers}).json()


@pytest.mark.parametrize(("sent", "stored"), [(0, 1), (-5, 1), ("0", 1), ("3", 3)])
def test_the_interval_count_of_a_plan_is_at_least_one(raw: Any, sent: Any, stored: int) -> None:
    assert raw("POST", "/plans", **{**PLAN, "interval_count": sent})["interval_count"] == stored


@pytest.mark.parametrize(("price", "percent", "subtotal", "tax"), [("120.00", 20, 100, 20), ("9.99", 10, 9.08, 0.91)])
def test_an_inclusive_tax_is_taken_out_of_the_price(
    create: Callable[..., Any], raw: Any, price: str, percent: int, subtotal: float, tax: float
) -> None:
    customer = create("customers", name="Acme")["id"]
    create("tax_rates", id="vat", name="VAT", value=percent, inclusive=True)
    create("plans", **{**PLAN, "amount": float(price)}, id="gold")
    created = create("subscriptions", customer=customer, plan="gold", taxes=["vat"])
    (invoice,) = raw("GET", "/invoices")
    assert (invoice["subtotal"], invoice["taxes"][0]["amount"], invoice["total"]) == (subtotal, tax, float(price))
    assert [float(created[name]) for name in ("recurring_total", "mrr")] == [float(price), subtotal]


def test_a_tax_rule_adds_its_rate_to_the_bills_of_its_country(create: Callable[..., Any], raw: Any) -> None:
    create("tax_rates", id="vat", name="VAT", value=20)
    create("plans", **PLAN, id="gold")
    create("tax_rules", tax_rate="vat", country="gb")
    for country in ("GB", "US"):
        customer = create("customers", name="Acme", country=country)["id"]
        create("subscriptions", customer=customer, plan="gold")
    assert [each["total"] for each in raw("GET", "/invoices")] == [60, 50]
    assert raw.refusal("POST", "/tax_rules", country="GB")["param"] == "tax_rate"
    assert raw.refusal("POST", "/tax_rules", tax_rate="vat", country="XX")["param"] == "country"
