"""Invoices."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .._compat import Self, Unpack
from ..list import List
from ..options import Options, PageParams, WriteParams
from .emails import DocumentEmail
from .invoice_params import InvoiceCreate, InvoiceFilter, InvoiceList, InvoiceUpdate
from .letters import DocumentLetter
from .pdfs import Downloadable
from .text_messages import DocumentTextMessage
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .accounting import AccountingSyncStatus
    from .attachments import Attachment
    from .customers import Customer
    from .emails import Email
    from .letters import Letter
    from .line_items import Discount, LineItem, Tax
    from .notes import NestedNotes
    from .payment_plans import PaymentPlan, PaymentPlans
    from .payment_sources import BankAccount, Card
    from .shipping import ShippingDetail
    from .subscriptions import Subscription
    from .text_messages import TextMessage


class Invoice(Downloadable, Refreshable, Updatable, Deletable):
    """An amount a customer owes (chapter "Invoices")."""

    __slots__ = ()

    _path = "invoices"
    _type = "invoice"
    _instead = {"notes": "list_notes()", "attachments": "list_attachments()", "payment_plan": "payment_plans()"}

    id: int
    """ID."""
    customer: "int | Customer"
    """Customer of the invoice, an ID unless expanded."""
    name: str | None
    """Internal name."""
    number: str
    """Reference number of the invoice, unique per account among invoices (first sequence: `INV-` and five digits)."""
    autopay: bool
    """Whether the invoice is charged automatically."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    draft: bool
    """True until the invoice is issued."""
    closed: bool
    """True when the invoice takes no more changes; set by the API when it is used up."""
    paid: bool
    """True when an issued invoice has no balance left; false on drafts, voided and written off invoices."""
    status: str
    """State of the invoice, worked out on every change."""
    attempt_count: int
    """Number of automatic payment attempts so far."""
    next_payment_attempt: int | None
    """When the next automatic charge is planned, in Unix seconds, or null."""
    subscription: "int | Subscription | None"
    """Subscription that made the invoice, or null."""
    subscription_id: int | None
    """Same value as `subscription` before expansion."""
    date: int
    """Date of the invoice in Unix seconds."""
    due_date: int | None
    """When payment is due, in Unix seconds; null when the terms give no date."""
    payment_terms: str | None
    """Payment terms, such as `NET 30`; the API puts `AutoPay` or `Payment Plan` there itself."""
    purchase_order: str | None
    """Purchase order number of the customer, or null."""
    items: "list[LineItem]"
    """Lines in their order."""
    notes: str | None
    """Notes printed on the document, or null."""
    subtotal: Any
    """Sum of the line amounts in currency units before discounts, without taxes that are included in prices."""
    discounts: "list[Discount]"
    """Discounts on the document as a whole."""
    taxes: "list[Tax]"
    """Taxes on the document as a whole."""
    total: Any
    """Subtotal less all discounts plus all taxes, in currency units; never negative."""
    balance: Any
    """Total less payments and credits in currency units; negative after overpayment, zero when voided."""
    ship_to: "ShippingDetail | None"
    """Shipping address, or null."""
    payment_plan: "int | PaymentPlan | None"
    """Payment plan of the invoice, or null."""
    url: str | None
    """Page in the customer portal, null once voided."""
    payment_url: str | None
    """Payment page; null when closed, paid, pending or voided, and on AutoPay invoices that will be charged by
    themselves."""
    pdf_url: str | None
    """Download address of the PDF, null once voided."""
    csv_url: str | None
    """Download address of a CSV file, null once voided."""
    payment_source: "Card | BankAccount | None"
    """Payment source fixed for this invoice, or null when the one of the customer is used."""
    shipping: list[Any]
    """Shipping charges of an old feature; an empty list today."""
    disabled_payment_methods: dict[str, Any]
    """Map from payment method ID to whether it is switched off for the invoice."""
    needs_attention: bool
    """Whether the invoice is flagged for attention."""
    late_fees: bool
    """Whether late fees may be added."""
    chase: bool
    """Whether the older chasing feature sends reminders for it."""
    next_chase_on: int | None
    """When the older chasing feature acts next, in Unix seconds, or null."""
    network_document: int | None
    """ID of the document in the business network, or null."""
    network_document_id: int | None
    """Same value as `network_document`."""
    sent: bool
    """Whether it was sent."""
    viewed: bool
    """Whether the customer opened it."""
    voided: bool
    """Whether it is voided; `status` shows it, too."""
    date_voided: int | None
    """When it was voided, in Unix seconds."""
    xml_url: str | None
    """Download address of the UBL file, null once voided."""
    date_paid: int | None
    """When it was paid in full, in Unix seconds, or null."""
    date_bad_debt: int | None
    """When it was written off, in Unix seconds, or null."""
    amount_paid: Any
    """Sum of payments applied, in currency units."""
    amount_credited: Any
    """Sum of credit notes applied, in currency units."""
    amount_written_off: Any
    """Amount written off as bad debt, in currency units."""
    last_sent: int | None
    """When it was last sent, in Unix seconds, or null."""
    collection_mode: str
    """Older name of the AutoPay setting."""
    consolidated: bool
    """Whether it was made by consolidation."""
    consolidated_invoice_id: int | None
    """Invoice that replaced this one by consolidation, or null."""
    expected_payment_date: dict[str, Any] | None
    """Latest promise to pay with `date`, `method` and `reference`, or null."""
    tags: list[str]
    """Labels of the invoice."""
    customerName: str
    """Name of the customer."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[InvoiceUpdate]) -> bool:
        """Update the invoice: PATCH /invoices/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def send(self, **params: Unpack[DocumentEmail]) -> "list[Email]":
        """Send an invoice by e-mail: POST /invoices/:id/emails."""
        from .emails import Email

        return self._post_all("emails", params, Email)

    def list_attachments(self, **params: Unpack[PageParams]) -> "tuple[list[Attachment], List]":
        """List attachments of an invoice: GET /invoices/:id/attachments."""
        from .attachments import Attachment

        return self._page("attachments", params, Attachment)

    def void(self, **params: Unpack[WriteParams]) -> Self:
        """Void an invoice: POST /invoices/:id/void. Return it with its new fields."""
        return self._change("POST", ("void",), params)

    def send_sms(self, **params: Unpack[DocumentTextMessage]) -> "list[TextMessage]":
        """Send an invoice by text message: POST /invoices/:id/text_messages."""
        from .text_messages import TextMessage

        return self._post_all("text_messages", params, TextMessage)

    def send_letter(self, **params: Unpack[DocumentLetter]) -> "Letter":
        """Send an invoice by mail: POST /invoices/:id/letters."""
        from .letters import Letter

        return self._post("letters", params, Letter)

    def pay(self, **params: Unpack[WriteParams]) -> Self:
        """Charge an invoice now: POST /invoices/:id/pay. Return it with its new fields."""
        return self._change("POST", ("pay",), params)

    def accounting_sync_status(self, **params: Unpack[Options]) -> "AccountingSyncStatus":
        """Get the accounting sync status: GET /invoices/:id/accounting_sync_status."""
        from .accounting import AccountingSyncStatus

        return self._get("accounting_sync_status", params, AccountingSyncStatus)

    def list_notes(self) -> "NestedNotes":
        """Return the notes of the invoice: list, all, find. No request is sent."""
        from .notes import NestedNotes

        return NestedNotes(self._connection(), parent=self._address())

    def payment_plans(self) -> "PaymentPlans":
        """Return the payment plans of the invoice: create, retrieve. No request is sent."""
        from .payment_plans import PaymentPlans

        return PaymentPlans(self._connection(), parent=self._address())


class Invoices(Retrievable[Invoice]):
    """The invoices of an account, as `client.Invoice`."""

    _object = Invoice

    def create(self, **params: Unpack[InvoiceCreate]) -> Invoice:
        """Create an invoice: POST /invoices."""
        return self._create(params)

    def find(self, **filter: Unpack[InvoiceFilter]) -> Invoice:
        """Find the one invoice that matches these fields: GET /invoices."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[InvoiceList]
    ) -> Generator[Invoice, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[InvoiceList]) -> tuple[list[Invoice], List]:
        """Fetch one page: GET /invoices. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
