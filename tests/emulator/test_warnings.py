"""What the API accepts in silence, although it may be a typing error, is logged."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

from .receivers import Receiver, serving


@pytest.fixture(autouse=True)
def _log_of_the_emulator(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="invoiced.emulator")


def test_an_unknown_rate_of_a_document_is_ignored_and_logged(
    api: requests.Session, customer: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    body = {
        "customer": customer["id"],
        "taxes": ["nope"],
        "items": [{"unit_cost": 100, "discounts": [{"coupon": "x"}]}],
    }
    assert api.post("/invoices", json=body).json()["total"] == 100
    assert sorted(caplog.messages) == [
        "The coupon 'x' does not exist: it is ignored, as by the API.",
        "The tax rate 'nope' does not exist: it is ignored, as by the API.",
    ]


def test_an_unknown_tax_rate_of_a_customer_is_ignored_and_logged(
    api: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    assert api.post("/customers", json={"name": "Acme", "taxes": ["nope"]}).json()["taxes"] == []
    assert caplog.messages == ["The tax rate 'nope' does not exist: it is ignored, as by the API."]


@pytest.mark.parametrize("terms", ["NET30", "net  30", "Net_15", "NET: 30"])
def test_payment_terms_that_look_like_days_but_set_no_due_date_are_logged(
    api: requests.Session, customer: dict[str, Any], caplog: pytest.LogCaptureFixture, terms: str
) -> None:
    invoice = api.post("/invoices", json={"customer": customer["id"], "payment_terms": terms}).json()
    assert (invoice["payment_terms"], invoice["due_date"]) == (terms, None)
    assert caplog.messages == [
        f"The payment terms {terms!r} set no due date, as by the API (expected one space or hyphen: NET 30)."
    ]


@pytest.mark.parametrize("terms", ["NET 30", "net-30", "2% 10 NET 30", "Due on receipt", "Internet order 5"])
def test_other_payment_terms_are_not_logged(
    api: requests.Session, customer: dict[str, Any], caplog: pytest.LogCaptureFixture, terms: str
) -> None:
    api.post("/invoices", json={"customer": customer["id"], "payment_terms": terms})
    assert caplog.messages == []


def test_a_webhook_for_an_unknown_event_is_logged(api: requests.Session, caplog: pytest.LogCaptureFixture) -> None:
    body = {"url": "http://127.0.0.1:9/", "events": ["invoice.payed", "invoice.paid"]}
    created = api.post("/webhooks", json=body).json()
    assert created["events"] == body["events"]
    message = "The event 'invoice.payed' does not exist, so the webhook never receives it."
    assert caplog.messages == [message]
    api.patch(f"/webhooks/{created['id']}", json={"enabled": False})
    api.patch(f"/webhooks/{created['id']}", json={"events": ["*"]})
    assert caplog.messages == [message]


def test_a_receiver_that_does_not_listen_is_logged_once(
    api: requests.Session, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as receiver:
        url = receiver.url
    api.post("/webhooks", json={"url": url})
    for name in ("Acme", "Baker"):
        api.post("/customers", json={"name": name})
        emulator.wait_for_webhooks()
    (message,) = caplog.messages
    assert message.startswith(f"The webhook {url} did not receive an event: ")
    assert message.endswith("It is posted again each hour of the emulator's clock, 48 times in all.")


def test_each_reason_for_which_a_receiver_failed_is_logged(
    api: requests.Session, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as receiver:
        api.post("/webhooks", json={"url": receiver.url})
        for status in (500, 204, 500, 503, 410):
            _respond_with(api, emulator, receiver, status)
    reasons = [message.partition(": ")[2].partition(".")[0] for message in caplog.messages]
    assert reasons == ["status 500", "status 503", "status 410"]
    assert caplog.messages[-1].endswith("The webhook is disabled.")


def _respond_with(api: requests.Session, emulator: Emulator, receiver: Receiver, status: int) -> None:
    receiver.status = status
    api.post("/customers", json={"name": "Acme"})
    emulator.wait_for_webhooks()
