from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


def _contact(api: requests.Session, customer: dict[str, Any], **values: object) -> None:
    assert api.post(f"/customers/{customer['id']}/contacts", json=values).status_code == 201


def _send(api: requests.Session, customer: dict[str, Any], **values: object) -> requests.Response:
    return api.post(f"/customers/{customer['id']}/emails", json=values)


def test_a_statement_is_sent_to_the_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    response = api.post(f"/customers/{customer['id']}/emails")
    assert response.status_code == 201
    (email,) = response.json()
    assert re.fullmatch("[0-9a-f]{32}", email["id"])
    assert email == {
        "id": email["id"],
        "object": "email",
        "state": "sent",
        "reject_reason": None,
        "email": "billing@acmecorp.com",
        "template": "statement_email",
        "subject": "Statement from Dunder Mifflin, Inc.",
        "message": "Dear Acme, we have attached your latest account statement. Thank you!",
        "opens": 0,
        "opens_detail": [],
        "clicks": 0,
        "clicks_detail": [],
        "created_at": 1415222128,
        "updated_at": 1415222128,
    }
    period = {"type": "balance_forward", "items": "open"}
    assert emulator.outbox == [{**email, "customer": customer["id"], "bcc": [], **period}]


def test_a_statement_has_the_passed_values(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    period = {"type": "balance_forward", "start": 1409529600, "end": 1412121600}
    response = _send(
        api,
        customer,
        to=[{"name": "Client", "email": "client@example.com"}, {"email": "other@example.com"}],
        bcc="a@example.com, b@example.com",
        subject="Your statement",
        template="my_template",
        **period,
    )
    assert [email["email"] for email in response.json()] == ["client@example.com", "other@example.com"]
    client, other = emulator.outbox
    assert client["message"].startswith("Dear Client,")
    assert other["message"].startswith("Dear Acme,")
    expected = {
        "subject": "Your statement",
        "template": "my_template",
        "bcc": ["a@example.com", "b@example.com"],
        "customer": customer["id"],
        **period,
    }
    assert {name: client[name] for name in expected} == expected
    assert "bcc" not in response.json()[0]


def test_a_statement_is_sent_once_to_each_address_of_the_customer_and_primary_contacts(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    _contact(api, customer, name="Nancy", email="nancy@example.com")
    _contact(api, customer, name="Twin", email="Billing@AcmeCorp.com")
    _contact(api, customer, name="Silent")
    _contact(api, customer, name="Other", email="other@example.com", primary=False)
    addresses = [email["email"] for email in _send(api, customer).json()]
    assert addresses == ["billing@acmecorp.com", "nancy@example.com"]


def test_other_contacts_are_used_if_there_is_no_other_address(api: requests.Session) -> None:
    customer = api.post("/customers", json={"name": "Acme"}).json()
    _contact(api, customer, name="Other", email="other@example.com", primary=False)
    (email,) = _send(api, customer).json()
    assert email["email"] == "other@example.com"
    assert email["message"].startswith("Dear Other,")


def test_a_customer_without_an_address_is_an_error(api: requests.Session, emulator: Emulator) -> None:
    customer = api.post("/customers", json={"name": "Acme"}).json()
    _contact(api, customer, name="Silent")
    response = _send(api, customer)
    assert (response.status_code, response.json()["param"]) == (400, "to")
    assert emulator.outbox == []


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("values", "param"),
    [
        ({"to": []}, "to"),
        ({"to": [{}]}, "to"),
        ({"to": [{"name": "A"}]}, "to"),
        ({"to": [{"email": "nowhere"}]}, "to"),
        ({"to": [{"email": "a@b.c"}, {"email": "@"}]}, "to"),
        ({"to": "a@b.c,"}, "to"),
        ({"bcc": "a@b.c,"}, "bcc"),
        ({"bcc": "a@b.c nowhere"}, "bcc"),
        ({"type": "everything"}, "type"),
        ({"start": "yesterday"}, "start"),
    ],
)
def test_invalid_statement_parameters_are_refused(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], values: dict[str, Any], param: str
) -> None:
    response = _send(api, customer, **values)
    assert (response.status_code, response.json()["param"]) == (400, param)
    assert emulator.outbox == []


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ([], "The parameter to is empty."),
        ([{"email": "a@b.c"}, {"email": "zzz"}], "to[1][email]: 'zzz' is not an e-mail address."),
    ],
)
def test_the_error_names_the_invalid_recipient(
    api: requests.Session, customer: dict[str, Any], to: list[dict[str, str]], message: str
) -> None:
    assert _send(api, customer, to=to).json()["message"] == message


def test_the_error_names_an_invalid_address_of_the_customer(api: requests.Session) -> None:
    customer = api.post("/customers", json={"name": "Acme", "email": "nowhere"}).json()
    message = "The customer's own address, 'nowhere', is not a valid e-mail address."
    assert _send(api, customer).json() == {"type": "invalid_request", "message": message, "param": "to"}


def test_recipients_can_be_sent_in_a_form(api: requests.Session, customer: dict[str, Any]) -> None:
    form = {"to[0][name]": "Client", "to[0][email]": "client@example.com"}
    response = api.post(f"/customers/{customer['id']}/emails", data=form)
    assert [email["email"] for email in response.json()] == ["client@example.com"]


def test_a_statement_for_an_unknown_customer_is_404(api: requests.Session) -> None:
    assert api.post("/customers/9/emails").status_code == 404


def test_the_outbox_can_be_read_and_cleared_over_http_without_a_key(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    _send(api, customer, subject="first")
    clock.now += 1
    _send(api, customer, subject="second")
    api.auth = lambda request: request
    outbox = api.get("/_emulator/outbox").json()
    assert [(email["subject"], email["created_at"]) for email in outbox] == [
        ("first", clock.now - 1),
        ("second", clock.now),
    ]
    assert {"id", "email", "customer", "subject", "message", "created_at"} <= outbox[0].keys()
    assert api.delete("/_emulator/outbox").status_code == 204
    assert api.get("/_emulator/outbox").json() == []


def test_the_outbox_keeps_e_mails_to_a_deleted_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    _send(api, customer)
    api.delete(f"/customers/{customer['id']}")
    assert [email["customer"] for email in emulator.outbox] == [customer["id"]]


def test_the_outbox_attribute_is_a_copy(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    _send(api, customer)
    emulator.outbox.clear()
    emulator.outbox[0]["bcc"].append("x")
    assert emulator.outbox[0]["bcc"] == []
