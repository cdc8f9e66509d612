"""Each operation of the service, called over a socket: method, path, query, body and key."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from calls.recorder import Recorder
from resource_writer.description import Description, Operation
from resource_writer.names import read_names

import invoiced

DESCRIPTION, NAMES = Description.read(), read_names()
OPERATIONS = {each.id: each for each in DESCRIPTION.operations.values() if each.is_offered}
ID, PARENT, KEY = 7, 3, "key-0001"

Call = Callable[[invoiced.Client], Any]


def customer(client: invoiced.Client) -> invoiced.Customer:
    return invoiced.Customer(client, PARENT)


def invoice(client: invoiced.Client, id: int = ID) -> invoiced.Invoice:
    return invoiced.Invoice(client, id)


def plan(client: invoiced.Client) -> invoiced.PaymentPlan:
    return invoiced.PaymentPlan(client, ID, parent=("invoices", PARENT))


OTHERS: dict[str, Call] = {
    "Customer.balance": lambda c: invoiced.Customer(c, ID).balance(currency="eur"),
    "Customer.send_statement": lambda c: invoiced.Customer(c, ID).send_statement(subject="a", idempotency_key=KEY),
    "Customer.send_statement_sms": lambda c: invoiced.Customer(c, ID).send_statement_sms(
        to=[{"name": "A", "phone": "1"}], message="a", idempotency_key=KEY
    ),
    "Customer.send_statement_letter": lambda c: invoiced.Customer(c, ID).send_statement_letter(
        type="open_item", idempotency_key=KEY
    ),
    "Customer.invoice": lambda c: invoiced.Customer(c, ID).invoice(notes="a", idempotency_key=KEY),
    "Customer.consolidate_invoices": lambda c: invoiced.Customer(c, ID).consolidate_invoices(
        cutoff_date=1, idempotency_key=KEY
    ),
    "Customer.accounting_sync_status": lambda c: invoiced.Customer(c, ID).accounting_sync_status(),
    "Customer.contacts.create": lambda c: customer(c).contacts().create(name="A", idempotency_key=KEY),
    "Customer.contacts.retrieve": lambda c: customer(c).contacts().retrieve(ID),
    "Customer.contacts.list": lambda c: customer(c).contacts().list(per_page=5),
    "Customer.contacts.save": lambda c: invoiced.Contact(c, ID, parent=("customers", PARENT)).save(
        name="A", idempotency_key=KEY
    ),
    "Customer.contacts.delete": lambda c: invoiced.Contact(c, ID, parent=("customers", PARENT)).delete(),
    "Customer.line_items.create": lambda c: customer(c).line_items().create(quantity=2, idempotency_key=KEY),
    "Customer.line_items.retrieve": lambda c: customer(c).line_items().retrieve(ID),
    "Customer.line_items.list": lambda c: customer(c).line_items().list(per_page=5),
    "Customer.line_items.save": lambda c: invoiced.PendingLineItem(c, ID, parent=("customers", PARENT)).save(
        quantity=2, idempotency_key=KEY
    ),
    "Customer.line_items.delete": lambda c: invoiced.PendingLineItem(c, ID, parent=("customers", PARENT)).delete(),
    "Customer.list_notes.list": lambda c: customer(c).list_notes().list(per_page=5),
    "Customer.payment_sources.create": lambda c: (
        customer(c).payment_sources().create(invoiced_token="a", idempotency_key=KEY)
    ),
    "Customer.payment_sources.list": lambda c: customer(c).payment_sources().list(per_page=5),
    "Card.delete": lambda c: invoiced.Card(c, ID, parent=("customers", PARENT)).delete(),
    "BankAccount.delete": lambda c: invoiced.BankAccount(c, ID, parent=("customers", PARENT)).delete(),
    "Invoice.send": lambda c: invoice(c).send(subject="a", idempotency_key=KEY),
    "Invoice.send_sms": lambda c: invoice(c).send_sms(
        to=[{"name": "A", "phone": "1"}], message="a", idempotency_key=KEY
    ),
    "Invoice.send_letter": lambda c: invoice(c).send_letter(name="a", idempotency_key=KEY),
    "Invoice.void": lambda c: invoice(c).void(expand="customer", idempotency_key=KEY),
    "Invoice.pay": lambda c: invoice(c).pay(idempotency_key=KEY),
    "Invoice.attachments": lambda c: invoice(c).list_attachments(per_page=5),
    "Invoice.accounting_sync_status": lambda c: invoice(c).accounting_sync_status(),
    "Invoice.notes.list": lambda c: invoice(c, PARENT).list_notes().list(per_page=5),
    "Invoice.payment_plan.create": lambda c: (
        invoice(c, PARENT).payment_plans().create(installments=[{"date": 1, "amount": 5}])
    ),
    "Invoice.payment_plan.retrieve": lambda c: invoice(c, PARENT).payment_plans().retrieve(),
    "Invoice.payment_plan.cancel": lambda c: plan(c).cancel(),
    "CreditNote.send": lambda c: invoiced.CreditNote(c, ID).send(subject="a", idempotency_key=KEY),
    "CreditNote.void": lambda c: invoiced.CreditNote(c, ID).void(idempotency_key=KEY),
    "CreditNote.attachments": lambda c: invoiced.CreditNote(c, ID).list_attachments(per_page=5),
    "Estimate.send": lambda c: invoiced.Estimate(c, ID).send(subject="a", idempotency_key=KEY),
    "Estimate.void": lambda c: invoiced.Estimate(c, ID).void(idempotency_key=KEY),
    "Estimate.attachments": lambda c: invoiced.Estimate(c, ID).list_attachments(per_page=5),
    "Estimate.invoice": lambda c: invoiced.Estimate(c, ID).make_invoice(anything="a", idempotency_key=KEY),
    "Payment.delete": lambda c: invoiced.Payment(c, ID).void(),
    "Payment.send": lambda c: invoiced.Payment(c, ID).send(subject="a", idempotency_key=KEY),
    "Payment.accounting_sync_status": lambda c: invoiced.Payment(c, ID).accounting_sync_status(),
    "Refund.create": lambda c: c.Refund.create(PARENT, amount=5, idempotency_key=KEY),
    "Subscription.cancel": lambda c: invoiced.Subscription(c, ID).cancel(canceled_reason="a"),
    "Subscription.preview": lambda c: c.Subscription.preview(customer=1, plan="a", idempotency_key=KEY),
    "File.create": lambda c: c.File.create(url="https://a.test/a", name="a", size=1, type="a/a", idempotency_key=KEY),
    "Member.set_email_frequency": lambda c: invoiced.Member(c, ID).set_email_frequency(
        email_update_frequency="never", idempotency_key=KEY
    ),
    "Member.send_invite": lambda c: invoiced.Member(c, ID).send_invite(idempotency_key=KEY),
    "WebhookAttempt.retry": lambda c: invoiced.WebhookAttempt(c, ID).retry(idempotency_key=KEY),
}
"""Calls that are not the standard calls of a collection of the client."""

BODIES: dict[str, Any] = {
    "Customer.send_statement": {"subject": "a"},
    "Customer.send_statement_sms": {"to": [{"name": "A", "phone": "1"}], "message": "a"},
    "Customer.send_statement_letter": {"type": "open_item"},
    "Customer.invoice": {"notes": "a"},
    "Customer.consolidate_invoices": {"cutoff_date": 1},
    "Customer.contacts.create": {"name": "A"},
    "Customer.contacts.save": {"name": "A"},
    "Customer.line_items.create": {"quantity": 2},
    "Customer.line_items.save": {"quantity": 2},
    "Customer.payment_sources.create": {"invoiced_token": "a"},
    "Invoice.send_sms": {"to": [{"name": "A", "phone": "1"}], "message": "a"},
    "Invoice.send_letter": {"name": "a"},
    "Invoice.void": {},
    "Invoice.pay": {},
    "Invoice.payment_plan.create": {"installments": [{"date": 1, "amount": 5}]},
    "CreditNote.void": {},
    "Estimate.void": {},
    "Estimate.invoice": {"anything": "a"},
    "Refund.create": {"amount": 5},
    "Subscription.cancel": {"canceled_reason": "a"},
    "Subscription.preview": {"customer": 1, "plan": "a"},
    "File.create": {"url": "https://a.test/a", "name": "a", "size": 1, "type": "a/a"},
    "Member.set_email_frequency": {"email_update_frequency": "never"},
    "Member.send_invite": {},
    "WebhookAttempt.retry": {},
    **{f"{name}.send": {"subject": "a"} for name in ("Invoice", "CreditNote", "Estimate", "Payment")},
}
QUERIES = {"Customer.balance": {"currency": "eur"}, "Invoice.void": {"expand": "customer"}}
STANDARD_BODY = {"name": "A", "metadata": {"a": "b"}}


def options_of(operation: Operation) -> dict[str, str]:
    """Return a value of each query parameter that chooses the fields of the response."""
    return {name: f"{name}d" for name in ("expand", "include", "exclude") if name in operation.query}


def standard_call(operation: Operation) -> Call:
    """Return a call of a collection of the client, or of one of its records."""
    name = NAMES.classes.get(operation.owner, operation.owner)

    def call(client: invoiced.Client) -> Any:
        collection, record = getattr(client, name), getattr(invoiced, name)(client, ID)
        options = options_of(operation)
        write = {**STANDARD_BODY, **options, "idempotency_key": KEY}
        return {
            "create": lambda: collection.create(**write),
            "retrieve": lambda: collection.retrieve(ID, **options, timeout=5),
            "list": lambda: collection.list(per_page=5, **options, deadline=60),
            "save": lambda: record.save(**write),
            "delete": lambda: record.delete(),
        }[operation.verb]()

    return call


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_each_operation_is_called_in_its_form(
    operation: Operation, client: invoiced.Client, recorder: Recorder
) -> None:
    tag = "card" if operation.response == "PaymentSource" else ""
    record: Any = {operation.id_field: ID, "object": tag}
    empty = operation.response is None
    recorder.respond(None if empty else [] if operation.is_list else record, 204 if empty else 200)
    OTHERS.get(operation.id, standard_call(operation))(client)

    (request,) = recorder.requests
    expected = re.sub(r"\{\w+_id\}", str(PARENT), operation.path).replace("{id}", str(ID))
    assert (request.method, request.path) == (operation.method, expected)
    query = {"per_page": "5"} if operation.is_list and operation.method == "GET" else {}
    query |= {} if operation.id in OTHERS else options_of(operation)
    assert request.query == QUERIES.get(operation.id, query)
    writes = operation.method in {"POST", "PATCH", "PUT"}
    if writes or operation.id in BODIES:
        assert request.body == BODIES.get(operation.id, STANDARD_BODY)
        assert request.headers["Content-Type"] == "application/json"
    else:
        assert request.body is None
    assert request.headers.get("Idempotency-Key") == (KEY if operation.method in {"POST", "PATCH"} else None)
    assert request.headers["Accept"] == "application/json"


def test_the_table_has_no_call_that_the_service_does_not_have() -> None:
    assert {*OTHERS} <= {*OPERATIONS}
    assert {*BODIES} | {*QUERIES} <= {*OTHERS}
    assert len(OPERATIONS) == 209
