"""One module per chapter of the API reference, and the verbs that they share."""

from .contacts import Contact, ContactFilter, ContactParams, Contacts
from .customers import (
    Balance,
    Customer,
    CustomerCreate,
    CustomerFilter,
    CustomerList,
    Customers,
    CustomerUpdate,
    StatementEmail,
)
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
