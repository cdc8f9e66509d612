"""The totals of documents: the worked examples of billing.md 2.11, and the rules of section 2."""

from __future__ import annotations

from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

RATES: list[dict[str, Any]] = [
    {"id": "T825", "name": "Sales tax", "value": 8.25},
    {"id": "T10", "name": "Ten", "value": 10},
    {"id": "T5", "name": "Five", "value": 5},
    {"id": "T9975", "name": "Province", "value": 9.975},
    {"id": "VAT19", "name": "VAT", "value": 19, "inclusive": True},
    {"id": "VAT20", "name": "VAT", "value": 20, "inclusive": True},
    {"id": "VAT10", "name": "VAT", "value": 10, "inclusive": True},
]
COUPONS: list[dict[str, Any]] = [
    {"id": "C10", "name": "Ten off", "value": 10},
    {"id": "C20", "name": "Twenty off", "value": 20},
    {"id": "C50", "name": "Half", "value": 50},
    {"id": "EIGHT", "name": "Eight off", "value": 8, "is_percent": False, "currency": "usd"},
]

EXAMPLES: dict[str, tuple[dict[str, Any], list[float], float, float | None, list[float], float]] = {
    "A": (
        {
            "items": [{"quantity": 3, "unit_cost": 19.99}, {"quantity": 2.5, "unit_cost": 12.35}],
            "discounts": ["C10"],
            "taxes": ["T825"],
        },
        [59.97, 30.88],
        90.85,
        9.09,
        [6.75],
        88.51,
    ),
    "B": (
        {
            "items": [
                {"unit_cost": 100},
                {"unit_cost": 40, "taxable": False},
                {"unit_cost": 25, "discountable": False},
            ],
            "discounts": ["C20"],
            "taxes": ["T10"],
        },
        [100, 40, 25],
        165,
        28,
        [9.7],
        146.7,
    ),
    "D": ({"currency": "eur", "items": [{"unit_cost": 100, "taxes": ["VAT19"]}]}, [84.03], 84.03, None, [], 100),
    "E": ({"items": [{"unit_cost": 99.99}], "taxes": ["T5", "T9975"]}, [99.99], 99.99, None, [5, 9.97], 114.96),
    "I": (
        {"items": [{"unit_cost": 0.125}, {"unit_cost": 0.375}, {"quantity": 100, "unit_cost": 1.005}]},
        [0.13, 0.38, 100.5],
        101.01,
        None,
        [],
        101.01,
    ),
    "K": (
        {"currency": "bhd", "items": [{"unit_cost": 10.0005}], "taxes": ["T10"]},
        [10.001],
        10.001,
        None,
        [1],
        11.001,
    ),
    "L": (
        {
            "items": [{"unit_cost": 100, "taxable": False, "discountable": False}, {"unit_cost": 100}],
            "discounts": ["C50"],
            "taxes": ["T10"],
        },
        [100, 100],
        200,
        50,
        [5],
        155,
    ),
    "catalog 4.5, 20 %": ({"items": [{"unit_cost": 120, "taxes": ["VAT20"]}]}, [100], 100, None, [], 120),
    "catalog 4.5, 10 %": ({"items": [{"unit_cost": 9.99}], "taxes": ["VAT10"]}, [9.99], 9.08, None, [0.91], 9.99),
}

REFUSED = {
    "G": {"items": [{"unit_cost": 50}, {"unit_cost": -80}], "discounts": ["C10"], "taxes": ["T10"]},
    "H": {"items": [{"unit_cost": 5}], "discounts": ["EIGHT"]},
}
PATHS = ("/invoices", "/credit_notes", "/estimates")


@pytest.fixture
def catalog(api: requests.Session, customer: dict[str, Any]) -> int:
    """Create tax rates and coupons, and return the ID of a customer."""
    for path, records in (("/tax_rates", RATES), ("/coupons", COUPONS)):
        for record in records:
            assert api.post(path, json=record).status_code == 201
    return int(customer["id"])


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("path", PATHS)
def test_each_worked_example_has_its_total(example: str, path: str, catalog: int, api: requests.Session) -> None:
    sent, lines, subtotal, discount, taxes, total = EXAMPLES[example]
    document = api.post(path, json={"customer": catalog, **sent}).json()
    assert [line["amount"] for line in document["items"]] == lines
    assert document["subtotal"] == subtotal
    assert [each["amount"] for each in document["discounts"]] == ([] if discount is None else [discount])
    assert [each["amount"] for each in document["taxes"]] == taxes
    assert document["total"] == total


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_worked_example_has_its_total_through_the_client(example: str, emulator: Emulator) -> None:
    sent, _, subtotal, _, _, total = EXAMPLES[example]
    with invoiced.Client("any key", base_url=emulator.url) as client:
        for rate in RATES:
            client.TaxRate.create(**rate)
        for coupon in COUPONS:
            client.Coupon.create(**coupon)
        invoice = client.Invoice.create(customer=client.Customer.create(name="Acme").id, **sent)
    assert (invoice.subtotal, invoice.total, invoice.balance) == (subtotal, total, total)


