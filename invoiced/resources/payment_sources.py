"""Stored cards and bank accounts (chapter "Payment Sources")."""

from __future__ import annotations

from ..object import Object


class PaymentSource(Object):
    """Base class of cards and bank accounts (chapter "Payment Sources")."""

    __slots__ = ()

    id: int
    """ID of the card or bank account."""
    last4: str
    """Last four digits of the card or account number."""
    chargeable: bool
    """Whether it can be charged."""
    failure_reason: str | None
    """Why it cannot be charged."""
    gateway: str | None
    """Payment gateway that stores it."""
    gateway_customer: str | None
    """Customer ID at the gateway."""
    gateway_id: str | None
    """ID of the card or bank account at the gateway."""
    merchant_account: int | None
    """Merchant account ID."""
    receipt_email: str | None
    """E-mail address for receipts."""
    created_at: int
    """Time it was stored, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Card(PaymentSource):
    """A stored debit or credit card (chapter "Payment Sources")."""

    __slots__ = ()

    _path = "cards"
    _type = "card"

    brand: str
    """Card brand, such as `Visa`."""
    exp_month: int
    """Expiry month, 1 to 12."""
    exp_year: int
    """Expiry year, with two or four digits."""
    funding: str
    """Funding type: `credit`, `debit`, `prepaid` or `unknown`."""


class BankAccount(PaymentSource):
    """A stored bank account (chapter "Payment Sources")."""

    __slots__ = ()

    _path = "bank_accounts"
    _type = "bank_account"

    bank_name: str
    """Name of the bank."""
    routing_number: str
    """Bank routing number."""
    verified: bool
    """Whether the account has been verified."""
    currency: str
    """ISO 4217 currency code in lower case."""
    country: str
    """ISO 3166-1 alpha-2 country code of the bank."""
