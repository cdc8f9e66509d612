"""Customers, balances and statements: each call and its request."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
import responses

import invoiced

URL = "https://api.invoiced.com/customers"
EMAIL = {"id": "f45382", "object": "email", "state": "sent", "email": "client@example.com"}


def only(api: responses.RequestsMock) -> tuple[str, str, Any]:
    """Method, URL and body of the one request."""
    [call] = api.calls
    body = json.loads(call.request.body) if call.request.body else None
    return str(call.request.method), str(call.request.url), body


@pytest.fixture
def customer(client: invoiced.Client) -> invoiced.Customer:
    return invoiced.Customer(client, 15444)


def test_create(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(URL, status=201, json={"id": 1, "object": "customer", "name": "Acme"})
    customer = client.Customer.create(name="Acme", payment_terms="NET 30", credit_limit=Decimal("0.10"))
    assert isinstance(customer, invoiced.Customer)
    assert only(api) == ("POST", URL, {"name": "Acme", "payment_terms": "NET 30", "credit_limit": 0.1})


def test_retrieve(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/1", json={"id": 1, "object": "customer"})
    assert client.Customer.retrieve(1).id == 1
    assert only(api) == ("GET", f"{URL}/1", None)


def test_retrieve_takes_expand(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/1", json={"id": 1})
    client.Customer.retrieve("1", expand="parent_customer")
    assert only(api)[1] == f"{URL}/1?expand=parent_customer"


@pytest.mark.parametrize(
    ("id_", "path"), [("../invoices/5", "..%2Finvoices%2F5"), ("x?expand=1", "x%3Fexpand%3D1"), ("a#b", "a%23b")]
)
def test_an_id_cannot_lead_elsewhere(id_: str, path: str, client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.delete(f"{URL}/{path}", status=204)
    invoiced.Customer(client, id_).delete()
    assert only(api)[1] == f"{URL}/{path}"


def test_every_filter_of_the_reference_is_written_as_the_api_reads_it(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(URL, json=[])
    client.Customer.list(
        per_page=3,
        sort="name asc",
        filter={"country": "US"},
        metadata={"rep": "Jan"},
        payment_source=True,
        balance=False,
        open_balance=True,
        updated_after=datetime(2026, 1, 1, tzinfo=timezone.utc),
    )
    assert only(api)[1] == (
        f"{URL}?per_page=3&sort=name%20asc&filter%5Bcountry%5D=US&metadata%5Brep%5D=Jan"
        "&payment_source=1&balance=0&open_balance=1&updated_after=1767225600"
    )


def test_balance(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/15444/balance", json={"available_credits": 50, "history": [], "past_due": False})
    balance = customer.balance()
    assert isinstance(balance, invoiced.Balance)
    assert (balance.available_credits, balance.past_due, balance.history) == (50, False, [])
    assert only(api) == ("GET", f"{URL}/15444/balance", None)


def test_balance_in_another_currency(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/15444/balance", json={})
    customer.balance(currency="eur")
    assert only(api)[1] == f"{URL}/15444/balance?currency=eur"


def test_send_statement_of_a_known_id_fetches_nothing(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/123/emails", status=201, json=[EMAIL, {**EMAIL, "id": "a0s36f"}])
    emails = invoiced.Customer(client, 123).send_statement()
    assert [type(email) for email in emails] == [invoiced.Email] * 2
    assert emails[1].id == "a0s36f"
    assert only(api) == ("POST", f"{URL}/123/emails", {})


def test_send_statement_takes_all_parameters_of_the_reference(
    customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.post(f"{URL}/15444/emails", json=[])
    customer.send_statement(
        to=[{"name": "Client", "email": "client@example.com"}],
        bcc="a@example.com,b@example.com",
        subject="Statement",
        message="Dear Client",
        type="balance_forward",
        start=datetime(2026, 1, 1, tzinfo=timezone.utc),
        end=1767225600,
        idempotency_key="2026-01/15444",
    )
    assert only(api)[2] == {
        "to": [{"name": "Client", "email": "client@example.com"}],
        "bcc": "a@example.com,b@example.com",
        "subject": "Statement",
        "message": "Dear Client",
        "type": "balance_forward",
        "start": 1767225600,
        "end": 1767225600,
    }
    assert api.calls[0].request.headers["Idempotency-Key"] == "2026-01/15444"


def test_one_email_in_place_of_a_list_is_a_list_of_one(
    customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.post(f"{URL}/15444/emails", json=EMAIL)
    assert [email.email for email in customer.send_statement()] == ["client@example.com"]


@pytest.mark.parametrize("body", [[None, 3], ["text"], 5, None])
def test_what_are_no_emails_is_an_error_that_carries_the_key(
    body: Any, customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.post(f"{URL}/15444/emails", status=201, json=body)
    with pytest.raises(invoiced.ApiError, match="It may have been carried out") as caught:
        customer.send_statement(idempotency_key="key-1")
    assert caught.value.idempotency_key == "key-1"


def test_a_customer_has_no_verbs_of_the_collection_and_the_collection_none_of_a_customer(
    client: invoiced.Client, customer: invoiced.Customer
) -> None:
    for verb in ("create", "retrieve", "list", "all", "find"):
        assert not hasattr(customer, verb)
    for verb in ("save", "delete", "refresh", "balance", "send_statement", "contacts"):
        assert not hasattr(client.Customer, verb)


def test_contacts_fetches_nothing(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    assert isinstance(customer.contacts(), invoiced.Contacts)
    assert len(api.calls) == 0
