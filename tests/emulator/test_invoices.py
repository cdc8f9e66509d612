"""Invoices: defaults, numbers, terms, states, edits and refusals (billing.md, section 3)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import requests

DAY = 86_400
HIDDEN = "sent,viewed,voided,date_paid,amount_paid,amount_credited,last_sent"


@pytest.fixture
def create(api: requests.Session, customer: dict[str, Any]) -> Any:
    def create(**fields: Any) -> dict[str, Any]:
        response = api.post("/invoices", json={"customer": customer["id"], "items": [{"unit_cost": 100}], **fields})
        assert response.status_code == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    return create


@pytest.fixture
def save(api: requests.Session) -> Any:
    def save(invoice: dict[str, Any], **fields: Any) -> Any:
        response = api.patch(f"/invoices/{invoice['id']}", json=fields)
        body = response.json()
        return body if response.status_code == 200 else (response.status_code, body.get("param"))

    return save


def test_a_new_invoice_has_the_defaults_of_the_service(create: Any, clock: SimpleNamespace) -> None:
    invoice = create()
    expected = {
        "name": "Invoice",
        "number": "INV-00001",
        "date": clock.now,
        "due_date": None,
        "currency": "usd",
        "draft": False,
        "closed": False,
        "paid": False,
        "late_fees": True,
        "autopay": False,
        "chase": False,
        "status": "not_sent",
        "balance": 100,
        "attempt_count": 0,
        "next_payment_attempt": None,
    }
    assert {name: invoice[name] for name in expected} == expected
    assert not {*HIDDEN.split(",")} & invoice.keys()


def test_properties_are_shown_on_request(create: Any, api: requests.Session) -> None:
    invoice = api.get(f"/invoices/{create()['id']}", params={"include": HIDDEN}).json()
    assert [invoice[name] for name in HIDDEN.split(",")] == [False, False, False, None, 0, 0, None]


def test_numbers_are_counted_and_taken_ones_are_skipped(create: Any, api: requests.Session, save: Any) -> None:
    assert create(number="INV-00002")["number"] == "INV-00002"
    assert [create()["number"] for _ in range(2)] == ["INV-00001", "INV-00003"]
    taken = api.post("/invoices", json={"customer": 1, "number": " inv-00002 "})
    assert (taken.status_code, taken.json()["param"]) == (400, "number")
    other = create(number="A-1")
    assert save(other, number="inv-00003") == (400, "number")
    assert save(other, number=" a-1 ")["number"] == "A-1"


def test_after_100_taken_numbers_none_is_generated(
    create: Any, api: requests.Session, customer: dict[str, Any]
) -> None:
    """3.4"""
    body = {"customer": customer["id"], "items": [{"unit_cost": 1}]}
    for count in range(1, 101):
        create(number=f"INV-{count:05}")
    refused = api.post("/invoices", json=body)
    assert (refused.status_code, refused.json()["param"]) == (400, "number")
    assert api.post("/invoices", json={**body, "number": "A-1"}).status_code == 201


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ("NET 30", 30),
        ("net-14", 14),
        ("2% 10 NET 30", 30),
        ("Due on receipt", None),
        ("NET30", None),
        ("NET 0", 0),
        ("Please pay Net 7.", 7),
        ("NET 1.5", None),
    ],
)
def test_terms_set_the_due_date(terms: str, days: int | None, create: Any, clock: SimpleNamespace) -> None:
    invoice = create(payment_terms=terms)
    assert invoice["payment_terms"] == terms
    assert invoice["due_date"] == (None if days is None else clock.now + days * DAY)
    assert invoice["discounts"] == []  # 3.6


def test_terms_of_the_customer_count_unless_terms_or_a_due_date_are_sent(
    create: Any, api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    api.patch(f"/customers/{customer['id']}", json={"payment_terms": "NET 10"})
    assert create()["due_date"] == clock.now + 10 * DAY
    assert create(due_date=clock.now + DAY)["payment_terms"] is None
    assert create(payment_terms="NET 5")["due_date"] == clock.now + 5 * DAY


def test_a_changed_date_or_terms_change_the_due_date(create: Any, save: Any, clock: SimpleNamespace) -> None:
    invoice = create(payment_terms="NET 10")
    assert save(invoice, date=clock.now - DAY)["due_date"] == clock.now + 9 * DAY
    assert save(invoice, payment_terms="NET 1")["due_date"] == clock.now
    assert save(invoice, payment_terms="NET 20", due_date=clock.now + 7)["due_date"] == clock.now + 7
    assert save(invoice, payment_terms=None)["due_date"] == clock.now + 7
    assert save(invoice, payment_terms="Due on receipt")["due_date"] is None


def test_what_does_not_change_leaves_the_due_date(create: Any, save: Any, clock: SimpleNamespace) -> None:
    """3.6"""
    invoice = create(payment_terms="NET 10", due_date=clock.now + 3)
    unchanged = save(invoice, payment_terms="NET 10", date=clock.now)
    assert unchanged["due_date"] == clock.now + 3


def test_an_invoice_that_is_switched_to_autopay_has_its_terms(create: Any, save: Any, clock: SimpleNamespace) -> None:
    """3.7"""
    switched = save(create(payment_terms="NET 10"), autopay=True)
    assert [switched[name] for name in ("autopay", "payment_terms", "due_date")] == [True, "AutoPay", None]
    assert switched["next_payment_attempt"] == clock.now + 3600
    assert save(switched, payment_terms="NET 30")["payment_terms"] == "AutoPay"
    explicit = save(create(payment_terms="NET 10"), autopay=True, due_date=clock.now + 5)
    assert (explicit["payment_terms"], explicit["due_date"]) == ("AutoPay", clock.now + 5)


def test_an_invoice_becomes_past_due_by_itself(
    create: Any, api: requests.Session, clock: SimpleNamespace, save: Any
) -> None:
    invoice = create(payment_terms="NET 10", sent=True)
    path = f"/invoices/{invoice['id']}"
    assert invoice["status"] == "sent"
    clock.now += 10 * DAY
    assert api.get(path).json()["status"] == "sent"
    clock.now += 1
    past_due = {"filter[status]": "past_due"}
    assert [each["id"] for each in api.get("/invoices", params=past_due).json()] == [invoice["id"]]
    assert api.get(path).json()["status"] == "past_due"
    assert save(invoice, due_date=clock.now + 5)["status"] == "sent"


def test_drafts_are_issued_and_stay_issued(create: Any, save: Any) -> None:
    draft = create(draft=True, items=[])
    assert (draft["status"], draft["paid"], draft["number"]) == ("draft", False, "INV-00001")
    issued = save(draft, draft=False, items=[{"unit_cost": 5}])
    assert (issued["status"], issued["balance"]) == ("not_sent", 5)
    assert save(issued, draft=True) == (400, "draft")


def test_a_closed_invoice_is_only_changed_with_closed_false(create: Any, save: Any) -> None:
    invoice = create()
    assert save(invoice, closed=True)["status"] == "not_sent"
    assert save(invoice, notes="x") == (400, "closed")
    assert save(invoice, notes="x", closed=False)["notes"] == "x"


@pytest.mark.parametrize("name", ["subtotal", "total", "status", "paid", "balance", "amount_paid", "created_at"])
def test_what_the_service_works_out_cannot_be_sent(name: str, create: Any, save: Any, api: requests.Session) -> None:
    invoice = create()
    assert save(invoice, **{name: invoice.get(name, 0)}) == (400, None)
    assert api.post("/invoices", json={"customer": 1, name: 1}).status_code == 400
    assert save(invoice, customer=invoice["customer"])["id"] == invoice["id"]
    assert save(invoice, customer=invoice["customer"] + 1) == (400, "customer")


def test_only_an_update_that_marks_an_invoice_as_sent_tells_when(
    create: Any, save: Any, api: requests.Session, clock: SimpleNamespace
) -> None:
    """3.20"""
    invoice = create(sent=True)
    path = f"/invoices/{invoice['id']}?include=last_sent"
    assert (invoice["status"], api.get(path).json()["last_sent"]) == ("sent", None)
    save(invoice, sent=True)
    assert api.get(path).json()["last_sent"] == clock.now


def test_a_void_invoice_owes_nothing_and_has_no_links(create: Any, api: requests.Session, save: Any) -> None:
    invoice = create()
    assert invoice["pdf_url"] == f"{invoice['url']}/pdf"
    assert invoice["payment_url"] == f"{invoice['url']}/payment"
    path = f"/invoices/{invoice['id']}"
    voided = api.post(f"{path}/void")
    assert voided.status_code == 200
    expected = {"status": "voided", "balance": 0, "paid": False, "closed": False, "url": None, "pdf_url": None}
    assert {name: voided.json()[name] for name in expected} == expected
    again = api.post(f"{path}/void")
    assert (again.status_code, "param" in again.json()) == (400, False)
    assert save(invoice, notes="x") == (400, "voided")
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_ship_to_address_keeps_what_is_not_sent(create: Any, save: Any) -> None:
    invoice = create(ship_to={"name": "Depot", "city": "Berlin", "country": "DE"})
    assert save(invoice, ship_to={"city": "Bonn"})["ship_to"]["name"] == "Depot"
    assert save(invoice, ship_to=None)["ship_to"] is None


def test_a_credit_limit_and_a_credit_hold_refuse_new_invoices(
    create: Any, api: requests.Session, customer: dict[str, Any]
) -> None:
    path, body = f"/customers/{customer['id']}", {"customer": customer["id"], "items": [{"unit_cost": 60}]}
    api.patch(path, json={"credit_limit": 150})
    create()
    refused = api.post("/invoices", json=body)
    assert (refused.status_code, refused.json()["param"]) == (400, "total")
    api.patch(path, json={"credit_limit": None, "credit_hold": True})
    refused = api.post("/invoices", json=body)
    assert (refused.status_code, refused.json()["param"]) == (400, "total")


def test_autopay_has_no_due_date_and_a_first_attempt(
    api: requests.Session, customer: dict[str, Any], create: Any, clock: SimpleNamespace
) -> None:
    api.patch(f"/customers/{customer['id']}", json={"autopay": True})
    invoice = create(payment_terms="NET 30")
    expected = {"payment_terms": "AutoPay", "due_date": None, "next_payment_attempt": clock.now + 3600}
    assert {name: invoice[name] for name in expected} == expected
    assert create(draft=True)["next_payment_attempt"] is None
    later = clock.now + 5 * DAY
    assert create(date=later)["next_payment_attempt"] == later


def test_a_discount_expires_on_an_open_invoice(create: Any, api: requests.Session, clock: SimpleNamespace) -> None:
    invoice = create(discounts=[{"amount": 10, "expires": clock.now + DAY}])
    assert invoice["total"] == 90
    clock.now += DAY + 1
    later = api.get(f"/invoices/{invoice['id']}").json()
    assert (later["total"], later["balance"], later["discounts"]) == (100, 100, [])


@pytest.mark.parametrize("path", ["invoices", "credit_notes", "estimates"])
def test_a_discount_that_has_expired_when_it_is_sent_is_removed_from_an_open_document(
    path: str, api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    """2.10"""
    discounts = [{"amount": 10, "expires": clock.now - DAY}, {"amount": 5}]
    fields = {"customer": customer["id"], "items": [{"unit_cost": 100}]}
    created = api.post(f"/{path}", json={**fields, "discounts": discounts}).json()
    sent_later = api.post(f"/{path}", json=fields).json()
    api.patch(f"/{path}/{sent_later['id']}", json={"discounts": discounts})
    for document in (created, sent_later):
        later = api.get(f"/{path}/{document['id']}").json()
        assert (later["total"], [each["amount"] for each in later["discounts"]]) == (95, [5])


@pytest.mark.parametrize("state", ["closed", "voided"])
def test_a_discount_that_expires_stays_on_a_document_that_is_not_open(
    state: str, create: Any, api: requests.Session, save: Any, clock: SimpleNamespace
) -> None:
    """2.10"""
    invoice = create(discounts=[{"amount": 10, "expires": clock.now + DAY}])
    path = f"/invoices/{invoice['id']}"
    if state == "closed":
        save(invoice, closed=True)
    else:
        api.post(f"{path}/void")
    clock.now += DAY + 1
    later = api.get(path).json()
    assert (later["total"], later["discounts"][0]["expires"]) == (90, None)


def test_each_change_is_an_event_with_the_old_values(create: Any, save: Any, api: requests.Session) -> None:
    invoice = create()
    save(invoice, notes="Thanks")
    save(invoice, notes="Thanks")
    api.delete(f"/invoices/{invoice['id']}")
    events = api.get("/events", params={"sort": "id asc"}).json()
    about = [event for event in events if event["type"].startswith("invoice.")]
    assert [event["type"] for event in about] == ["invoice.created", "invoice.updated", "invoice.deleted"]
    assert about[1]["data"]["previous"] == {"notes": None}
    assert about[1]["data"]["object"]["notes"] == "Thanks"


def test_credit_notes_apply_to_their_invoice_and_can_be_used_up(create: Any, api: requests.Session) -> None:
    invoice = create()
    note = api.post("/credit_notes", json={"invoice": invoice["id"], "items": [{"unit_cost": 30}]}).json()
    assert (note["number"], note["status"], note["balance"], note["customer"]) == ("CN-00001", "paid", 0, 1)
    path = f"/invoices/{invoice['id']}"
    assert api.get(path).json()["balance"] == 70
    for response in (api.post(f"{path}/void"), api.delete(path), api.post(f"/credit_notes/{note['id']}/void")):
        assert response.status_code == 400
    larger = api.post("/credit_notes", json={"invoice": invoice["id"], "items": [{"unit_cost": 100}]}).json()
    assert (larger["status"], larger["balance"]) == ("open", 30)
    paid = api.get(path, params={"include": "amount_credited"}).json()
    assert (paid["status"], paid["closed"], paid["balance"], paid["amount_credited"]) == ("paid", True, 0, 100)


@pytest.mark.parametrize(
    ("fields", "param"),
    [({"invoice": 99}, "invoice"), ({"customer": 2}, "customer"), ({"currency": "eur"}, "currency")],
)
def test_a_credit_note_must_fit_its_invoice(fields: Any, param: str, create: Any, api: requests.Session) -> None:
    create()
    api.post("/customers", json={"name": "Other"})
    invoice = api.get("/invoices").json()[0]
    response = api.post("/credit_notes", json={"invoice": invoice["id"], **fields})
    assert (response.status_code, response.json()["param"]) == (400, param)


def test_an_estimate_is_approved_converted_and_expires(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    lines = [{"name": "Roof", "unit_cost": 200, "metadata": {"row": "1"}}]
    body = {"customer": customer["id"], "items": lines, "payment_terms": "2% 10 NET 30"}
    estimate = api.post("/estimates", json={**body, "expiration_date": clock.now + DAY}).json()
    path = f"/estimates/{estimate['id']}"
    assert (estimate["status"], estimate["number"], estimate["deposit"]) == ("not_sent", "EST-00001", 0)
    clock.now += DAY + 1
    assert api.get(path).json()["status"] == "expired"
    approved = api.patch(path, json={"approved": "AB"}).json()
    assert (approved["status"], approved["closed"]) == ("approved", True)
    converted = api.post(f"{path}/invoice")
    invoice = converted.json()
    assert converted.status_code == 201
    assert (invoice["object"], invoice["name"], invoice["total"]) == ("invoice", "Invoice", 196)
    assert invoice["due_date"] == clock.now + 30 * DAY
    assert (invoice["discounts"][0]["amount"], invoice["discounts"][0]["expires"]) == (4, clock.now + 10 * DAY)
    assert invoice["items"][0]["metadata"] == {"row": "1"}
    after = api.get(path).json()
    assert (after["status"], after["invoice"]) == ("invoiced", invoice["id"])
    assert api.post(f"{path}/void").status_code == 400


def test_pending_lines_become_an_invoice_and_keep_their_ids(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    none = api.post(f"{path}/invoices")
    assert (none.status_code, "param" in none.json()) == (400, False)
    first = api.post(f"{path}/line_items", json={"quantity": 5, "unit_cost": 120}).json()
    second = api.post(f"{path}/line_items", json={"unit_cost": -50}).json()
    assert "subscription" not in first
    billed = api.post(f"{path}/invoices", json={"notes": "Thanks"})
    invoice = billed.json()
    assert billed.status_code == 201
    assert (invoice["total"], invoice["balance"], invoice["notes"]) == (600, 550, "Thanks")
    assert [line["id"] for line in invoice["items"]] == [first["id"]]
    (note,) = api.get("/credit_notes").json()
    assert (note["total"], note["balance"], [line["id"] for line in note["items"]]) == (50, 0, [second["id"]])
    assert api.get(f"{path}/line_items").json() == []


def test_open_invoices_are_consolidated_and_payments_move_over(create: Any, api: requests.Session) -> None:
    first, second, late = create(), create(items=[{"unit_cost": 33.33}], taxes=[{"amount": 0.01}]), create(date=2**31)
    applied = [{"type": "invoice", "invoice": first["id"], "amount": 40}]
    payment = api.post("/payments", json={"customer": 1, "amount": 40, "applied_to": applied}).json()
    api.post("/credit_notes", json={"invoice": second["id"], "items": [{"unit_cost": 10}]})
    path = "/customers/1/consolidate_invoices"
    refused = api.post(path)
    assert (refused.status_code, refused.json()["type"]) == (500, "api_error")
    api.patch("/customers/1", json={"consolidated": True})
    response = api.post(path)
    new = response.json()
    assert (response.status_code, new["name"], new["status"]) == (200, "Consolidated Invoice", "not_sent")
    assert [line["amount"] for line in new["items"]] == [100, 33.34, -10]
    assert (new["total"], new["balance"]) == (123.34, 83.34)
    assert {each["status"] for each in api.get("/credit_notes").json()} == {"voided"}
    by_id = {each["id"]: each for each in api.get("/invoices?include=consolidated_invoice_id").json()}
    assert [by_id[each["id"]]["status"] for each in (first, second, late)] == ["voided", "voided", "not_sent"]
    assert by_id[first["id"]]["consolidated_invoice_id"] == new["id"]
    moved = api.get(f"/payments/{payment['id']}?include=applied_to").json()
    assert [part["invoice"] for part in moved["applied_to"]] == [new["id"]]
    assert api.delete(f"/payments/{payment['id']}").status_code == 200
    assert api.get(f"/invoices/{new['id']}").json()["balance"] == 123.34
    assert api.get("/customers/1/balance").json()["total_outstanding"] == 123.34  # without the late one
    assert api.get(f"/invoices/{new['id']}?include=consolidated").json()["consolidated"]
    again = api.post(path)
    assert (again.status_code, "param" in again.json()) == (400, False)
    nothing = api.post(path, json={"cutoff_date": 5})
    assert (nothing.status_code, "param" in nothing.json()) == (400, False)


def test_a_payment_of_two_consolidated_invoices_has_one_part_for_the_new_one(
    create: Any, api: requests.Session, customer: dict[str, Any]
) -> None:
    """3.26"""
    first, second = create(), create()
    api.post("/credit_balance_adjustments", json={"customer": customer["id"], "amount": 30})
    cash = [{"type": "invoice", "invoice": each["id"], "amount": 20} for each in (first, second)]
    credit = [
        {"type": "applied_credit", "document_type": "invoice", "invoice": each["id"], "amount": 15}
        for each in (first, second)
    ]
    body = {"customer": customer["id"], "amount": 40, "applied_to": [*cash, *credit]}
    payment = api.post("/payments", json=body).json()
    api.patch(f"/customers/{customer['id']}", json={"consolidated": True})
    new = api.post(f"/customers/{customer['id']}/consolidate_invoices").json()
    assert (new["total"], new["balance"]) == (200, 130)
    moved = api.get(f"/payments/{payment['id']}?include=applied_to").json()
    parts = [(part["type"], part["invoice"], part["amount"]) for part in moved["applied_to"]]
    assert parts == [("invoice", new["id"], 40), ("applied_credit", new["id"], 30)]
    assert moved["balance"] == 0
    assert api.get(f"/customers/{customer['id']}/balance").json()["available_credits"] == 0
    assert api.delete(f"/payments/{payment['id']}").status_code == 200
    assert api.get(f"/invoices/{new['id']}").json()["balance"] == 200
    assert api.get(f"/customers/{customer['id']}/balance").json()["available_credits"] == 30


def test_invoices_are_listed_by_what_is_known_of_them(
    create: Any, api: requests.Session, clock: SimpleNamespace, save: Any
) -> None:
    plain = create()
    tagged = create(tags=["late", "big"], due_date=clock.now + 5 * DAY, chase=True)
    create(tags=["small"])
    promised = create(expected_payment_date={"date": clock.now + DAY})
    clock.now += 2 * DAY

    def found(**query: Any) -> list[int]:
        response = api.get("/invoices", params=query)
        assert response.status_code == 200, response.text
        return [each["id"] for each in response.json()]

    everything = found()
    assert len(everything) == 4
    assert found(**{"tags[]": ["big", "none"]}) == [tagged["id"]]
    assert found(broken_promises=1) == [promised["id"]]
    assert found(chasing=1) == [tagged["id"]]
    assert found(date_column="due_date", start_date=clock.now) == [tagged["id"]]
    assert found(payment_attempted=0) == found(payment_plan=0) == found(customer_payment_info=0) == everything
    assert found(payment_attempted=1) == found(payment_plan=1) == found(cadence=3) == found(automation=1) == []
    plan = {"installments": [{"date": clock.now + DAY, "amount": 100}]}
    assert api.put(f"/invoices/{plain['id']}/payment_plan", json=plan).status_code == 200
    assert found(payment_plan=1) == [plain["id"]]


def test_customers_are_listed_by_their_owner(api: requests.Session, customer: dict[str, Any]) -> None:
    assert [each["id"] for each in api.get("/customers?owner=-1").json()] == [customer["id"]]
    assert api.get("/customers?owner=7").json() == []
