"""Invoice params."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from .._compat import Required
from ..options import ListParams, Options, WriteParams
from ..values import Amount, Timestamp
from .line_items import DiscountInput, LineItemInput, TaxInput
from .shipping import ShippingDetail


class _InvoiceFields(WriteParams, total=False):
    """Fields of an invoice accepted by create() and save()."""

    name: str | None
    """Internal name."""
    number: str
    """Reference number of the invoice, unique per account among invoices (first sequence: `INV-` and five digits)."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    autopay: bool
    """Whether the invoice is charged automatically."""
    payment_terms: str | None
    """Payment terms, such as `NET 30`; the API puts `AutoPay` or `Payment Plan` there itself."""
    purchase_order: str | None
    """Purchase order number of the customer, or null."""
    date: Timestamp
    """Date of the invoice in Unix seconds."""
    due_date: Timestamp | None
    """When payment is due, in Unix seconds; null when the terms give no date."""
    draft: bool
    """True until the invoice is issued."""
    closed: bool
    """True when the invoice takes no more changes; set by the API when it is used up."""
    notes: str | None
    """Notes printed on the document, or null."""
    ship_to: ShippingDetail | None
    """Shipping address, or null."""
    disabled_payment_methods: Sequence[str]
    """Payment methods to switch off; replaces the earlier list."""
    sent: bool
    """Whether it was sent."""
    late_fees: bool
    """Whether late fees may be added."""
    next_payment_attempt: Timestamp | None
    """When the next automatic charge is planned, in Unix seconds, or null."""
    discount: Amount
    """Short form: one plain discount amount in currency units in place of `discounts`."""
    tax: Amount
    """Short form: one plain tax amount in currency units in place of `taxes`."""
    pdf_attachment: int
    """ID of the attached file to show in place of the generated PDF."""
    chase: bool
    """Whether the older chasing feature sends reminders for it."""
    needs_attention: bool
    """Whether the invoice is flagged for attention."""
    expected_payment_date: Mapping[str, Any]
    """Latest promise to pay with `date`, `method` and `reference`, or null."""
    tags: Sequence[str]
    """Labels of the invoice."""
    accounting_id: str
    """ID of the object in the accounting system; used together with `accounting_system`."""
    accounting_system: str
    """Name of the accounting system; an unknown one is refused."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class InvoiceCreate(_InvoiceFields, total=False):
    """Fields of an invoice accepted by create()."""

    customer: Required[int | Mapping[str, Any]]
    """Customer to bill: an ID, an object with `id`, or the parameters of a customer to create; must exist and be
    active."""
    items: Sequence[LineItemInput]
    """Lines in their order."""
    discounts: Sequence[str | DiscountInput]
    """Discounts on the document as a whole."""
    taxes: Sequence[str | TaxInput]
    """Taxes on the document as a whole."""
    attachments: Sequence[int]
    """IDs of files to attach."""
    calculate_taxes: bool
    """Whether customer taxes and tax rules are added to the given taxes."""
    send: bool
    """True e-mails the document to the default contacts after creation."""
    subscription: int | None
    """Subscription that made the invoice, or null."""
    delivery: Mapping[str, Any]
    """Reminder set-up of the invoice; other keys are refused."""


class InvoiceUpdate(_InvoiceFields, total=False):
    """Fields of an invoice accepted by save()."""

    items: Sequence[LineItemInput]
    """Lines in their order; replaces the list, lines not named by `id` are deleted."""
    discounts: Sequence[str | DiscountInput]
    """Discounts on the document as a whole; replaces the list."""
    taxes: Sequence[str | TaxInput]
    """Taxes on the document as a whole; replaces the list."""
    attachments: Sequence[int]
    """IDs of files to attach; replaces the attachments, left out keeps them."""
    calculate_taxes: bool
    """True replaces the document taxes by the assessed ones."""


class InvoiceList(ListParams, total=False):
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
    date_column: Literal["date", "due_date"]
    """Date that `start_date` and `end_date` look at."""
    tags: Sequence[str]
    """Only invoices with one of these labels, sent as `tags[]=x`."""
    payment_plan: Literal["1", "0", "needs_approval"]
    """Only invoices with (1), without (0) or with an unapproved (`needs_approval`) payment plan."""
    payment_attempted: Literal["1", "0"]
    """Only invoices with (1) or without (0) a payment attempt."""
    broken_promises: Literal["1", "0"]
    """Value 1 lists open invoices whose promise to pay has passed."""
    customer_payment_info: Literal["0"]
    """Value 0 lists invoices of customers without a default payment source."""
    total: str
    """JSON pair of an operator and a number, such as `[">=",100]`, compared with the total."""
    balance: str
    """JSON pair of an operator and a number, such as `[">",0]`, compared with the balance."""
    chasing: Literal["1", "0"]
    """Only invoices with (1) or without (0) active reminders."""
    cadence: int
    """Only invoices with this invoice chasing cadence."""


class InvoiceFilter(Options, total=False):
    """Fields of an invoice that find() can match."""

    id: int
    """ID."""
    customer: int
    """Customer of the invoice, an ID unless expanded."""
    name: str
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
    next_payment_attempt: Timestamp
    """When the next automatic charge is planned, in Unix seconds, or null."""
    subscription: int
    """Subscription that made the invoice, or null."""
    subscription_id: int
    """Same value as `subscription` before expansion."""
    date: Timestamp
    """Date of the invoice in Unix seconds."""
    due_date: Timestamp
    """When payment is due, in Unix seconds; null when the terms give no date."""
    payment_terms: str
    """Payment terms, such as `NET 30`; the API puts `AutoPay` or `Payment Plan` there itself."""
    purchase_order: str
    """Purchase order number of the customer, or null."""
    notes: str
    """Notes printed on the document, or null."""
    subtotal: Amount
    """Sum of the line amounts in currency units before discounts, without taxes that are included in prices."""
    total: Amount
    """Subtotal less all discounts plus all taxes, in currency units; never negative."""
    balance: Amount
    """Total less payments and credits in currency units; negative after overpayment, zero when voided."""
    payment_plan: int
    """Payment plan of the invoice, or null."""
    url: str
    """Page in the customer portal, null once voided."""
    payment_url: str
    """Payment page; null when closed, paid, pending or voided, and on AutoPay invoices that will be charged by
    themselves."""
    pdf_url: str
    """Download address of the PDF, null once voided."""
    csv_url: str
    """Download address of a CSV file, null once voided."""
    needs_attention: bool
    """Whether the invoice is flagged for attention."""
    late_fees: bool
    """Whether late fees may be added."""
    chase: bool
    """Whether the older chasing feature sends reminders for it."""
    next_chase_on: Timestamp
    """When the older chasing feature acts next, in Unix seconds, or null."""
    network_document: int
    """ID of the document in the business network, or null."""
    network_document_id: int
    """Same value as `network_document`."""
    sent: bool
    """Whether it was sent."""
    viewed: bool
    """Whether the customer opened it."""
    voided: bool
    """Whether it is voided; `status` shows it, too."""
    date_voided: Timestamp
    """When it was voided, in Unix seconds."""
    xml_url: str
    """Download address of the UBL file, null once voided."""
    date_paid: Timestamp
    """When it was paid in full, in Unix seconds, or null."""
    date_bad_debt: Timestamp
    """When it was written off, in Unix seconds, or null."""
    amount_paid: Amount
    """Sum of payments applied, in currency units."""
    amount_credited: Amount
    """Sum of credit notes applied, in currency units."""
    amount_written_off: Amount
    """Amount written off as bad debt, in currency units."""
    last_sent: Timestamp
    """When it was last sent, in Unix seconds, or null."""
    collection_mode: str
    """Older name of the AutoPay setting."""
    consolidated: bool
    """Whether it was made by consolidation."""
    consolidated_invoice_id: int
    """Invoice that replaced this one by consolidation, or null."""
    customerName: str
    """Name of the customer."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""
