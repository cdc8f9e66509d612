"""Records that are part of other records: their URLs, and what is sent of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from calls.recorder import Recorder
from resource_writer.description import FILE, Description

import invoiced
from invoiced.object import class_of

DESCRIPTION = Description.read()
SAMPLES = FILE.parent / "examples"

CARD = {"id": 4, "object": "card"}
LINE = {"id": 3, "object": "line_item", "quantity": 1, "unit_cost": 5, "amount": 5, "plan": None, "created_at": 1}
INVOICE = {"id": 7, "object": "invoice", "items": [LINE], "customer": {"id": 1, "object": "customer"}}

REFUSED: dict[str, Callable[[invoiced.Client], Any]] = {
    "payment_sources": lambda client: invoiced.Customer._from_response(client, {"payment_source": CARD}).payment_source,
    "contacts": lambda client: invoiced.Contact._from_response(client, {"id": 5, "object": "contact"}),
    "line_items": lambda client: invoiced.PendingLineItem._from_response(client, {"id": 5}),
}


@pytest.mark.parametrize("way", REFUSED)
def test_a_record_without_a_url_says_how_to_fetch_it_and_sends_nothing(
    client: invoiced.Client, recorder: Recorder, way: str
) -> None:
    record: Any = REFUSED[way](client)
    with pytest.raises(ValueError, match=rf"has no URL of its own. Use customer.{way}\(\)"):
        record.delete()
    assert recorder.requests == []


def test_a_line_of_an_invoice_has_no_verbs(client: invoiced.Client) -> None:
    (line,) = invoiced.Invoice._from_response(client, INVOICE).items
    assert type(line) is invoiced.LineItem
    assert not hasattr(line, "delete")
    assert not hasattr(line, "save")


def test_a_previewed_invoice_has_no_verbs(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"first_invoice": {"object": "invoice", "total": 5}})
    preview: Any = client.Subscription.preview(customer=1, plan="pro")
    assert preview.first_invoice["total"] == 5
    assert type(preview.first_invoice) is invoiced.InvoicePreview
    assert not hasattr(preview.first_invoice, "save")


def test_a_record_whose_id_is_null_has_no_url(client: invoiced.Client, recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="has no ID"):
        invoiced.Invoice._from_response(client, {"id": None}).void()
    assert recorder.requests == []


@pytest.mark.parametrize("verb", ["void", "delete", "refresh", "pdf", "save"])
def test_the_invoice_in_the_sample_of_a_preview_has_no_verbs(
    client: invoiced.Client, recorder: Recorder, verb: str
) -> None:
    values = json.loads((SAMPLES / "subscriptions" / "preview.json").read_text("utf-8"))
    invoice: Any = invoiced.SubscriptionPreview._from_response(client, values).first_invoice
    assert invoice.name == "Starter"
    with pytest.raises(AttributeError, match=f"InvoicePreview has no field '{verb}'"):
        getattr(invoice, verb)()
    assert recorder.requests == []


def test_an_expanded_customer_has_a_url(client: invoiced.Client, recorder: Recorder) -> None:
    invoice: Any = invoiced.Invoice._from_response(client, INVOICE)
    invoice.customer.save(name="A")
    assert recorder.requests[0].path == "/customers/1"


def test_an_edited_line_is_sent_with_what_the_api_accepts(client: invoiced.Client, recorder: Recorder) -> None:
    invoice = invoiced.Invoice._from_response(client, INVOICE)
    invoice.items[0].quantity = 2
    recorder.respond(INVOICE)
    invoice.save()
    assert recorder.requests[0].body == {"items": [{"id": 3, "quantity": 2, "unit_cost": 5, "amount": 5}]}


def test_a_field_of_a_line_that_the_program_sets_is_sent_even_if_it_is_unknown_or_null(
    client: invoiced.Client, recorder: Recorder
) -> None:
    invoice = invoiced.Invoice._from_response(client, INVOICE)
    invoice.items[0]["later"] = "x"
    invoice.items[0].plan = None
    recorder.respond(INVOICE)
    invoice.save()
    (line,) = recorder.requests[0].body["items"]
    assert (line["later"], line["plan"]) == ("x", None)


def test_lines_that_were_only_read_are_not_sent(client: invoiced.Client, recorder: Recorder) -> None:
    invoice = invoiced.Invoice._from_response(client, INVOICE)
    assert invoice.items[0].quantity == 1
    invoice.notes = "Thanks"
    recorder.respond(INVOICE)
    invoice.save()
    assert recorder.requests[0].body == {"notes": "Thanks"}


@pytest.mark.parametrize("sample", ["invoices/object", "credit_notes/object", "estimates/object"])
def test_each_edited_line_of_a_sample_is_sent_with_its_id_and_nothing_that_the_api_does_not_accept(
    client: invoiced.Client, recorder: Recorder, sample: str
) -> None:
    values = json.loads((SAMPLES / f"{sample}.json").read_text("utf-8"))
    cls: Any = class_of(values["object"])
    record = cls._from_response(client, values)
    record["items"][0].quantity = 2
    recorder.respond(values)
    record.save()
    (line, *_), before = recorder.requests[0].body["items"], values["items"][0]
    assert {*recorder.requests[0].body} == {"items"}
    assert {*line} <= {*DESCRIPTION.properties("LineItemInput")}
    assert (line["id"], line["quantity"], line["unit_cost"]) == (before["id"], 2, before["unit_cost"])


def test_a_line_of_an_invoice_cannot_be_deleted_by_itself(client: invoiced.Client, recorder: Recorder) -> None:
    invoice: Any = invoiced.Invoice._from_response(client, INVOICE)
    with pytest.raises(AttributeError, match="LineItem has no field 'delete'"):
        invoice.items[0].delete()
    assert recorder.requests == []


def test_what_a_program_sets_is_sent_even_if_the_record_has_the_same_value(
    client: invoiced.Client, recorder: Recorder
) -> None:
    recorder.respond({"id": 1, "autopay": False})
    customer = client.Customer.retrieve(1)
    customer.autopay = False
    assert customer.save() is True
    assert recorder.requests[-1].body == {"autopay": False}
    assert customer.save() is False
    assert customer.save(autopay=False) is True
    assert recorder.requests[-1].body == {"autopay": False}
