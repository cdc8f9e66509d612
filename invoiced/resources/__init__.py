"""One module per chapter of the API reference, and the verbs that they share."""

from .contacts import Contact, ContactFilter, ContactParams, Contacts
from .customer_params import CustomerCreate, CustomerFilter, CustomerList, CustomerUpdate, StatementEmail
from .customers import Balance, Customer, Customers
from .emails import Email, EmailRecipient
from .payment_sources import BankAccount, Card

__all__ = [
    "Balance",
    "BankAccount",
    "Card",
    "Contact",
    "ContactFilter",
    "ContactParams",
    "Contacts",
    "Customer",
    "CustomerCreate",
    "CustomerFilter",
    "CustomerList",
    "CustomerUpdate",
    "Customers",
    "Email",
    "EmailRecipient",
    "StatementEmail",
]
