"""The main job on an emulator of the API: bill, look around, change, and send statements.

Needs no Invoiced account. On a real one, only the first two lines of main() change:

    with invoiced.Client("{API_KEY}", sandbox=True) as client:
"""

import invoiced
from invoiced.emulator import Emulator


def main() -> None:
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        print(f"An emulator of the API listens on {emulator.url}.\n")

        acme = client.Customer.create(name="Acme", email="billing@acmecorp.com", payment_terms="NET 30")
        acme.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        print(f"Created customer {acme.number}, {acme.name}, and a contact.")
        for number in range(1, 250):
            client.Customer.create(name=f"Customer {number:03}", email=f"office-{number:03}@example.com")
        print("Created 249 more.")

        customers, metadata = client.Customer.list(per_page=3, sort="name asc")
        print(f"The first three of {metadata.total_count}: {', '.join(customer.name for customer in customers)}.")
        with_email = sum(1 for customer in client.Customer.all() if customer.email)
        print(f"Looped over all pages: {with_email} customers have an e-mail address.")

        acme.payment_terms = "NET 14"
        acme.metadata["account_rep"] = "Jan"
        acme.save()
        print(f"Changed the payment terms of {acme.name} to {acme.payment_terms}.")

        emulator.set_balance(acme.id, total_outstanding=470, available_credits=50, past_due=True)
        balance = acme.balance()
        print(f"{acme.name} owes {balance.total_outstanding} and has {balance.available_credits} in credits.")

        for customer in client.Customer.all(open_balance=True):
            for email in customer.send_statement(type="open_item"):
                print(f"Sent a statement to {email.email}: {email.subject}")

        try:
            client.Customer.find(number="CUST-9999")
        except invoiced.NotFoundError as error:
            print(f"\nAnd this is what an error says:\n{error}")


if __name__ == "__main__":
    main()
