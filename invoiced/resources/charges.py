"""Charges."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._compat import Required, Unpack
from ..options import WriteParams
from ..values import Amount
from .payments import PaymentApplicationInput
from .verbs import Refreshable, Retrievable

if TYPE_CHECKING:
    from .customers import Customer
    from .payment_sources import BankAccount, Card
    from .payments import Payment
    from .refunds import Refund


class ChargeCreate(WriteParams, total=False):
    """Fields of a charge accepted by create()."""

    customer: Required[int]
    """Charged customer; charges nested in a payment have only `customer_id`."""
    method: str
    """Payment method, required unless a stored source is given."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Amount
    """Amount charged in currency units, convenience fee included."""
    invoiced_token: str
    """Token made by invoiced.js, valid once and for two hours."""
    gateway_token: str
    """Token made by the payment gateway."""
    payment_source_type: Literal["card", "bank_account"]
    """Kind of stored source."""
    payment_source_id: int
    """ID of the stored source; ignored if it is another customer's or not chargeable."""
    vault_method: bool
    """Whether to store the source with the customer."""
    make_default: bool
    """With `vault_method`, whether it becomes the default source."""
    receipt_email: str
    """Comma-separated addresses the receipt went to."""
    applied_to: Required[Sequence[PaymentApplicationInput]]
    """Applications of the charge; types `invoice`, `estimate`, `credit`, `applied_credit` and `credit_note` only, the
    last two with `document_type`."""
    cvc: str
    """Card security code, three or four digits."""
    payment_method: str
    """Kind of payment details sent directly."""
    account_holder_name: str
    """Bank account holder, for direct ACH details."""
    account_holder_type: Literal["company", "individual"]
    """Kind of account holder."""
    account_number: str
    """Bank account number, for direct ACH details."""
    routing_number: str
    """Bank routing number, for direct ACH details."""
    apply_convenience_fee: bool
    """Whether the convenience fee of the method is added."""
    notes: str
    """Notes of the payment."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class Charge(Refreshable):
    """A payment processed through a gateway (chapter "Charges")."""

    __slots__ = ()

    _path = "charges"
    _type = "charge"

    id: int
    """ID."""
    customer: "int | Customer | None"
    """Charged customer; charges nested in a payment have only `customer_id`."""
    customer_id: int | None
    """ID of the charged customer."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Any
    """Amount charged in currency units, convenience fee included."""
    gateway: str | None
    """Gateway used."""
    gateway_id: str | None
    """Transaction ID at the gateway."""
    status: str
    """State at the gateway."""
    receipt_email: str | None
    """Comma-separated addresses the receipt went to."""
    failure_message: str | None
    """Why the charge failed, or null."""
    payment_source: "Card | BankAccount | None"
    """Source that was charged, or null."""
    amount_refunded: Any
    """Sum of refunds that did not fail, in currency units."""
    refunded: bool
    """Whether it is fully refunded."""
    refunds: "list[Refund]"
    """Refunds; nested ones have `charge_id` but no `charge`."""
    disputed: bool
    """Whether the payer disputes it."""
    payment: int | None
    """ID of the payment made by the charge, null when it failed; not on nested charges."""
    payment_id: int | None
    """ID of the payment made by the charge, null when it failed."""
    description: str | None
    """Text sent to the gateway."""
    merchant_account_id: int | None
    """Merchant account used, or null."""
    payment_flow_id: int | None
    """Payment flow it came from, or null."""
    merchant_account_transaction_id: int | None
    """Ledger entry of the merchant account, or null."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""


class Charges(Retrievable[Charge]):
    """The charges of an account, as `client.Charge`."""

    _object = Charge

    def create(self, **params: Unpack[ChargeCreate]) -> "Payment | None":
        """Perform a charge: POST /charges."""
        from .payments import Payment

        return self._create_optional(Payment, params)
