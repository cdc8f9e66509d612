"""Misuse that the type checkers must refuse, line by line. Checked, never run."""

import invoiced

client = invoiced.Client("key")
customer = client.Customer.retrieve(1)
contact = customer.contacts().retrieve(1)

client.Customer.delete()  # refused
client.Customer.save()  # refused
client.Customer.balance()  # refused
client.Customer.contacts()  # refused
client.Contact.list()  # refused
client.Customers.list()  # refused
client.Customer.create(nmae="x")  # refused
client.Customer.create(name="Acme", nmae="x")  # refused
client.Customer.create()  # refused
client.Customer.create(name=5)  # refused
client.Customer.create(name="Acme", type="firm")  # refused
client.Customer.retrieve()  # refused
client.Customer.retrieve(None)  # refused
client.Customer.list(filtre={})  # refused
client.Customer.find(nmae="x")  # refused
client.Customer.all()[0]  # refused

customer.create()  # refused
customer.retrieve(2)  # refused
customer.list()  # refused
customer.nmae  # refused
customer.nmae = "x"  # refused
customer.name = 5  # refused
customer.balance.past_due  # refused
customer.save(nmae="x")  # refused
customer.contacts.list()  # refused
customer.send_statement(to="a@example.com")  # refused
customer.send_statement(to=[{"name": "A"}])  # refused
contact.save(nmae="x")  # refused
contact.contacts()  # refused

invoiced.Customer(client)  # refused
invoiced.Client("key", "false")  # refused
invoiced.Client("key", timeout="30")  # refused
