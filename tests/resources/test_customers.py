"""Requests sent by the methods of customers, including balances and statements."""

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


def only_request(api: responses.RequestsMock) -> tuple[str, str, Any]:
    """Return method, URL and parsed body of the only request."""
    [call] = api.calls
    body = json.loads(call.request.body) if call.request.body else None
    return str(call.request.method), str(call.request.url), body


@pytest.fixture
def customer(client: invoiced.Client) -> invoiced.Customer:
    return invoiced.Customer(client, 15444)


def test_create_sends_the_fields(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(URL, status=201, json={"id": 1, "object": "customer", "name": "Acme"})
    customer = client.Customer.create(name="Acme", payment_terms="NET 30", credit_limit=Decimal("0.10"))
    assert isinstance(customer, invoiced.Customer)
    assert only_request(api) == ("POST", URL, {"name": "Acme", "payment_terms": "NET 30", "credit_limit": 0.1})


def test_retrieve_sends_a_get_request(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/1", json={"id": 1, "object": "customer"})
    assert client.Customer.retrieve(1).id == 1
    assert only_request(api) == ("GET", f"{URL}/1", None)


def test_retrieve_sends_expand(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/1", json={"id": 1})
    client.Customer.retrieve("1", expand="parent_customer")
    assert only_request(api)[1] == f"{URL}/1?expand=parent_customer"


@pytest.mark.parametrize(
    ("id_", "path"), [("../invoices/5", "..%2Finvoices%2F5"), ("x?expand=1", "x%3Fexpand%3D1"), ("a#b", "a%23b")]
)
def test_an_id_is_quoted_in_the_path(id_: str, path: str, client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.delete(f"{URL}/{path}", status=204)
    invoiced.Customer(client, id_).delete()
    assert only_request(api)[1] == f"{URL}/{path}"


def test_list_encodes_every_parameter_of_the_reference(client: invoiced.Client, api: responses.RequestsMock) -> None:
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
    assert only_request(api)[1] == (
        f"{URL}?per_page=3&sort=name%20asc&filter%5Bcountry%5D=US&metadata%5Brep%5D=Jan"
        "&payment_source=1&balance=0&open_balance=1&updated_after=1767225600"
    )


def test_balance_returns_a_balance(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/15444/balance", json={"available_credits": 50, "history": [], "past_due": False})
    balance = customer.balance()
    assert isinstance(balance, invoiced.Balance)
    assert (balance.available_credits, balance.past_due, balance.history) == (50, False, [])
    assert only_request(api) == ("GET", f"{URL}/15444/balance", None)


def test_balance_sends_the_currency(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/15444/balance", json={})
    customer.balance(currency="eur")
    assert only_request(api)[1] == f"{URL}/15444/balance?currency=eur"


def test_send_statement_for_a_known_id_sends_one_request(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/123/emails", status=201, json=[EMAIL, {**EMAIL, "id": "a0s36f"}])
    emails = invoiced.Customer(client, 123).send_statement()
    assert [type(email) for email in emails] == [invoiced.Email] * 2
    assert emails[1].id == "a0s36f"
    assert only_request(api) == ("POST", f"{URL}/123/emails", {})


def test_send_statement_sends_every_parameter_of_the_reference(
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
    assert only_request(api)[2] == {
        "to": [{"name": "Client", "email": "client@example.com"}],
        "bcc": "a@example.com,b@example.com",
        "subject": "Statement",
        "message": "Dear Client",
        "type": "balance_forward",
        "start": 1767225600,
        "end": 1767225600,
    }
    assert api.calls[0].request.headers["Idempotency-Key"] == "2026-01/15444"


def test_send_statement_returns_a_list_if_the_response_is_a_single_email(
    customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.post(f"{URL}/15444/emails", json=EMAIL)
    assert [email.email for email in customer.send_statement()] == ["client@example.com"]


@pytest.mark.parametrize("body", [[None, 3], ["text"], 5, None])
def test_send_statement_raises_an_error_with_the_key_if_the_response_contains_no_emails(
    body: Any, customer: invoiced.Customer, api: responses.RequestsMock
) -> None:
    api.post(f"{URL}/15444/emails", status=201, json=body)
    with pytest.raises(invoiced.ApiError, match="It may have been processed") as caught:
        customer.send_statement(idempotency_key="key-001")
    assert caught.value.idempotency_key == "key-001"


def test_records_and_collections_do_not_share_methods(client: invoiced.Client, customer: invoiced.Customer) -> None:
    for verb in ("create", "retrieve", "list", "all", "find"):
        assert not hasattr(customer, verb)
    for verb in ("save", "delete", "refresh", "balance", "send_statement", "contacts"):
        assert not hasattr(client.Customer, verb)


def test_contacts_sends_no_request(customer: invoiced.Customer, api: responses.RequestsMock) -> None:
    assert isinstance(customer.contacts(), invoiced.Contacts)
    assert len(api.calls) == 0
