"""Resources of the API, one module for each, and the methods they share."""

from .balances import Balance
from .contacts import Contact, ContactFilter, ContactParams, Contacts
from .customer_params import CustomerCreate, CustomerFilter, CustomerList, CustomerUpdate, StatementEmail
from .customers import Customer, Customers
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
