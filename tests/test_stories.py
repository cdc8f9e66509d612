"""Typical uses of the API, over a real socket and in process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator


class Clock:
    """A clock for the emulator that only changes when it is set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 1, tzinfo=timezone.utc).timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def emulator(clock: Clock) -> Iterator[Emulator]:
    with Emulator(clock=clock) as emulator:
        yield emulator


@pytest.fixture
def sent() -> list[tuple[str, str, Any]]:
    """Return a list for the method, path and body of every request."""
    return []


@pytest.fixture(params=["over a socket", "in process"])
def client(request: pytest.FixtureRequest, emulator: Emulator, sent: Any) -> Iterator[invoiced.Client]:
    session = requests.Session()
    options: dict[str, Any] = {"base_url": emulator.url}
    if request.param == "in process":
        options = {}
        session.mount("https://api.invoiced.com", emulator.adapter())

    def record(response: requests.Response, **_: Any) -> None:
        body = response.request.body
        sent.append((str(response.request.method), response.request.path_url, json.loads(body) if body else None))

    session.hooks["response"].append(record)
    with session, invoiced.Client("key", session=session, parse_float=Decimal, **options) as client:
        yield client


@pytest.fixture
def acme(client: invoiced.Client) -> invoiced.Customer:
    return client.Customer.create(name="Acme", email="billing@acmecorp.com")


def test_create_a_customer(client: invoiced.Client, sent: Any) -> None:
    customer = client.Customer.create(
        name="Acme",
        email="billing@acmecorp.com",
        payment_terms="NET 30",
        type="company",
        credit_limit=Decimal("1000.10"),
        metadata={"rep": "Jan"},
    )
    assert customer.number == "CUST-00001"
    assert (customer.autopay, customer.country, customer.payment_source) == (False, "US", None)
    assert customer.credit_limit == Decimal("1000.10")
    assert sent[0][:2] == ("POST", "/customers")


def test_retrieve_a_customer(client: invoiced.Client, acme: invoiced.Customer, sent: Any) -> None:
    assert client.Customer.retrieve(acme.id) == acme
    assert sent[-1] == ("GET", f"/customers/{acme.id}", None)


def test_change_a_customer(client: invoiced.Client, acme: invoiced.Customer, sent: Any) -> None:
    acme.payment_terms = "NET 14"
    acme.email = None
    acme.metadata["rep"] = "Jan"
    assert acme.save() is True
    changes = {"payment_terms": "NET 14", "email": None, "metadata": {"rep": "Jan"}}
    assert sent[-1] == ("PATCH", f"/customers/{acme.id}", changes)
    again = client.Customer.retrieve(acme.id)
    assert (again.payment_terms, again.email, again.metadata) == ("NET 14", None, {"rep": "Jan"})
    assert again == acme
    assert acme.save() is False


def test_delete_a_customer(client: invoiced.Client, acme: invoiced.Customer, sent: Any) -> None:
    acme.delete()
    assert sent[-1] == ("DELETE", f"/customers/{acme.id}", None)
    with pytest.raises(invoiced.NotFoundError):
        client.Customer.retrieve(acme.id)


def test_list_customers_with_every_documented_parameter(
    client: invoiced.Client, emulator: Emulator, clock: Clock
) -> None:
    for number in range(1, 9):
        clock.now += 60
        customer = client.Customer.create(
            name=f"Customer {number}",
            autopay=number % 2 == 0,
            metadata={"rep": "Jan" if number > 2 else "Eva"},
            **({"stripe_token": "tok_visa"} if number > 3 else {}),  # type: ignore[typeddict-item]
        )
        emulator.set_balance(customer.id, available_credits=number if number > 1 else 0)
    customers, metadata = client.Customer.list(
        per_page=2,
        sort="name desc",
        filter={"autopay": True},
        metadata={"rep": "Jan"},
        payment_source=True,
        balance=True,
        updated_after=datetime.fromtimestamp(clock.now - 240, timezone.utc),
    )
    assert [customer.name for customer in customers] == ["Customer 8", "Customer 6"]
    assert metadata.total_count == 2
    assert set(metadata.links) == {"self", "first", "last"}
    assert metadata.links["self"].startswith(client.api_url)


def test_loop_over_all_customers(client: invoiced.Client, sent: Any) -> None:
    for number in range(1, 12):
        client.Customer.create(name=f"Customer {number:02}")
    sent.clear()
    names = [customer.name for customer in client.Customer.all(per_page=3, sort="name asc")]
    assert names == [f"Customer {number:02}" for number in range(1, 12)]
    assert len(sent) == 4


def test_find_a_customer(client: invoiced.Client, sent: Any) -> None:
    for name in ("Acme", "Acme", "Initech"):
        client.Customer.create(name=name)
    assert client.Customer.find(number="CUST-00003").name == "Initech"
    assert sent[-1][:2] == ("GET", "/customers?filter%5Bnumber%5D=CUST-00003")
    with pytest.raises(invoiced.NotFoundError):
        client.Customer.find(number="CUST-00009")
    with pytest.raises(invoiced.MultipleFoundError):
        client.Customer.find(name="Acme")


