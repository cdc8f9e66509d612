"""The standard calls of all resources."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from bodies import TESTED_ELSEWHERE, changes, largest_body, smallest_body
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator import Emulator
from invoiced.emulator.description import DOCUMENT, OPERATIONS, Operation, resolved, types_of

CALLS = {operation.name: operation for operation in OPERATIONS}
CREATES = [
    operation for operation in CALLS.values() if operation.action == "create" and operation.name not in TESTED_ELSEWHERE
]
LISTS = {name.removesuffix(".list"): call for name, call in CALLS.items() if call.action == "list"}
SORTED = [
    create
    for create in CREATES
    if (records := LISTS.get(create.name.removesuffix(".create"))) and "sort" in records.query["properties"]
]


def check(operation: Operation, record: Any) -> None:
    """Check that a record fits its schema."""
    reference = {"$ref": f"#/components/schemas/{operation.resource}", "components": DOCUMENT["components"]}
    Draft202012Validator(reference).validate(record)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_no_operation_of_the_service_is_501(operation: Operation, emulator: Emulator) -> None:
    with requests.Session() as session:
        session.mount("http://emulator", emulator.adapter())
        path = re.sub("{.*?}", "1", operation.path)
        response = session.request(operation.method, f"http://emulator{path}", json={}, auth=("key", ""))
    assert response.status_code in {operation.status, 400, 404}, response.text


@pytest.mark.parametrize("body", [smallest_body, largest_body], ids=["required fields", "all fields"])
@pytest.mark.parametrize("create", CREATES, ids=lambda operation: operation.name)
def test_a_record_can_be_created_retrieved_listed_updated_and_deleted(
    api: requests.Session, create: Operation, customer: dict[str, Any], body: Callable[[Operation], dict[str, Any]]
) -> None:
    path = create.path.replace("{customer_id}", str(customer["id"]))
    created = api.post(path, json=body(create))
    assert created.status_code == create.status, created.text
    record = created.json()
    check(create, record)
    name = create.name.rpartition(".")[0]
    location = f"{path}/{record[create.id_field]}"
    if f"{name}.retrieve" in CALLS:
        found = api.get(location)
        assert (found.status_code, found.json()) == (200, record)
    if f"{name}.list" in CALLS:
        assert record in api.get(path).json()
    if f"{name}.save" in CALLS:
        unchanged = api.patch(location, json={})
        assert unchanged.json() == record, unchanged.text
        saved = api.patch(location, json=changes(CALLS[f"{name}.save"]))
        assert saved.status_code == 200, saved.text
        check(create, saved.json())
    if f"{name}.delete" in CALLS:
        delete = CALLS[f"{name}.delete"]
        assert api.delete(location).status_code == delete.status
        if delete.status == 204:
            assert api.delete(location).status_code == 404


@pytest.mark.parametrize("create", SORTED, ids=lambda operation: operation.name)
def test_a_list_can_be_sorted_by_each_field_with_a_single_value(
    api: requests.Session, create: Operation, customer: dict[str, Any]
) -> None:
    path = create.path.replace("{customer_id}", str(customer["id"]))
    first = api.post(path, json=largest_body(create)).json()
    second = api.post(path, json={**largest_body(create), **_other(create)}).json()
    key = create.id_field
    created = sorted((first[key], second[key]), key=str)
    for order in ("asc", "desc"):
        page = api.get(path, params={"sort": f"{key} {order}"}).json()
        found = [each[key] for each in page if each[key] in created]
        assert found == (created if order == "asc" else created[::-1])
    for name, schema in create.schema["properties"].items():
        if types_of(schema) & {"boolean", "integer", "number", "string"}:
            page = api.get(path, params={"sort": f"{name} desc"})
            assert page.status_code == 200, page.text


def _other(create: Operation) -> dict[str, Any]:
    """Return the fields in which two records must be different."""
    properties = resolved(create.body).get("properties", {})
    other = {"id": "other_one", "number": "other", "code": "2000", "email": "other@example.com"}
    return {name: value for name, value in other.items() if name in properties}


def test_a_snapshot_has_the_records_of_all_resources(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], tmp_path: Path
) -> None:
    paths = {create.path.replace("{customer_id}", str(customer["id"])): create for create in CREATES}
    for path, create in paths.items():
        assert api.post(path, json=largest_body(create)).status_code == create.status
    listed = [path for path, create in paths.items() if f"{create.name.rpartition('.')[0]}.list" in CALLS]
    before = {path: api.get(path).json() for path in listed}
    assert all(before.values())
    emulator.snapshot(tmp_path / "snapshot")
    emulator.reset()
    emulator.load(tmp_path / "snapshot")
    assert {path: api.get(path).json() for path in listed} == before


@pytest.mark.parametrize("call", LISTS.values(), ids=lambda operation: operation.name)
def test_each_parameter_of_a_list_is_accepted(call: Operation, api: requests.Session, customer: dict[str, Any]) -> None:
    path = re.sub("{.*?}", "1", call.path)
    for name, schema in call.query["properties"].items():
        value = (schema.get("enum") or ["1"])[0]
        name = f"{name}[]" if schema.get("type") == "array" else name
        response = api.get(path, params={name: value})
        assert response.status_code in (200, 400, 404), response.text


def test_the_lines_of_an_invoice_have_amounts_and_its_total_is_their_sum(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    lines = [{"name": "Copy paper", "quantity": 3, "unit_cost": 14.95}, {"unit_cost": 10}]
    invoice = api.post("/invoices", json={"customer": customer["id"], "items": lines}).json()
    assert [line["amount"] for line in invoice["items"]] == [44.85, 10]
    assert {invoice[name] for name in ("subtotal", "total", "balance")} == {54.85}
    assert invoice["number"] == "INV-00001"


def test_a_payment_that_is_voided_is_returned_with_its_new_state(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    applied = [{"type": "credit", "amount": 60}]
    payment = api.post("/payments", json={"customer": customer["id"], "amount": 100, "applied_to": applied}).json()
    assert (payment["balance"], payment["voided"]) == (40, False)
    voided = api.delete(f"/payments/{payment['id']}").json()
    assert (voided["id"], voided["balance"], voided["voided"]) == (payment["id"], 100, True)


@pytest.mark.usefixtures("plans")
def test_a_subscription_that_is_canceled_is_returned_with_its_new_state(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    subscription = api.post("/subscriptions", json={"customer": customer["id"], "plan": "pro"}).json()
    assert subscription["status"] == "active"
    canceled = api.delete(f"/subscriptions/{subscription['id']}", json={"canceled_reason": "moved"}).json()
    assert (canceled["status"], canceled["canceled_reason"]) == ("canceled", "moved")


def test_a_payment_source_is_the_default_if_asked_for_until_it_is_deleted(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['id']}"
    response = api.post(f"{path}/payment_sources", json={"gateway_token": "tok", "make_default": True})
    card = response.json()
    assert response.status_code == 200
    bank_account = api.post(f"{path}/payment_sources", json={"payment_method": "ach", "account_number": "12345"}).json()
    assert (card["object"], bank_account["object"], bank_account["last4"]) == ("card", "bank_account", "2345")
    assert api.get(f"{path}/payment_sources").json() == [card, bank_account]
    assert api.get(path).json()["payment_source"] == card
    assert api.delete(f"{path}/bank_accounts/{card['id']}").status_code == 404
    assert api.delete(f"{path}/cards/{card['id']}").status_code == 204
    assert api.get(path).json()["payment_source"] is None
    assert api.get(f"{path}/payment_sources").json() == [bank_account]
    assert api.delete(f"{path}/cards/{card['id']}").status_code == 204


def test_a_deleted_payment_source_is_kept_but_not_chargeable(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    path = f"/customers/{customer['id']}"
    card = api.post(f"{path}/payment_sources", json={"gateway_token": "tok"}).json()
    assert api.delete(f"{path}/cards/{card['id']}").status_code == 204
    with emulator._store.transaction():
        assert emulator._store.find("payment_source", card["id"], customer["id"]) == {**card, "chargeable": False}


def test_a_new_default_payment_source_deletes_the_former(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    for token in ("tok_1", "tok_2"):
        card = api.post(f"{path}/payment_sources", json={"gateway_token": token, "make_default": True}).json()
    assert api.get(f"{path}/payment_sources").json() == [card]
    assert api.get(path).json()["payment_source"] == card


def test_a_customer_has_at_most_20_payment_sources(api: requests.Session, customer: dict[str, Any]) -> None:
    path = f"/customers/{customer['id']}"
    for _ in range(20):
        card = api.post(f"{path}/payment_sources", json={"gateway_token": "tok"}).json()
    assert api.post(f"{path}/payment_sources", json={"gateway_token": "tok"}).status_code == 400
    api.delete(f"{path}/cards/{card['id']}")
    assert api.post(f"{path}/payment_sources", json={"gateway_token": "tok"}).status_code == 200


@pytest.mark.parametrize("url", ["", "example.com", "ftp://example.com", "https://"])
def test_the_url_of_a_webhook_must_be_valid(api: requests.Session, url: str) -> None:
    response = api.post("/webhooks", json={"url": url})
    assert (response.status_code, response.json()["param"]) == (400, "url")


def test_a_task_of_an_unknown_customer_is_refused(api: requests.Session) -> None:
    response = api.post("/tasks", json={"name": "Call", "action": "anything", "due_date": 1, "customer_id": 9})
    assert (response.status_code, response.json()["param"]) == (400, "customer_id")


def test_notes_are_listed_below_their_customer_and_their_invoice(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    invoice = api.post("/invoices", json={"customer": customer["id"]}).json()
    first = api.post("/notes", json={"customer_id": customer["id"], "notes": "Call"}).json()
    second = api.post("/notes", json={"invoice_id": invoice["id"], "notes": "Late"}).json()
    assert [note["id"] for note in api.get(f"/invoices/{invoice['id']}/notes").json()] == [second["id"]]
    found = api.get(f"/customers/{customer['id']}/notes").json()
    assert [note["id"] for note in found] == [first["id"]]


def test_lines_that_are_replaced_have_all_fields(api: requests.Session, customer: dict[str, Any]) -> None:
    invoice = api.post("/invoices", json={"customer": customer["id"], "items": [{"unit_cost": 5}]}).json()
    (line,) = invoice["items"]
    edited = {"id": line["id"], "quantity": 2, "unit_cost": 5}
    changed = api.patch(f"/invoices/{invoice['id']}", json={"items": [edited]})
    assert changed.json()["items"] == [{**line, "quantity": 2, "amount": 10}]
    assert changed.json()["total"] == 10


def test_notes_start_with_the_newest_and_an_unknown_customer_has_none(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    created = [api.post("/notes", json={"customer_id": customer["id"], "notes": text}).json() for text in ("1", "2")]
    assert api.get(f"/customers/{customer['id']}/notes").json() == created[::-1]
    unknown = api.get("/customers/99/notes")
    assert (unknown.status_code, unknown.json()) == (200, [])


def test_a_payment_is_voided_once_and_shown_like_any_payment(api: requests.Session, customer: dict[str, Any]) -> None:
    payment = api.post("/payments", json={"customer": customer["id"], "amount": 100}).json()
    voided = api.delete(f"/payments/{payment['id']}").json()
    assert voided == api.get(f"/payments/{payment['id']}").json()
    assert voided.keys() == payment.keys()
    assert api.delete(f"/payments/{payment['id']}").status_code == 400


@pytest.mark.parametrize("query", ["canceled=1", "all=1"])
@pytest.mark.usefixtures("plans")
def test_a_canceled_subscription_is_only_listed_if_asked_for(
    api: requests.Session, customer: dict[str, Any], query: str
) -> None:
    path = f"/subscriptions/{api.post('/subscriptions', json={'customer': customer['id'], 'plan': 'pro'}).json()['id']}"
    assert [each["status"] for each in api.get("/subscriptions").json()] == ["active"]
    canceled = api.delete(path).json()
    assert canceled == api.get(path).json()
    assert api.get("/subscriptions").json() == api.get("/subscriptions?finished=1").json() == []
    assert api.get(f"/subscriptions?{query}").json() == [canceled]
    assert api.delete(path).status_code == 400


@pytest.mark.usefixtures("plans")
def test_a_subscription_starts_at_midnight(api: requests.Session, customer: dict[str, Any], clock: Any) -> None:
    clock.now = 1_700_000_000  # 2023-11-14 22:13:20
    subscription = api.post("/subscriptions", json={"customer": customer["id"], "plan": "pro"}).json()
    assert subscription["start_date"] == 1_699_920_000


@pytest.mark.parametrize("path", ["/payments", "/subscriptions"])
def test_an_unknown_customer_is_refused(api: requests.Session, path: str) -> None:
    response = api.post(path, json={"customer": 99, **({"amount": 1} if path == "/payments" else {"plan": "pro"})})
    assert (response.status_code, "param" in response.json()) == (400, False)


def test_a_bank_account_has_its_details_but_only_the_end_of_its_number(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    details = {"routing_number": "110000000", "account_holder_name": "Acme", "account_holder_type": "company"}
    body = {"method": "ach", "account_number": "000123456789", "type": "checking", **details}
    response = api.post(f"/customers/{customer['id']}/payment_sources", json=body)
    assert response.json().items() >= {**details, "type": "checking", "last4": "6789"}.items()
    assert "000123456789" not in response.text


def test_the_id_of_a_custom_field_is_unique_per_object(api: requests.Session) -> None:
    body = {"id": "color", "name": "Color", "object": "customer"}
    first = api.post("/custom_fields", json=body).json()
    second = api.post("/custom_fields", json=body)
    assert (second.status_code, second.json()["param"]) == (400, "id")
    assert api.post("/custom_fields", json={**body, "object": "invoice"}).status_code == 201
    assert api.patch(f"/custom_fields/{first['internal_id']}", json={"name": "Hue"}).json()["name"] == "Hue"


def test_the_definition_of_a_report_is_returned_as_text(api: requests.Session) -> None:
    report = api.post("/reports", json={"definition": {"title": "Sales"}}).json()
    assert json.loads(report["definition"]) == {"title": "Sales"}
