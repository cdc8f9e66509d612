"""Chapter "Payment Sources": stored cards and bank accounts."""

from __future__ import annotations

from ..object import Object


class PaymentSource(Object):
    """What cards and bank accounts have in common (chapter "Payment Sources")."""

    __slots__ = ()

    id: int
    """Id of the card or bank account."""
    last4: str
    """Last four digits of the number."""
    chargeable: bool
    """Whether it can be charged."""
    failure_reason: str | None
    """Why it cannot be charged."""
    gateway: str | None
    """Payment gateway that keeps it."""
    gateway_customer: str | None
    """Id of the customer at the gateway."""
    gateway_id: str | None
    """Id of the card or bank account at the gateway."""
    merchant_account: int | None
    """Id of the merchant account."""
    receipt_email: str | None
    """Where receipts are sent."""
    created_at: int
    """When it was stored, in Unix seconds."""
    updated_at: int
    """When it last changed, in Unix seconds."""


class Card(PaymentSource):
    """A stored debit or credit card (chapter "Payment Sources")."""

    __slots__ = ()

    _path = "cards"
    _type = "card"

    brand: str
    """Brand, such as `Visa`."""
    exp_month: int
    """Month of expiry, 1 to 12."""
    exp_year: int
    """Year of expiry; the reference shows two digits as well as four."""
    funding: str
    """`credit`, `debit`, `prepaid` or `unknown`."""


class BankAccount(PaymentSource):
    """A stored bank account (chapter "Payment Sources")."""

    __slots__ = ()

    _path = "bank_accounts"
    _type = "bank_account"

    bank_name: str
    """Name of the bank."""
    routing_number: str
    """Routing number of the bank."""
    verified: bool
    """Whether the account was verified."""
    currency: str
    """ISO 4217 code, in lower case."""
    country: str
    """Country of the bank, ISO 3166-1 alpha-2."""
