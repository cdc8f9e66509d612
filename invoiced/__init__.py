"""The Python client for the Invoiced billing API.

client = invoiced.Client("{API_KEY}")
customer = client.Customer.create(name="Acme", payment_terms="NET 30")
"""

from .client import Client
from .collection import Collection
from .errors import (
    ApiConnectionError,
    ApiError,
    ApiTimeoutError,
    AuthenticationError,
    InvalidRequestError,
    InvoicedError,
    MultipleFoundError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
)
from .list import List
from .messages import Response
from .object import Object
from .resources.contacts import Contact, Contacts
from .resources.customers import Balance, Customer, Customers
from .resources.emails import Email
from .resources.payment_sources import BankAccount, Card
from .version import VERSION

ErrorBase = InvoicedError
"""The name that InvoicedError had in older versions."""

__version__ = VERSION

__all__ = [
    "VERSION",
    "ApiConnectionError",
    "ApiError",
    "ApiTimeoutError",
    "AuthenticationError",
    "Balance",
    "BankAccount",
    "Card",
    "Client",
    "Collection",
    "Contact",
    "Contacts",
    "Customer",
    "Customers",
    "Email",
    "ErrorBase",
    "InvalidRequestError",
    "InvoicedError",
    "List",
    "MultipleFoundError",
    "NotFoundError",
    "Object",
    "PermissionDeniedError",
    "RateLimitError",
    "Response",
    "__version__",
]
