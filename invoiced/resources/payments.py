"""Payments."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .._compat import Required, Self, TypedDict, Unpack
from ..list import List
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .emails import DocumentEmail
from .pdfs import Downloadable
from .verbs import Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .accounting import AccountingSyncStatus
    from .charges import Charge
    from .customers import Customer
    from .emails import Email


class PaymentApplication(TypedDict, total=False):
    """Application of part of a payment."""

    type: str
    """Kind of application: to an invoice, a deposit (`estimate`), the credit balance (`credit`) or a convenience fee;
    from a credit note or the credit balance (`applied_credit`); or a balance correction (`document_adjustment`)."""
    amount: Amount
    """Amount applied, positive, in currency units."""
    invoice: int
    """Invoice concerned; present for `invoice`, and for the three types with `document_type`."""
    estimate: int
    """Estimate concerned."""
    credit_note: int
    """Credit note that is used up."""
    document_type: str
    """Kind of the target document for `credit_note`, `applied_credit` and `document_adjustment`; missing when a credit
    note goes to the credit balance."""


class PaymentApplicationInput(TypedDict, total=False):
    """A part of a payment to apply; a document may occur once per type and payment."""

    id: int
    """ID."""
    type: Required[
        Literal[
            "invoice", "estimate", "credit", "credit_note", "applied_credit", "convenience_fee", "document_adjustment"
        ]
    ]
    """Kind of application."""
    amount: Required[Amount]
    """Amount to apply in currency units, above zero."""
    invoice: int
    """Invoice ID, for `invoice` or `document_type` invoice; must have the currency of the payment and belong to its
    customer or a child of it."""
    estimate: int
    """Estimate ID, for `estimate` or `document_type` estimate."""
    credit_note: int
    """Credit note ID, for `credit_note`, or `document_type` credit_note."""
    document_type: Literal["invoice", "estimate", "credit_note"]
    """Target of `credit_note` (left out: the credit balance), `applied_credit` and `document_adjustment` (required)."""
    short_pay: bool
    """With `invoice`: true also creates a credit note for the total less the amount."""


class _PaymentFields(WriteParams, total=False):
    """Fields of a payment accepted by create() and save()."""

    customer: int | None
    """Payer, or null while unknown."""
    date: Timestamp | None
    """Payment date in Unix seconds."""
    method: str | None
    """Instrument used."""
    currency: str | None
    """Three-letter ISO 4217 currency code, returned in lower case."""
    reference: str | None
    """Reference, such as a check number; the gateway ID on charges."""
    ach_sender_id: str | None
    """ACH originator ID."""
    source: str | None
    """Origin of the payment."""
    notes: str | None
    """Internal notes."""
    accounting_id: str
    """ID of the object in the accounting system; used together with `accounting_system`."""
    accounting_system: str
    """Name of the accounting system; an unknown one is refused."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class PaymentCreate(_PaymentFields, total=False):
    """Fields of a payment accepted by create()."""

    amount: Required[Amount]
    """Amount received in currency units; zero when only credits are applied."""
    applied_to: Sequence[PaymentApplicationInput]
    """Applications of the payment; the cash types together may not exceed the amount."""
    attachments: Sequence[int]
    """IDs of files to attach."""


class PaymentUpdate(_PaymentFields, total=False):
    """Fields of a payment accepted by save()."""

    amount: Amount
    """Amount received in currency units; zero when only credits are applied."""
    applied_to: Sequence[PaymentApplicationInput]
    """Applications that replace the earlier list; an empty list unapplies the payment; the cash types together may not
    exceed the amount."""
    attachments: Sequence[int]
    """IDs of files to attach; replaces the attachments."""


class PaymentList(ListParams, total=False):
    """Parameters of list() and all()."""

    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    start_date: Timestamp
    """Only objects dated at or after this time."""
    end_date: Timestamp
    """Only objects dated at or before this time."""
    updated_after: Timestamp
    """Only objects changed after this time; those of the same second are left out."""
    updated_before: Timestamp
    """Only objects changed before this time; those of the same second are left out."""
    automation: int
    """Only objects enrolled in the automation workflow with this ID."""
    balance: str
    """JSON pair of an operator and a number, such as `[">",0]`, compared with the balance."""
    amount: str
    """JSON pair of an operator and a number, such as `["=",100]`, compared with the amount."""


