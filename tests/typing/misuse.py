"""Errors that the type checkers must report, line by line. Type-checked, but not run."""

import invoiced

client = invoiced.Client("key")
customer = client.Customer.retrieve(1)
contact = customer.contacts().retrieve(1)

client.Customer.delete()  # error
client.Customer.save()  # error
client.Customer.balance()  # error
client.Customer.contacts()  # error
client.Contact.list()  # error
client.Card.list()  # error
client.Customers.list()  # error
client.Customer.create(nmae="x")  # error
client.Customer.create(name="Acme", nmae="x")  # error
client.Customer.create()  # error
client.Customer.create(name=5)  # error
customer.send_statement(type="openitem")  # error
client.Customer.retrieve()  # error
client.Customer.retrieve(None)  # error
client.Customer.list(filtre={})  # error
client.Customer.find(nmae="x")  # error
client.Customer.all()[0]  # error

customer.create()  # error
customer.retrieve(2)  # error
customer.list()  # error
customer.nmae  # error
customer.nmae = "x"  # error
customer.name = 5  # error
customer.balance.past_due  # error
customer.save(nmae="x")  # error
customer.contacts.list()  # error
customer.send_statement(to="a@example.com")  # error
customer.send_statement(to=[{"name": "A"}])  # error
contact.save(nmae="x")  # error
contact.contacts()  # error

invoiced.Customer(client)  # error
invoiced.Client("key", "false")  # error
invoiced.Client("key", timeout="30")  # error
invoiced.Client(None)  # error
invoiced.Client(access_token=None)  # error
client.api_key = "key"  # error
client.api_url = "https://api.invoiced.com"  # error
client.ReadTimeout = 20  # error
client.with_options(rate="5")  # error
client.with_options(rate_limit=5)  # error
client.rate_limit = invoiced.RateLimit(5)  # error
