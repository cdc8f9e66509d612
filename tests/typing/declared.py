"""The types of the public names. Type-checked, but not run."""

from collections.abc import Generator
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from typing_extensions import assert_type

import invoiced
from invoiced.emulator import Emulator

client = invoiced.Client("key", sandbox=True, timeout=(3, 10), max_retries=0, parse_float=Decimal)
assert_type(client.api_url, str)
with client as same:
    assert_type(same, invoiced.Client)

customer = client.Customer.create(
    name="Acme",
    type="company",
    credit_limit=Decimal("100.10"),
    taxes=["vat"],
    metadata={"rep": "Jan"},
    idempotency_key="key-001",
    timeout=5,
)
assert_type(customer, invoiced.Customer)
assert_type(client.Customer.retrieve("1", expand="parent_customer"), invoiced.Customer)
assert_type(client.Customer.find(number="CUST-00001"), invoiced.Customer)
assert_type(
    client.Customer.list(
        page=1,
        per_page=3,
        sort="name asc",
        filter={"autopay": True},
        metadata={"rep": "Jan"},
        payment_source=True,
        balance=True,
        open_balance=False,
        updated_after=datetime(2026, 1, 1, tzinfo=timezone.utc),
        expand="parent_customer",
    ),
    tuple[list[invoiced.Customer], invoiced.List],
)
assert_type(client.Customer.all(balance=True), Generator[invoiced.Customer, None, None])
customers, metadata = client.Customer.list()
assert_type(metadata.links, dict[str, str])
assert_type(metadata.total_count, int | None)

assert_type(customer.id, int)
assert_type(customer.name, str)
assert_type(customer.email, str | None)
assert_type(customer.payment_source, invoiced.Card | invoiced.BankAccount | None)
assert_type(customer.parent_customer, int | invoiced.Customer | None)
assert_type(customer.metadata, dict[str, Any])
assert_type(customer["anything"], Any)
customer.payment_terms = "NET 14"
customer.email = None
del customer.phone
assert_type(customer.save(phone="1"), bool)
assert_type(customer.to_dict(), dict[str, Any])
assert_type(customer.balance(currency="eur"), invoiced.Balance)
assert_type(customer.balance().past_due, bool)
exact = Decimal(0)
exact += customer.balance().total_outstanding
customer.credit_limit = Decimal("10.05")
params: invoiced.CustomerCreate = {"name": "Acme", "country": "US", "idempotency_key": UUID(int=1), "expand": "owner"}
assert_type(client.Customer.create(**params), invoiced.Customer)
assert_type(customer.send_statement(to=[{"name": "A", "email": "a@example.com"}]), list[invoiced.Email])
assert_type(customer.send_statement(type="open_item")[0].email, str)

assert_type(customer.contacts(), invoiced.Contacts)
contact = customer.contacts().create(name="Nancy Talty", primary=True)
assert_type(contact, invoiced.Contact)
assert_type(customer.contacts().retrieve(1), invoiced.Contact)
assert_type(customer.contacts().find(email="a@example.com"), invoiced.Contact)
assert_type(customer.contacts().all(per_page=10), Generator[invoiced.Contact, None, None])
assert_type(customer.contacts().list(filter={"primary": True}), tuple[list[invoiced.Contact], invoiced.List])
assert_type(contact.save(city="Oklahoma City"), bool)
assert_type(contact.sms_enabled, bool | None)

assert_type(invoiced.Customer(client, 123).send_statement(), list[invoiced.Email])
invoiced.Contact(client, 123, parent=("customers", 1)).delete()

invoice = client.Invoice.create(customer=customer.id, items=[{"quantity": 1, "unit_cost": Decimal("9.95")}])
assert_type(invoice.items[0], invoiced.LineItem)
assert_type(invoice.customer, int | invoiced.Customer)
assert_type(invoice.void(idempotency_key="key-002"), invoiced.Invoice)
assert_type(invoice.pay(expand="customer", timeout=90), invoiced.Invoice)
assert_type(invoice.send(), list[invoiced.Email])
assert_type(invoice.pdf("invoice.pdf"), bytes)
assert_type(invoice.list_attachments(), tuple[list[invoiced.Attachment], invoiced.List])
assert_type(invoice.payment_plans().retrieve(), invoiced.PaymentPlan)
assert_type(invoice.delete(), bool)
assert_type(customer.payment_sources().create(invoiced_token="x"), invoiced.Card | invoiced.BankAccount)
assert_type(client.Charge.create(customer=1, applied_to=[]), invoiced.Payment | None)
assert_type(client.Refund.create(5, amount=3), invoiced.Refund)
assert_type(client.Subscription.preview(customer=1, plan="pro").first_invoice, invoiced.InvoicePreview)
assert_type(client.File.create(file="a.pdf"), invoiced.File)
estimate = client.Estimate.retrieve(1)
assert_type(estimate.make_invoice(anything="goes"), invoiced.Invoice)

limited = client.with_options(timeout=(3, 20), rate=5)
assert_type(limited, invoiced.Client)
assert_type(limited.rate_limit, invoiced.RateLimit | None)
assert_type(client.with_options(rate=invoiced.RateLimit(0.5)).Customer, invoiced.Customers)
assert_type(invoiced.RateLimit(5).wait(), bool)

response = client.request("GET", ("invoices", 1), {"expand": "customer"}, timeout=3)
assert_type(response, invoiced.Response)
assert_type(response.status_code, int)

error = invoiced.RateLimitError("Slow down.")
assert_type(error.retry_after, float | None)
assert_type(error.request_sent, bool | None)
assert_type(error.status_code, int | None)

with Emulator() as emulator:
    assert_type(emulator.url, str)
    assert_type(emulator.outbox, list[dict[str, Any]])
