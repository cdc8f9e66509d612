"""Operations of the description for which the service has no route, and calls of invoiced 3.0.0 that have another name.

They do not exist as methods, and the error says what to use instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from calls.recorder import Recorder
from raw_server import RawServer, json_response
from resource_writer.description import Description

import invoiced

UNROUTED = {operation.id for operation in Description.read().operations.values() if not operation.is_offered}

Access = Callable[[Any], Any]


def customer(client: invoiced.Client) -> Any:
    return record(client, "Customer")


def invoice(client: invoiced.Client) -> Any:
    return record(client, "Invoice")


def record(client: invoiced.Client, cls: str) -> Any:
    """Return a record of whose attributes type checkers know nothing."""
    return getattr(invoiced, cls)(client, 7)


MISSING: dict[str, tuple[Access, str]] = {
    "Customer.payment_sources.retrieve": (lambda c: customer(c).payment_sources().retrieve, "use list()"),
    "Customer.list_notes.create": (lambda c: customer(c).list_notes().create, "use client.Note.create()"),
    "Customer.list_notes.retrieve": (lambda c: customer(c).list_notes().retrieve, "use find(id=...)"),
    "Invoice.notes.create": (lambda c: invoice(c).list_notes().create, "use client.Note.create()"),
    "Invoice.notes.retrieve": (lambda c: invoice(c).list_notes().retrieve, "use find(id=...)"),
    "Note.retrieve": (lambda c: c.Note.retrieve, "use client.Note.find(id=...)"),
    "LateFeeSchedule.retrieve": (lambda c: c.LateFeeSchedule.retrieve, "use client.LateFeeSchedule.find(id=...)"),
    "MerchantAccount.create": (lambda c: c.MerchantAccount.create, "use the dashboard"),
    "Webhook.retrieve": (lambda c: c.Webhook.retrieve, "use client.Webhook.list()"),
}
ELSEWHERE: dict[str, tuple[Access, str]] = {
    "Customer.list_notes.save": (lambda c: customer(c).list_notes().list()[0][0].save(notes="a"), "PATCH /notes/7"),
    "Customer.list_notes.delete": (lambda c: customer(c).list_notes().list()[0][0].delete(), "DELETE /notes/7"),
    "Invoice.notes.save": (lambda c: invoice(c).list_notes().list()[0][0].save(notes="a"), "PATCH /notes/7"),
    "Invoice.notes.delete": (lambda c: invoice(c).list_notes().list()[0][0].delete(), "DELETE /notes/7"),
    "CustomerChasingCadence.list": (lambda c: c.CustomerChasingCadence.list(), "GET /chasing_cadences"),
    "CustomerChasingCadence.create": (
        lambda c: c.CustomerChasingCadence.create(name="A", steps=[]),
        "POST /chasing_cadences",
    ),
    "CustomerChasingCadence.retrieve": (lambda c: c.CustomerChasingCadence.retrieve(7), "GET /chasing_cadences/7"),
    "CustomerChasingCadence.save": (
        lambda c: record(c, "CustomerChasingCadence").save(name="A"),
        "PATCH /chasing_cadences/7",
    ),
    "CustomerChasingCadence.delete": (
        lambda c: record(c, "CustomerChasingCadence").delete(),
        "DELETE /chasing_cadences/7",
    ),
}
"""Operations whose calls use another route, which the service has."""

REFRESH: dict[str, tuple[Access, str]] = {
    "note.refresh": (lambda c: record(c, "Note").refresh, "use client.Note.find(id=...)"),
    "late_fee.refresh": (lambda c: record(c, "LateFeeSchedule").refresh, "use client.LateFeeSchedule.find(id=...)"),
    "webhook.refresh": (lambda c: record(c, "Webhook").refresh, "use client.Webhook.list()"),
}
RENAMED: dict[str, tuple[Access, str]] = {
    "invoice.notes": (lambda c: invoice(c).notes, "use list_notes()"),
    "invoice.payment_plan": (lambda c: invoice(c).payment_plan, "use payment_plans()"),
    "invoice.attachments": (lambda c: invoice(c).attachments, "use list_attachments()"),
    "credit_note.attachments": (lambda c: record(c, "CreditNote").attachments, "use list_attachments()"),
    "estimate.attachments": (lambda c: record(c, "Estimate").attachments, "use list_attachments()"),
    "estimate.invoice": (lambda c: record(c, "Estimate").invoice, "use make_invoice()"),
}


def test_every_operation_without_a_route_is_missing_or_uses_another_route() -> None:
    assert {*MISSING} | {*ELSEWHERE} == UNROUTED
    assert len(UNROUTED) == 18


@pytest.mark.parametrize(("access", "instead"), (calls := MISSING | REFRESH | RENAMED).values(), ids=calls)
def test_a_missing_method_says_what_to_use_and_sends_nothing(
    client: invoiced.Client, recorder: Recorder, access: Access, instead: str
) -> None:
    with pytest.raises(AttributeError) as caught:
        access(client)
    assert str(caught.value).endswith(instead)
    assert recorder.requests == []


@pytest.mark.parametrize(("call", "line"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_another_route_is_used(call: Access, line: str) -> None:
    page = [json_response("200 OK", '[{"id": 7, "object": "note"}]')] if "/notes/" in line else []
    body = "[]" if line == "GET /chasing_cadences" else '{"id": 7}'
    with RawServer(*page, json_response("200 OK", body)) as server:
        with invoiced.Client("key", base_url=server.url, max_retries=0) as client:
            call(client)
    assert server.requests[-1].decode().startswith(f"{line} HTTP/1.1")
