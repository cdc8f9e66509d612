"""One module per chapter of the API reference, and the verbs that they share."""

from .contacts import Contact, Contacts
from .customers import Balance, Customer, Customers
from .emails import Email
from .payment_sources import BankAccount, Card

__all__ = ["Balance", "BankAccount", "Card", "Contact", "Contacts", "Customer", "Customers", "Email"]
