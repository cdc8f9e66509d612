"""Documents and statements by e-mail, as text messages and as letters (core.md, G16 to G22; billing.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

NOON = 1415188800
DAY = 86400
KINDS = {"invoices": "invoice", "credit_notes": "credit_note", "estimates": "estimate"}


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=NOON)


def document(api: requests.Session, customer: Mapping[str, Any], path: str = "invoices", **fields: Any) -> int:
    fields = {"customer": customer["id"], "items": [{"unit_cost": 100}], **fields}
    response = api.post(f"/{path}", json=fields)
    assert response.status_code == 201, response.text
    created: int = response.json()["id"]
    return created


def emails(emulator: Emulator) -> list[tuple[str, str]]:
    return [(email["template"], email["email"]) for email in emulator.outbox]


@pytest.mark.parametrize(
    ("path", "template", "subject"),
    [
        ("invoices", "new_invoice_email", "New Invoice from Dunder Mifflin, Inc.: INV-00001"),
        ("credit_notes", "credit_note_email", "Credit Note from Dunder Mifflin, Inc.: CN-00001"),
        ("estimates", "estimate_email", "Estimate from Dunder Mifflin, Inc.: EST-00001"),
    ],
)
def test_a_document_is_sent_to_its_customer_and_marked(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], path: str, template: str, subject: str
) -> None:
    number = document(api, customer, path)
    response = api.post(f"/{path}/{number}/emails")
    (queued,) = response.json()
    (email,) = emulator.outbox
    assert (response.status_code, queued["id"], queued["subject"]) == (201, None, subject)
    assert (
        email
        | {
            "template": template,
            "subject": subject,
            "email": "billing@acmecorp.com",
            "customer": customer["id"],
            KINDS[path]: number,
            "message_id": queued["message_id"],
        }
        == email
    )
    assert email["message"].startswith("Dear Acme, ")
    assert api.get(f"/{path}/{number}?include=sent").json()["sent"] is True
    if path != "credit_notes":
        shown = api.get(f"/{path}/{number}?include=last_sent").json()
        assert (shown["status"], shown["last_sent"]) == ("sent", NOON)
    assert api.get("/events?filter[type]=email.sent").json()[0]["data"]["object"]["email"] == "billing@acmecorp.com"


def test_the_receipt_of_a_payment_is_sent(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    payment = api.post("/payments", json={"customer": customer["id"], "amount": 5}).json()["id"]
    assert api.post(f"/payments/{payment}/emails").status_code == 201
    (email,) = emulator.outbox
    assert (email["template"], email["payment"]) == ("payment_receipt_email", payment)
    assert email["subject"] == "Receipt for your recent payment to Dunder Mifflin, Inc."


@pytest.mark.parametrize(
    ("fields", "sent_before", "days", "template"),
    [
        ({}, False, 0, "new_invoice_email"),
        ({}, True, 0, "unpaid_invoice_email"),
        ({"payment_terms": "NET 7"}, False, 8, "late_payment_reminder_email"),
        ({"items": []}, False, 0, "paid_invoice_email"),
    ],
)
def test_the_template_follows_from_the_invoice(
    api: requests.Session,
    emulator: Emulator,
    customer: dict[str, Any],
    fields: dict[str, Any],
    sent_before: bool,
    days: int,
    template: str,
) -> None:
    number = document(api, customer, **fields)
    if sent_before:
        api.post(f"/invoices/{number}/emails")
    emulator.advance(days * DAY)
    api.post(f"/invoices/{number}/emails")
    assert emails(emulator)[-1] == (template, "billing@acmecorp.com")


def test_what_is_sent_replaces_the_template(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    number = document(api, customer)
    api.post(
        f"/invoices/{number}/emails", json={"template": "mine", "subject": "Hi", "message": "Pay", "bcc": "x@y.com"}
    )
    (email,) = emulator.outbox
    assert (email["template"], email["subject"], email["message"], email["bcc"]) == ("mine", "Hi", "Pay", ["x@y.com"])


def test_a_template_of_the_account_is_used(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    stored = {"id": "new_invoice_email", "name": "New", "type": "invoice", "subject": "Ours", "body": "Hello"}
    assert api.post("/email_templates", json=stored).status_code == 201
    api.post(f"/invoices/{document(api, customer)}/emails")
    assert (emulator.outbox[0]["subject"], emulator.outbox[0]["message"]) == ("Ours", "Hello")


def test_the_variables_of_a_template_have_the_values_of_the_document(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    body = "{{contact_name}} of {{ customer_name }}: {{invoice_number}} is {{total}}, {{balance}} open: {{url}} {{x}}"
    stored = {"id": "new_invoice_email", "subject": "{{company_name}} to {{customer_number}}", "body": body}
    assert api.post("/email_templates", json=stored).status_code == 201
    number = document(api, customer)
    invoice = api.get(f"/invoices/{number}").json()
    paid = {"type": "invoice", "invoice": number, "amount": 40.5}
    api.post("/payments", json={"customer": customer["id"], "amount": 40.5, "applied_to": [paid]})
    queued = api.post(f"/invoices/{number}/emails", json={"to": [{"name": "Ann", "email": "a@b.com"}]}).json()[0]
    (email,) = emulator.outbox
    assert email["subject"] == queued["subject"] == "Dunder Mifflin, Inc. to CUST-00001"
    assert email["message"] == f"Ann of Acme: INV-00001 is 100.00 USD, 59.50 USD open: {invoice['url']} {{{{x}}}}"


def test_the_variables_of_a_statement_have_the_values_of_the_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    document(api, customer)
    body = {"subject": "{{company_name}}", "message": "{{contact_name}} {{customer_number}} {{balance}} {{url}}"}
    api.post(f"/customers/{customer['id']}/emails", json=body)
    api.post(f"/customers/{customer['id']}/text_messages", json={**body, "to": [{"phone": "+15125551212"}]})
    email, text_message = emulator.outbox
    assert email["subject"] == "Dunder Mifflin, Inc."
    expected = f"Acme CUST-00001 100.00 USD {customer['statement_url']}"
    assert (email["message"], text_message["message"]) == (expected, expected)


def test_a_template_of_the_account_is_used_for_statements(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    stored = {"id": "statement_email", "subject": "Ours", "body": "Dear {{contact_name}}"}
    assert api.post("/email_templates", json=stored).status_code == 201
    api.post(f"/customers/{customer['id']}/emails")
    assert (emulator.outbox[0]["subject"], emulator.outbox[0]["message"]) == ("Ours", "Dear Acme")


@pytest.mark.parametrize(
    ("to", "addresses"),
    [
        ("ann@example.com", [("ann@example.com", "Dear Acme,")]),
        ([{"email": "ann@example.com", "name": "Ann"}], [("ann@example.com", "Dear Ann,")]),
        ([{"email": "ann@example.com"}] * 2, [("ann@example.com", "Dear Acme,")]),
        ([], [("nancy@example.com", "Dear Nancy,"), ("billing@acmecorp.com", "Dear Acme,")]),
    ],
)
def test_recipients_are_those_that_are_sent_or_the_default_ones(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], to: Any, addresses: list[tuple[str, str]]
) -> None:
    api.post(f"/customers/{customer['id']}/contacts", json={"name": "Nancy", "email": "nancy@example.com"})
    response = api.post(f"/invoices/{document(api, customer)}/emails", json={"to": to})
    assert response.status_code == 201
    assert [(email["email"], " ".join(email["message"].split()[:2])) for email in emulator.outbox] == addresses


@pytest.mark.parametrize("to", ["nobody", [{"email": "a@"}], [{"email": f"{n}@example.com"} for n in range(6)]])
def test_invalid_or_too_many_recipients_are_refused_without_param(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], to: Any
) -> None:
    number = document(api, customer)
    response = api.post(f"/invoices/{number}/emails", json={"to": to})
    assert (response.status_code, response.json().get("param"), emulator.outbox) == (400, None, [])
    assert api.get(f"/invoices/{number}").json()["status"] == "not_sent"


def test_without_a_recipient_nothing_is_sent(api: requests.Session, emulator: Emulator) -> None:
    number = document(api, api.post("/customers", json={"name": "Bolt"}).json())
    response = api.post(f"/invoices/{number}/emails")
    assert (response.status_code, response.json().get("param"), emulator.outbox) == (400, None, [])


@pytest.mark.parametrize("path", KINDS)
def test_send_on_creation_sends_the_default_e_mail(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], path: str
) -> None:
    fields = {"customer": customer["id"], "items": [{"unit_cost": 100}], "send": True}
    created = api.post(f"/{path}", json=fields).json()
    (email,) = emulator.outbox
    assert email[KINDS[path]] == created["id"]
    assert created["status"] == api.get(f"/{path}/{created['id']}").json()["status"]


def test_send_on_creation_without_a_recipient_still_creates(api: requests.Session, emulator: Emulator) -> None:
    bolt = api.post("/customers", json={"name": "Bolt"}).json()
    number = document(api, bolt, send=True)
    assert (api.get(f"/invoices/{number}").json()["status"], emulator.outbox) == ("not_sent", [])
    assert api.get("/events").json()[0]["type"] == "email.not_sent"


def test_send_on_an_invoice_of_pending_lines_sends_it(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    api.post(f"/customers/{customer['id']}/line_items", json={"unit_cost": 5})
    created = api.post(f"/customers/{customer['id']}/invoices", json={"send": True}).json()
    assert emulator.outbox[0]["invoice"] == created["id"]


def test_the_client_sends_documents(emulator: Emulator) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    customer = client.Customer.create(name="Acme", email="billing@acmecorp.com")
    invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 5}])
    (email,) = invoice.send()
    assert email.subject == "New Invoice from Dunder Mifflin, Inc.: INV-00001"
    assert client.Invoice.retrieve(invoice.id).status == "sent"


TEXTS = ("customers", "invoices")


def text(api: requests.Session, customer: Mapping[str, Any], path: str, **body: Any) -> requests.Response:
    number = customer["id"] if path == "customers" else document(api, customer)
    body = {"message": "Please pay", "to": [{"name": "Ann", "phone": "+15125551212", "country": "US"}], **body}
    return api.post(f"/{path}/{number}/text_messages", json=body)


@pytest.mark.parametrize("path", TEXTS)
def test_a_text_message_per_recipient_is_sent(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], path: str
) -> None:
    to = [{"name": "Ann", "phone": "+15125551212"}, {"name": "Bob", "phone": "+15125551213"}]
    response = text(api, customer, path, to=to)
    assert response.status_code == 201
    first, second = response.json()
    assert (first["state"], first["to"], first["message"]) == ("sent", "+15125551212", "Please pay")
    assert (second["to"], second["contact_name"]) == ("+15125551213", "Bob")
    assert [each["id"] for each in emulator.outbox] == [first["id"], second["id"]]
    assert {each["customer"] for each in emulator.outbox} == {customer["id"]}
    assert api.get("/events").json()[0]["type"] == "text_message.sent"


@pytest.mark.parametrize(
    ("seconds", "status"), [(-4 * 3600 - 1, 400), (-4 * 3600, 201), (9 * 3600 - 1, 201), (9 * 3600, 400)]
)
@pytest.mark.parametrize("path", TEXTS)
def test_text_messages_are_sent_from_8_to_20_59(
    api: requests.Session, customer: dict[str, Any], clock: SimpleNamespace, path: str, seconds: int, status: int
) -> None:
    clock.now += seconds
    response = text(api, customer, path)
    assert response.status_code == status
    if status == 400:
        assert "param" not in response.json()


def test_a_number_gets_one_text_message_per_day(
    api: requests.Session, customer: dict[str, Any], emulator: Emulator, clock: SimpleNamespace
) -> None:
    assert text(api, customer, "invoices").status_code == 201
    clock.now += 3600
    response = text(api, customer, "customers", to=[{"phone": "+1 512 555-1212"}])
    assert (response.status_code, response.json().get("param")) == (400, None)
    clock.now += DAY - 2 * 3600
    assert text(api, customer, "customers").status_code == 201
    assert len(emulator.outbox) == 2


def test_the_numbers_before_a_blocked_one_stay_blocked(
    api: requests.Session, customer: dict[str, Any], emulator: Emulator
) -> None:
    first, second = {"phone": "+15125551212"}, {"phone": "+15125551213"}
    assert text(api, customer, "customers", to=[second]).status_code == 201
    assert text(api, customer, "customers", to=[first, second]).status_code == 400
    assert text(api, customer, "customers", to=[first]).status_code == 400
    assert len(emulator.outbox) == 1


@pytest.mark.parametrize(
    "body", [{"message": None}, {"to": []}, {"to": None}, {"to": [{"phone": ""}]}, {"message": ""}]
)
@pytest.mark.parametrize("path", TEXTS)
def test_a_text_message_needs_a_message_and_a_number(
    api: requests.Session, customer: dict[str, Any], emulator: Emulator, path: str, body: dict[str, Any]
) -> None:
    assert text(api, customer, path, **body).status_code == 400
    assert emulator.outbox == []


ADDRESS = {"address1": "5301 Southwest Pkwy", "city": "Austin", "state": "TX", "postal_code": "78735", "country": "US"}


@pytest.mark.parametrize("path", TEXTS)
def test_a_letter_goes_to_the_address_of_the_customer_or_of_the_call(
    api: requests.Session, customer: dict[str, Any], emulator: Emulator, path: str
) -> None:
    number = customer["id"] if path == "customers" else document(api, customer)
    response = api.post(f"/{path}/{number}/letters")
    assert (response.status_code, response.json().get("param")) == (400, None)
    given = api.post(f"/{path}/{number}/letters", json={**ADDRESS, "name": "Ann", "address2": "Suite 1"})
    assert (given.status_code, given.json()["state"], given.json()["num_pages"]) == (201, "queued", 1)
    assert given.json()["to"] == "Ann\n5301 Southwest Pkwy\nSuite 1\nAustin, TX 78735"
    api.patch(f"/customers/{customer['id']}", json=ADDRESS)
    letter = api.post(f"/{path}/{number}/letters", json={"city": "ignored"}).json()
    assert letter["to"] == "Acme\n5301 Southwest Pkwy\nAustin, TX 78735"
    assert [each["id"] for each in emulator.outbox] == [given.json()["id"], letter["id"]]
    assert api.get("/events?filter[type]=letter.sent").json()[0]["data"]["object"]["id"] == letter["id"]


@pytest.mark.parametrize(("fields", "status"), [({}, "sent"), ({"draft": True}, "draft"), ({"items": []}, "paid")])
def test_a_letter_marks_an_open_invoice_as_sent(
    api: requests.Session, customer: dict[str, Any], fields: dict[str, Any], status: str
) -> None:
    number = document(api, customer, **fields)
    assert api.post(f"/invoices/{number}/letters", json=ADDRESS).status_code == 201
    invoice = api.get(f"/invoices/{number}?include=sent").json()
    assert (invoice["status"], invoice["sent"]) == (status, status == "sent")


@pytest.mark.parametrize("kind", ["emails", "text_messages", "letters"])
def test_a_statement_of_an_unknown_type_is_an_error_of_the_service(
    api: requests.Session, customer: dict[str, Any], kind: str
) -> None:
    body = {"type": "other", "message": "Pay", "to": [{"phone": "1", "email": "a@b.com"}]}
    assert api.post(f"/customers/{customer['id']}/{kind}", json=body).status_code == 500