class PaymentFilter(Options, total=False):
    """Fields of a payment that find() can match."""

    id: int
    """ID."""
    customer: int
    """Payer, or null while unknown."""
    date: Timestamp
    """Payment date in Unix seconds."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Amount
    """Amount received in currency units; zero when only credits are applied."""
    balance: Amount
    """Part not applied yet, in currency units."""
    matched: bool
    """Whether a suggested match exists; null before the search."""
    voided: bool
    """Whether the payment was voided."""
    status: str
    """Seen in older samples only (`applied`)."""
    method: str
    """ID of a payment method; payments take any text, charges and stored sources only methods that are set up."""
    ach_sender_id: str
    """ACH originator ID."""
    reference: str
    """Reference, such as a check number; the gateway ID on charges."""
    source: str
    """Origin of the payment."""
    notes: str
    """Internal notes."""
    pdf_url: str
    """Download address of the receipt; null until fully applied, without customer, or when voided."""
    bank_feed_transaction: int
    """Bank feed transaction the payment came from, or null."""
    bank_feed_transaction_id: int
    """Same value as `bank_feed_transaction`."""
    surcharge_percentage: Amount
    """Surcharge that the payer paid, as a fraction of the amount (0.03 is 3%); 0 if there is none."""
    external_id: str
    """Identifier at the bank feed."""
    payee: str
    """Payee text of the bank feed."""
    applied: bool
    """Whether the balance is zero."""
    date_voided: Timestamp
    """When it was voided, in Unix seconds."""
    customerName: str
    """Name of the customer, or null."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Payment(Downloadable, Refreshable, Updatable):
    """Money received or credit spent, applied or not (chapter "Payments")."""

    __slots__ = ()

    _path = "payments"
    _type = "payment"

    id: int
    """ID."""
    customer: "int | Customer | None"
    """Payer, or null while unknown."""
    date: int
    """Payment date in Unix seconds."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    amount: Any
    """Amount received in currency units; zero when only credits are applied."""
    balance: Any
    """Part not applied yet, in currency units."""
    matched: bool | None
    """Whether a suggested match exists; null before the search."""
    voided: bool
    """Whether the payment was voided."""
    status: str
    """Seen in older samples only (`applied`)."""
    method: str
    """ID of a payment method; payments take any text, charges and stored sources only methods that are set up."""
    ach_sender_id: str | None
    """ACH originator ID."""
    reference: str | None
    """Reference, such as a check number; the gateway ID on charges."""
    source: str
    """Origin of the payment."""
    notes: str | None
    """Internal notes."""
    charge: "Charge | None"
    """Charge of a payment processed through a gateway, or null; nested it has `customer_id` and `payment_id` but no
    `customer`."""
    applied_to: list[PaymentApplication]
    """Applications of the payment; returned only with `include=applied_to`."""
    pdf_url: str | None
    """Download address of the receipt; null until fully applied, without customer, or when voided."""
    bank_feed_transaction: int | None
    """Bank feed transaction the payment came from, or null."""
    bank_feed_transaction_id: int | None
    """Same value as `bank_feed_transaction`."""
    surcharge_percentage: Any
    """Surcharge that the payer paid, as a fraction of the amount (0.03 is 3%); 0 if there is none."""
    external_id: str | None
    """Identifier at the bank feed."""
    payee: str | None
    """Payee text of the bank feed."""
    applied: bool
    """Whether the balance is zero."""
    date_voided: int | None
    """When it was voided, in Unix seconds."""
    customerName: str | None
    """Name of the customer, or null."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[PaymentUpdate]) -> bool:
        """Update the payment: PATCH /payments/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def void(self, **params: Unpack[Options]) -> Self:
        """Void a payment: DELETE /payments/:id. Return it with its new fields."""
        return self._change("DELETE", (), params)

    def delete(self, **params: Unpack[Options]) -> Self:
        """Do the same as void(), under the name of invoiced 3.0.0: DELETE /payments/:id."""
        return self.void(**params)

    def send(self, **params: Unpack[DocumentEmail]) -> "list[Email]":
        """Send a receipt by e-mail: POST /payments/:id/emails."""
        from .emails import Email

        return self._post_all("emails", params, Email)

    def accounting_sync_status(self, **params: Unpack[Options]) -> "AccountingSyncStatus":
        """Get the accounting sync status: GET /payments/:id/accounting_sync_status."""
        from .accounting import AccountingSyncStatus

        return self._get("accounting_sync_status", params, AccountingSyncStatus)


class Payments(Retrievable[Payment]):
    """The payments of an account, as `client.Payment`."""

    _object = Payment

    def create(self, **params: Unpack[PaymentCreate]) -> Payment:
        """Create a payment: POST /payments."""
        return self._create(params)

    def find(self, **filter: Unpack[PaymentFilter]) -> Payment:
        """Find the one payment that matches these fields: GET /payments."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[PaymentList]
    ) -> Generator[Payment, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[PaymentList]) -> tuple[list[Payment], List]:
        """Fetch one page: GET /payments. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