def test_read_a_balance(client: invoiced.Client, acme: invoiced.Customer, emulator: Emulator, sent: Any) -> None:
    emulator.set_balance(acme.id, available_credits=50.25, total_outstanding=470.1, past_due=True)
    balance = acme.balance()
    assert isinstance(balance, invoiced.Balance)
    assert (balance.available_credits, balance.total_outstanding) == (Decimal("50.25"), Decimal("470.1"))
    assert balance.past_due is True
    assert balance.history[0]["balance"] == Decimal("50.25")
    assert sent[-1] == ("GET", f"/customers/{acme.id}/balance", None)


def test_send_a_statement(acme: invoiced.Customer, emulator: Emulator, sent: Any) -> None:
    emails = acme.send_statement(
        to=[{"name": "Client", "email": "client@example.com"}, {"email": "office@example.com"}],
        bcc="archive@example.com",
        subject="Your statement",
        message="Dear Client",
    )
    [email] = emails
    assert isinstance(email, invoiced.Email)
    assert (email.id, email.subject, email.get("email"), email.get("state")) == (None, "Your statement", None, None)
    assert sent[-1][:2] == ("POST", f"/customers/{acme.id}/emails")
    common = (email.message_id, acme.id, "Your statement", "Dear Client")
    names = ("message_id", "customer", "subject", "message", "email")
    assert [tuple(entry[name] for name in names) for entry in emulator.outbox] == [
        (*common, "client@example.com"),
        (*common, "office@example.com"),
    ]


def test_send_a_statement_with_the_documented_response() -> None:
    with Emulator(documented_responses=True) as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        acme = client.Customer.create(name="Acme", email="billing@acmecorp.com")
        acme.contacts().create(name="Nancy Talty", email="nancy@example.com")
        emails = acme.send_statement()
        assert [(email.email, email.state) for email in emails] == [
            ("nancy@example.com", "sent"),
            ("billing@acmecorp.com", "sent"),
        ]
        assert [email.id for email in emails] == [entry["id"] for entry in emulator.outbox]


def test_a_missing_field_of_an_e_mail_is_an_error_that_names_it(acme: invoiced.Customer) -> None:
    [email] = acme.send_statement()
    with pytest.raises(AttributeError, match="Email has no field 'state'"):
        _ = email.state


def test_a_second_statement_is_dropped_within_5_minutes_unless_it_has_another_template(
    acme: invoiced.Customer, emulator: Emulator, clock: Clock
) -> None:
    for params in ({"type": "open_item"}, {"type": "balance_forward"}, {"template": "reminder_email"}):
        assert len(acme.send_statement(**params)) == 1
    assert [entry["template"] for entry in emulator.outbox] == ["statement_email", "reminder_email"]
    clock.now += 300
    acme.send_statement(type="balance_forward")
    assert len(emulator.outbox) == 3


def test_the_taxes_of_a_customer_are_changed_by_their_ids(client: invoiced.Client, sent: Any) -> None:
    for id in ("vat", "gst"):
        client.TaxRate.create(id=id, name=id, value=20)
    customer = client.Customer.create(name="Acme", taxes=["vat"])
    assert isinstance(customer.taxes[0], invoiced.TaxRate)
    customer.taxes.append("gst")
    customer.save()
    assert sent[-1] == ("PATCH", f"/customers/{customer.id}", {"taxes": ["vat", "gst"]})
    assert [tax["id"] for tax in customer.taxes] == ["vat", "gst"]


def test_a_customer_with_documents_is_not_deleted(client: invoiced.Client, acme: invoiced.Customer) -> None:
    client.Invoice.create(customer=acme.id, items=[{"unit_cost": 45}])
    with pytest.raises(invoiced.InvalidRequestError):
        acme.delete()
    acme.save(active=False)
    assert client.Customer.retrieve(acme.id).active is False


def test_send_a_statement_by_id_without_fetching_the_customer(
    client: invoiced.Client, acme: invoiced.Customer, sent: Any
) -> None:
    sent.clear()
    [email] = invoiced.Customer(client, acme.id).send_statement()
    assert email.subject == "Statement from Dunder Mifflin, Inc."
    assert sent == [("POST", f"/customers/{acme.id}/emails", {})]


def test_a_statement_without_a_recipient_raises_an_error(client: invoiced.Client, emulator: Emulator) -> None:
    customer = client.Customer.create(name="Hermit")
    with pytest.raises(invoiced.InvalidRequestError):
        customer.send_statement()
    assert emulator.outbox == []


def test_send_statements_to_all_customers_with_an_open_balance(client: invoiced.Client, emulator: Emulator) -> None:
    for number in range(1, 6):
        customer = client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        emulator.set_balance(customer.id, total_outstanding=number % 2)
    for customer in client.Customer.all(open_balance=True, per_page=2):
        customer.send_statement(type="open_item")
    assert [entry["email"] for entry in emulator.outbox] == ["1@example.com", "3@example.com", "5@example.com"]


