"""Create customers and an invoice, list and change customers, and send statements: on an emulator, without an account.

    python quickstart.py

For the sandbox of a real account, use `with invoiced.Client(sandbox=True) as client:`.
"""

import invoiced
from invoiced.emulator import Emulator

with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
    acme = client.Customer.create(name="Acme", email="billing@acmecorp.com", payment_terms="NET 30")
    acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
    invoice = client.Invoice.create(customer=acme.id, items=[{"name": "Copy paper", "quantity": 2, "unit_cost": 45}])
    for number in range(1, 150):
        client.Customer.create(name=f"Customer {number:03}", email=f"office-{number:03}@example.com")
    print(f"Created customer {acme.number}, {acme.name}, with a contact, and 149 more customers.")
    print(f"Created invoice {invoice.number} for {invoice.total}.")

    customers, page = client.Customer.list(per_page=3, sort="name asc")
    print(f"The first three of {page.total_count}: {', '.join(customer.name for customer in customers)}.")
    print(f"A loop over all pages: {sum(1 for _ in client.Customer.all())} customers.")

    acme.metadata["account_rep"] = "Jan"
    acme.save(payment_terms="NET 14")
    print(f"Changed the payment terms of {acme.name} to {acme.payment_terms}.")

    client.CreditBalanceAdjustment.create(customer=acme.id, currency="usd", amount=50)
    balance = acme.balance()
    print(f"{acme.name} owes {balance.total_outstanding} and has {balance.available_credits} in credits.")
    for customer in client.Customer.all(open_balance=True):
        customer.send_statement(type="open_item")
        print(f"Sent a statement to {customer.name}.")

    try:
        client.Customer.find(number="CUST-09999")
    except invoiced.NotFoundError as error:
        print(f"An example of an error: {error}")