@pytest.mark.parametrize("example", REFUSED)
@pytest.mark.parametrize("path", PATHS)
def test_a_negative_total_is_refused_and_nothing_is_kept(
    example: str, path: str, catalog: int, api: requests.Session
) -> None:
    response = api.post(path, json={"customer": catalog, **REFUSED[example]})
    assert (response.status_code, response.json()["param"]) == (400, "total")
    assert api.get(path).json() == []
    number = api.post(path, json={"customer": catalog}).json()["number"]
    assert number.endswith("-00001")


def test_rates_are_ids_objects_or_plain_amounts(catalog: int, api: requests.Session) -> None:
    taxes = ["T10", {"tax_rate": "T5"}, {"tax_rate": RATES[0]}, {"amount": 1.5}, {"amount": 0}, "UNKNOWN", "T10"]
    document = api.post("/invoices", json={"customer": catalog, "items": [{"unit_cost": 100}], "taxes": taxes}).json()
    assert [tax["amount"] for tax in document["taxes"]] == [10, 5, 8.25, 1.5]
    assert [(tax["tax_rate"] or {}).get("id") for tax in document["taxes"]] == ["T10", "T5", "T825", None]
    short = api.post("/invoices", json={"customer": catalog, "items": [{"unit_cost": 10}], "discount": 5, "tax": 2})
    assert short.json()["total"] == 7


def test_a_rate_on_a_line_and_on_the_document_is_refused(catalog: int, api: requests.Session) -> None:
    items = [{"unit_cost": 100, "taxes": ["T10"]}]
    response = api.post("/invoices", json={"customer": catalog, "items": items, "taxes": ["T10"]})
    assert (response.status_code, response.json()["param"]) == (400, "items")
    api.patch(f"/customers/{catalog}", json={"taxes": ["T10"]})
    response = api.post("/invoices", json={"customer": catalog, "items": items})
    assert (response.status_code, response.json()["param"]) == (400, "taxes")


def test_taxes_of_the_customer_and_of_tax_rules_are_added_to_new_documents(catalog: int, api: requests.Session) -> None:
    api.patch(f"/customers/{catalog}", json={"taxes": ["T5"], "country": "US", "state": "TX"})
    for rule in ({"tax_rate": "T10", "country": "DE"}, {"tax_rate": "T825", "state": "TX", "country": "US"}):
        assert api.post("/tax_rules", json=rule).status_code == 201
    body = {"customer": catalog, "items": [{"unit_cost": 100}]}

    def rates(**fields: Any) -> list[str]:
        return [tax["tax_rate"]["id"] for tax in api.post("/invoices", json={**body, **fields}).json()["taxes"]]

    assert rates() == ["T5", "T825"]
    assert rates(ship_to={"country": "DE"}) == ["T5", "T10"]
    assert rates(calculate_taxes=False) == []
    assert rates(taxes=["T5", "T10"]) == ["T5", "T10", "T825"]
    api.patch(f"/customers/{catalog}", json={"taxable": False})
    assert rates() == []


def test_taxes_are_assessed_anew_only_if_asked(catalog: int, api: requests.Session) -> None:
    body = {"customer": catalog, "items": [{"unit_cost": 100}], "taxes": ["T5"]}
    invoice = api.post("/invoices", json=body).json()
    api.patch(f"/customers/{catalog}", json={"taxes": ["T10"]})
    path = f"/invoices/{invoice['id']}"
    assert api.patch(path, json={"items": [{"unit_cost": 200}]}).json()["total"] == 210
    changed = api.patch(path, json={"calculate_taxes": True}).json()
    assert ([tax["tax_rate"]["id"] for tax in changed["taxes"]], changed["total"]) == (["T10"], 220)


@pytest.mark.parametrize(("unit_cost", "amount"), [(12.045, 12.05), (-12.045, -12.05), (12.0449, 12.04), (0.005, 0.01)])
def test_amounts_are_rounded_half_away_from_zero(
    unit_cost: float, amount: float, api: requests.Session, customer: dict[str, Any]
) -> None:
    """2.2"""
    body = {"customer": customer["id"], "items": [{"unit_cost": 100}, {"unit_cost": unit_cost}]}
    assert api.post("/invoices", json=body).json()["items"][1]["amount"] == amount


_WITHOUT_DECIMALS = ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vuv", "xaf", "xof", "xpf")
_WITH_TWO = ("usd", "eur", "kwd", "tnd", "omr", "huf", "vnd")
_DECIMALS = {**dict.fromkeys(_WITHOUT_DECIMALS, 0), **dict.fromkeys(_WITH_TWO, 2), "bhd": 3, "btc": 8}


@pytest.mark.parametrize(("currency", "decimals"), _DECIMALS.items())
def test_a_currency_has_the_decimals_of_the_service(
    currency: str, decimals: int, api: requests.Session, customer: dict[str, Any]
) -> None:
    """2.1"""
    body = {"customer": customer["id"], "currency": currency, "items": [{"unit_cost": 1.123456789}]}
    assert api.post("/invoices", json=body).json()["total"] == round(1.123456789, decimals)