def test_contacts_of_a_customer(client: invoiced.Client, acme: invoiced.Customer, sent: Any) -> None:
    path = f"/customers/{acme.id}/contacts"
    nancy = acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
    assert sent[-1][:2] == ("POST", path)
    bob = acme.contacts().create(name="Bob Loblaw", email="bob@example.com", primary=False)

    assert acme.contacts().retrieve(nancy.id) == nancy
    assert sent[-1] == ("GET", f"{path}/{nancy.id}", None)

    contacts, metadata = acme.contacts().list(per_page=3, sort="name asc")
    assert contacts == [bob, nancy]
    assert metadata.total_count == 2
    assert list(acme.contacts().all(per_page=1)) == [nancy, bob]
    assert acme.contacts().find(email="bob@example.com") == bob

    bob.city = "Oklahoma City"
    assert bob.save() is True
    assert sent[-1] == ("PATCH", f"{path}/{bob.id}", {"city": "Oklahoma City"})

    nancy.delete()
    assert sent[-1] == ("DELETE", f"{path}/{nancy.id}", None)
    assert list(acme.contacts().all()) == [bob]


def test_refresh_fetches_the_record_again(client: invoiced.Client, acme: invoiced.Customer, sent: Any) -> None:
    contact = acme.contacts().create(name="Nancy Talty")
    invoiced.Customer(client, acme.id).save(name="Acme Ltd")
    invoiced.Contact(client, contact.id, parent=("customers", acme.id)).save(name="Nancy")
    acme.refresh()
    assert sent[-1] == ("GET", f"/customers/{acme.id}", None)
    contact.refresh()
    assert sent[-1] == ("GET", f"/customers/{acme.id}/contacts/{contact.id}", None)
    assert (acme.name, contact.name) == ("Acme Ltd", "Nancy")


def test_a_parent_customer_can_be_expanded(client: invoiced.Client, acme: invoiced.Customer) -> None:
    child = client.Customer.create(name="Branch", parent_customer=acme.id)
    assert child.parent_customer == acme.id
    expanded = client.Customer.retrieve(child.id, expand="parent_customer").parent_customer
    assert expanded == acme


def test_a_payment_source_is_a_card(client: invoiced.Client) -> None:
    customer = client.Customer.create(name="Acme", stripe_token="tok_visa")
    assert isinstance(customer.payment_source, invoiced.Card)
    assert customer.payment_source.last4 == "4242"


@pytest.mark.parametrize(
    ("create", "param"),
    [
        (lambda client: client.Customer.create(name=""), "name"),
        (lambda client: client.Customer.create(name=None), "name"),
        (lambda client: client.Customer.create(name="Acme", number="CUST-00001"), "number"),
        (lambda client: client.Task.create(name="Call", nmae="x"), "request"),
        (lambda client: client.Customer.create(name="Acme", autopay="maybe"), "autopay"),
        (lambda client: client.Customer.create(name="Acme", metadata={str(n): n for n in range(11)}), "metadata"),
    ],
)
def test_a_rejected_request_names_the_parameter(
    create: Callable[[Any], object], param: str, client: invoiced.Client, acme: invoiced.Customer
) -> None:
    with pytest.raises(invoiced.InvalidRequestError) as caught:
        create(client)
    assert caught.value.status_code == 400
    assert caught.value.type == "invalid_request"
    assert caught.value.param == param
    assert caught.value.message


def test_a_create_with_a_used_idempotency_key_returns_the_first_record(client: invoiced.Client) -> None:
    first = client.Customer.create(name="Acme", idempotency_key="row-17")
    again = client.Customer.create(name="Acme", idempotency_key="row-17")
    assert again == first
    assert len(list(client.Customer.all())) == 1


def test_a_wrong_key_raises_an_authentication_error() -> None:
    with Emulator(api_key="right") as emulator:
        with invoiced.Client("wrong", base_url=emulator.url) as client:
            with pytest.raises(invoiced.AuthenticationError, match="Check the API key"):
                client.Customer.list()
        with invoiced.Client(access_token="right", base_url=emulator.url) as client:
            assert client.Customer.list() == ([], client.Customer.list()[1])


def test_request_reaches_endpoints_without_a_method(client: invoiced.Client, acme: invoiced.Customer) -> None:
    response = client.request("GET", ("customers", acme.id, "balance"), {"currency": "eur"})
    assert (response.status_code, response.body["currency"]) == (200, "eur")
    assert client.request("GET", "customers", {"per_page": 1}).headers["X-Total-Count"] == "1"
    with pytest.raises(invoiced.NotFoundError):
        client.request("POST", "invoices/1/pay")


def test_threads_share_a_client_and_its_connections(client: invoiced.Client) -> None:
    def work(number: int) -> str:
        customer = client.Customer.create(name=f"Customer {number}")
        customer.save(phone=str(number))
        return client.Customer.retrieve(customer.id).number

    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(work, range(64)))
    assert len(set(numbers)) == 64


def test_one_connection_serves_many_calls() -> None:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        for _ in range(20):
            client.Customer.create(name="Acme")
        pools: Any = client._session._session.get_adapter(emulator.url).poolmanager.pools  # type: ignore[attr-defined]
        [pool] = [pools[key] for key in pools.keys()]  # noqa: SIM118
        assert (pool.num_connections, pool.num_requests) == (1, 20)
