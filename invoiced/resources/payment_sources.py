"""Payment sources."""

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from .._compat import Unpack
from ..encoding import Path
from ..list import List
from ..options import PageParams, WriteOptions
from .stored_sources import CardsAndBankAccounts
from .verbs import Deletable

if TYPE_CHECKING:
    from ..client import Client


class Card(Deletable):
    """A stored debit or credit card (chapter "Payment sources")."""

    __slots__ = ()

    _path = "cards"
    _type = "card"
    _fetched_with = "customer.payment_sources().list()"

    id: int
    """ID of the card or bank account."""
    brand: str
    """Card brand, such as `Visa`."""
    last4: str
    """Last four digits of the card or account number."""
    exp_month: int
    """Expiry month, 1 to 12."""
    exp_year: int
    """Expiry year, with two or four digits."""
    funding: str
    """Funding type: `credit`, `debit`, `prepaid` or `unknown`."""
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
    issuing_country: str | None
    """Country of the issuer, or null."""
    gateway_setup_intent: str | None
    """Set-up reference at the gateway, or null."""
    customer_id: int
    """Customer who owns the source."""
    created_at: int
    """Time it was stored, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)


class BankAccount(Deletable):
    """A stored bank account (chapter "Payment sources")."""

    __slots__ = ()

    _path = "bank_accounts"
    _type = "bank_account"
    _fetched_with = "customer.payment_sources().list()"

    id: int
    """ID of the card or bank account."""
    bank_name: str
    """Name of the bank."""
    last4: str
    """Last four digits of the card or account number."""
    routing_number: str | None
    """Bank routing number."""
    verified: bool
    """Whether the account has been verified."""
    currency: str
    """ISO 4217 currency code in lower case."""
    country: str
    """ISO 3166-1 alpha-2 country code of the bank."""
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
    account_holder_name: str | None
    """Account holder, or null."""
    account_holder_type: str | None
    """Kind of account holder, or null."""
    type: str | None
    """Kind of account, or null."""
    gateway_setup_intent: str | None
    """Set-up reference at the gateway, or null."""
    customer_id: int
    """Customer who owns the source."""
    created_at: int
    """Time it was stored, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def __init__(self, client: "Client", id: int | str, values: Mapping[str, Any] = {}, *, parent: Path) -> None:
        super().__init__(client, id, values, parent=parent)


class PaymentSourceCreate(WriteOptions, total=False):
    """Fields of a payment source accepted by create()."""

    method: str
    """Payment method; must be enabled and support AutoPay."""
    make_default: bool
    """Whether it becomes the default source; the former default is then deleted."""
    invoiced_token: str
    """Token made by invoiced.js, valid once and for two hours."""
    gateway_token: str
    """Token made by the payment gateway."""
    payment_method: str
    """Kind of details sent directly."""
    account_number: str
    """Bank account number, for direct ACH details."""
    routing_number: str
    """Bank routing number, for direct ACH details."""
    account_holder_name: str
    """Account holder, for direct ACH details."""
    account_holder_type: Literal["company", "individual"]
    """Kind of account holder."""
    type: Literal["checking", "savings"]
    """Kind of bank account."""
    receipt_email: str
    """E-mail address for receipts of this source."""


class PaymentSourceList(PageParams, total=False):
    """Parameters of list() and all()."""

    include_hidden: Literal["1", "0"]
    """Value 1 also lists sources that can no longer be charged."""


class PaymentSources(CardsAndBankAccounts[Card | BankAccount]):
    """The payment sources of a customer, as `customer.payment_sources()`."""

    _instead = {"retrieve": "list()"}

    def create(self, **params: Unpack[PaymentSourceCreate]) -> Card | BankAccount:
        """Create a payment source: POST /customers/:customer_id/payment_sources."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[PaymentSourceList]
    ) -> Generator[Card | BankAccount, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[PaymentSourceList]) -> tuple[list[Card | BankAccount], List]:
        """Fetch one page: GET /customers/:customer_id/payment_sources.

        Return its records, and a `List` with its links and the total count.
        """
        return self._list(params)
