"""What calls return, and what they do to records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from calls.recorder import Recorder
from raw_server import RawServer, json_response, reset

import invoiced

ACTIONS: dict[str, Callable[[invoiced.Client], Any]] = {
    "void an invoice": lambda client: invoiced.Invoice(client, 7).void,
    "pay an invoice": lambda client: invoiced.Invoice(client, 7).pay,
    "void a credit note": lambda client: invoiced.CreditNote(client, 7).void,
    "void an estimate": lambda client: invoiced.Estimate(client, 7).void,
    "void a payment": lambda client: invoiced.Payment(client, 7).void,
    "delete a payment": lambda client: invoiced.Payment(client, 7).delete,
    "cancel a subscription": lambda client: invoiced.Subscription(client, 7).cancel,
    "delete a subscription": lambda client: invoiced.Subscription(client, 7).delete,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_call_that_changes_a_record_updates_and_returns_it(
    client: invoiced.Client, recorder: Recorder, action: str
) -> None:
    call = ACTIONS[action](client)
    recorder.respond({"id": 7, "status": "changed"})
    record = call()
    assert record is call.__self__
    assert record.status == "changed"


def test_delete_returns_true(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond(None, 204)
    assert invoiced.Coupon(client, "c").delete() is True
    assert invoiced.PaymentPlan(client, 7, parent=("invoices", 1)).cancel() is True


@pytest.mark.parametrize("body", [{"id": "l", "object": "letter"}, [{"id": "l", "object": "letter"}]])
def test_a_letter_is_returned_whether_the_api_sends_it_alone_or_in_a_list(
    client: invoiced.Client, recorder: Recorder, body: Any
) -> None:
    recorder.respond(body)
    letter = invoiced.Invoice(client, 7).send_letter()
    assert (type(letter), letter.id) == (invoiced.Letter, "l")


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_letters_is_an_error(client: invoiced.Client, recorder: Recorder, count: int) -> None:
    recorder.respond([{"id": "l"}] * count)
    with pytest.raises(invoiced.ApiError, match=f"Expected one Letter in the response, got {count}"):
        invoiced.Invoice(client, 7).send_letter()


@pytest.mark.parametrize("body", [{"id": "e"}, [{"id": "e"}]])
def test_send_returns_a_list_of_emails(client: invoiced.Client, recorder: Recorder, body: Any) -> None:
    recorder.respond(body)
    assert [(type(email), email.id) for email in invoiced.Payment(client, 7).send()] == [(invoiced.Email, "e")]


def test_a_charge_returns_its_payment_or_none(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"id": 21, "object": "payment", "charge": {"id": 31, "object": "charge"}})
    payment = client.Charge.create(customer=1, applied_to=[])
    assert payment is not None
    assert (type(payment), type(payment.charge)) == (invoiced.Payment, invoiced.Charge)
    recorder.respond(None, 204)
    assert client.Charge.create(customer=1, applied_to=[]) is None


def test_payment_sources_are_cards_and_bank_accounts_that_can_be_deleted(
    client: invoiced.Client, recorder: Recorder
) -> None:
    recorder.respond([{"id": 1, "object": "card"}, {"id": 2, "object": "bank_account"}])
    sources, _ = invoiced.Customer(client, 3).payment_sources().list()
    assert [type(source) for source in sources] == [invoiced.Card, invoiced.BankAccount]
    recorder.respond(None, 204)
    assert all(source.delete() for source in sources)
    assert [request.path for request in recorder.requests[1:]] == [
        "/customers/3/cards/1",
        "/customers/3/bank_accounts/2",
    ]


def test_custom_fields_have_their_internal_id_in_the_path(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"id": "my_field", "internal_id": 12, "object": "customer"})
    field = client.CustomField.retrieve(12)
    field.name = "Mine"
    field.save()
    assert [request.path for request in recorder.requests] == ["/custom_fields/12"] * 2
    with pytest.raises(AttributeError, match="cannot be changed"):
        field.internal_id = 13


def test_events_contain_records(client: invoiced.Client, recorder: Recorder) -> None:
    data = {"object": {"id": 5, "object": "invoice", "customer": {"id": 1, "object": "customer"}}, "previous": {"a": 1}}
    recorder.respond([{"id": 1, "type": "invoice.updated", "data": data}, {"id": 2, "type": "new.kind", "data": {}}])
    first, second = client.Event.all()
    assert type(first.data) is invoiced.EventData
    assert type(first.data.object) is invoiced.Invoice
    assert type(first.data.object.customer) is invoiced.Customer
    assert first.data.previous == {"a": 1}
    assert (second.type, second.to_dict()["data"]) == ("new.kind", {})


@pytest.mark.parametrize("name", ["void", "delete"])
def test_a_payment_that_an_earlier_attempt_voided_is_fetched_and_returned(waits: list[float], name: str) -> None:
    missing = json_response("404 Not Found", '{"type": "invalid_request", "message": "No such payment."}')
    voided = json_response("200 OK", '{"id": 7, "voided": true}')
    with RawServer(reset, missing, voided) as server, invoiced.Client("key", base_url=server.url) as client:
        payment = invoiced.Payment(client, 7)
        assert getattr(payment, name)() is payment
    assert payment.voided is True
    assert [request.split()[:2] for request in server.requests] == [
        [b"DELETE", b"/payments/7"],
        [b"DELETE", b"/payments/7"],
        [b"GET", b"/payments/7"],
    ]
    assert len(waits) == 1


def test_a_change_that_is_answered_with_another_record_is_an_error(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"id": 8, "status": "voided"})
    invoice = invoiced.Invoice(client, 7)
    with pytest.raises(invoiced.ApiError, match="Expected record 7 in the response, got 8"):
        invoice.void()
    assert invoice.to_dict() == {"id": 7}


def test_a_retrieved_event_contains_the_record_with_its_calls(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"id": 1, "type": "customer.updated", "data": {"object": {"id": 5, "object": "customer"}}})
    customer = client.Event.retrieve(1).data.object
    recorder.respond({"id": 5, "object": "customer", "name": "A"})
    assert customer.save(name="A") is True
    assert [(request.method, request.path) for request in recorder.requests] == [
        ("GET", "/events/1"),
        ("PATCH", "/customers/5"),
    ]
