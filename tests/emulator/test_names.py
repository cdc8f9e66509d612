"""Unknown and read-only names: refused or ignored, as the description says of each call."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import requests
from bodies import TESTED_ELSEWHERE, smallest_body

from invoiced.emulator.description import OPERATIONS, Operation

CALLS = OPERATIONS
CREATES = [operation for operation in CALLS if operation.action == "create" and operation.name not in TESTED_ELSEWHERE]


def _path(operation: Operation, **ids: object) -> str:
    path = operation.path
    for name in operation.ids:
        path = path.replace(f"{{{name}}}", str(ids.get(name, 1)))
    return path


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("operation", CALLS, ids=lambda operation: operation.name)
def test_an_unknown_name_in_a_query_is_refused_or_ignored(
    api: requests.Session, customer: dict[str, Any], operation: Operation
) -> None:
    response = api.request(operation.method, f"{_path(operation)}?nothing=1")
    is_refused = response.status_code == 400 and response.json().get("param") == "query"
    assert is_refused == operation.refuses_unknown_query


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize("create", CREATES, ids=lambda operation: operation.name)
def test_an_unknown_name_in_a_body_is_refused_or_ignored(
    api: requests.Session, customer: dict[str, Any], create: Operation
) -> None:
    response = api.post(_path(create), json={**smallest_body(create), "nothing": 1})
    if create.refuses_unknown_body:
        assert (response.status_code, response.json()["param"]) == (400, "request")
    else:
        assert response.status_code == create.status


@pytest.mark.parametrize(
    ("call", "query", "body"),
    [
        ("Customer.list", True, False),
        ("Customer.retrieve", False, False),
        ("Customer.create", True, False),
        ("Customer.contacts.create", True, True),
        ("Customer.delete", True, False),
        ("Subscription.save", False, False),
        ("Payment.create", True, True),
        ("ChasingCadence.create", True, True),
        ("ChasingCadence.retrieve", False, False),
    ],
)
def test_the_description_says_which_calls_refuse_unknown_names(call: str, query: bool, body: bool) -> None:
    (operation,) = (each for each in OPERATIONS if each.name == call)
    assert (operation.refuses_unknown_query, operation.refuses_unknown_body) == (query, body)


def test_unknown_names_come_before_an_object_that_does_not_exist(api: requests.Session) -> None:
    assert api.patch("/customers/9?nothing=1", json={}).status_code == 400
    assert api.patch("/customers/9/contacts/9", json={"nothing": 1}).status_code == 400
    assert api.patch("/customers/9?nothing=1", json={"nothing": 1}).json()["param"] == "query"


@pytest.mark.parametrize("name", ["object", "created_at", "updated_at", "credit_balance", "sign_up_url"])
def test_a_read_only_name_of_a_customer_is_refused_without_a_param(
    api: requests.Session, customer: dict[str, Any], name: str
) -> None:
    for response in (api.post("/customers", json={"name": "A", name: 1}), api.patch("/customers/1", json={name: 1})):
        assert (response.status_code, "param" in response.json()) == (400, False)


def test_computed_names_of_a_customer_are_ignored(api: requests.Session, customer: dict[str, Any]) -> None:
    assert api.patch("/customers/1", json={"id": 9, "owner_id": 9, "statement_url": "x"}).json() == customer


def test_a_retrieved_customer_or_contact_cannot_be_sent_back(api: requests.Session, customer: dict[str, Any]) -> None:
    contact = api.post("/customers/1/contacts", json={"name": "Nancy"}).json()
    assert api.patch("/customers/1", json=customer).status_code == 400
    assert api.patch(f"/customers/1/contacts/{contact['id']}", json=contact).json()["param"] == "request"


def test_a_read_only_name_of_an_invoice_is_refused(api: requests.Session, customer: dict[str, Any]) -> None:
    response = api.post("/invoices", json={"customer": customer["id"], "paid": True})
    assert (response.status_code, "param" in response.json()) == (400, False)


def test_ignored_names_are_logged_and_not_stored(
    api: requests.Session, customer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        body = {"customer": 1, "itms": [], "items": [{"unit_csot": 5, "name": "Paper"}]}
        invoice = api.post("/invoices", json=body).json()
    start = "POST /invoices: unknown parameters are ignored, as by the API:"
    assert caplog.messages == [f"{start} itms", f"{start} items[0][unit_csot]"]
    assert "itms" not in invoice
    assert "unit_csot" not in invoice["items"][0]


@pytest.mark.parametrize(("text", "names"), [("0", ["B"]), ("1", ["A"]), ("false", ["A"]), ("", ["A", "B"])])
def test_any_text_but_0_in_a_boolean_of_a_query_means_yes(api: requests.Session, text: str, names: list[str]) -> None:
    for customer in ({"name": "A", "stripe_token": "tok"}, {"name": "B"}):
        api.post("/customers", json=customer)
    found = api.get("/customers", params={"payment_source": text}).json()
    assert [customer["name"] for customer in found] == names
