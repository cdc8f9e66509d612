"""Estimates."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Required, Self, TypedDict, Unpack
from ..list import List
from ..options import ListParams, Options, PageParams, WriteParams
from ..values import Amount, Timestamp
from .emails import DocumentEmail
from .line_items import DiscountInput, LineItemInput, TaxInput
from .pdfs import Downloadable
from .shipping import ShippingDetail
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .attachments import Attachment
    from .customers import Customer
    from .emails import Email
    from .invoices import Invoice
    from .line_items import Discount, LineItem, Tax


class EstimateApproval(TypedDict, total=False):
    """Approval of an estimate in the portal."""

    id: int
    """ID."""
    initials: str
    """Initials of the approver in capitals."""
    ip: str
    """IP address of the approver."""
    timestamp: int
    """Time of approval in Unix seconds."""
    user_agent: str
    """Browser user agent of the approver."""


class _EstimateFields(WriteParams, total=False):
    """Fields of an estimate accepted by create() and save()."""

    name: str | None
    """Internal name."""
    number: str
    """Reference number of the estimate, unique per account among estimates (first sequence: `EST-` and five digits)."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    date: Timestamp
    """Date of the estimate in Unix seconds."""
    expiration_date: Timestamp | None
    """When the offer expires, in Unix seconds, or null."""
    payment_terms: str | None
    """Payment terms for the later invoice, or null."""
    purchase_order: str | None
    """Purchase order number of the customer, or null."""
    draft: bool
    """True until the estimate is issued."""
    closed: bool
    """True when the estimate takes no more changes; set by the API when it is used up."""
    notes: str | None
    """Notes printed on the document, or null."""
    ship_to: ShippingDetail | None
    """Shipping address, or null."""
    deposit: Amount
    """Deposit asked for up front, in currency units; 0 when none."""
    deposit_paid: bool
    """Whether the deposit is paid."""
    disabled_payment_methods: Sequence[str]
    """Payment methods to switch off; replaces the earlier list."""
    sent: bool
    """Whether it was sent."""
    discount: Amount
    """Short form: one plain discount amount in currency units in place of `discounts`."""
    tax: Amount
    """Short form: one plain tax amount in currency units in place of `taxes`."""
    pdf_attachment: int
    """ID of the attached file to show in place of the generated PDF."""
    approved: str | None
    """Initials of the person who approved, in capitals when given in the portal, or null"""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class EstimateCreate(_EstimateFields, total=False):
    """Fields of an estimate accepted by create()."""

    customer: Required[int | Mapping[str, Any]]
    """Customer to bill: an ID, an object with `id`, or the parameters of a customer to create; must exist and be
    active."""
    invoice: int | None
    """Invoice made from the estimate, or null."""
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


class EstimateUpdate(_EstimateFields, total=False):
    """Fields of an estimate accepted by save()."""

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


class EstimateList(ListParams, total=False):
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
    total: str
    """JSON pair of an operator and a number, such as `[">=",100]`, compared with the total."""


class EstimateFilter(Options, total=False):
    """Fields of an estimate that find() can match."""

    id: int
    """ID."""
    customer: int
    """Customer of the estimate, an ID unless expanded."""
    invoice: int
    """Invoice made from the estimate, or null."""
    name: str
    """Internal name."""
    number: str
    """Reference number of the estimate, unique per account among estimates (first sequence: `EST-` and five digits)."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    draft: bool
    """True until the estimate is issued."""
    closed: bool
    """True when the estimate takes no more changes; set by the API when it is used up."""
    approved: str | bool
    """Initials of the person who approved, in capitals when given in the portal, or null"""
    status: str
    """State of the estimate."""
    date: Timestamp
    """Date of the estimate in Unix seconds."""
    expiration_date: Timestamp
    """When the offer expires, in Unix seconds, or null."""
    payment_terms: str
    """Payment terms for the later invoice, or null."""
    purchase_order: str
    """Purchase order number of the customer, or null."""
    notes: str
    """Notes printed on the document, or null."""
    subtotal: Amount
    """Sum of the line amounts in currency units before discounts, without taxes that are included in prices."""
    total: Amount
    """Subtotal less all discounts plus all taxes, in currency units; never negative."""
    deposit: Amount
    """Deposit asked for up front, in currency units; 0 when none."""
    deposit_paid: bool
    """Whether the deposit is paid."""
    url: str
    """Page in the customer portal, null once voided."""
    pdf_url: str
    """Download address of the PDF, null once voided."""
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
    last_sent: Timestamp
    """When it was last sent, in Unix seconds, or null."""
    customerName: str
    """Name of the customer."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class Estimate(Downloadable, Refreshable, Updatable, Deletable):
    """A quote for a customer; nothing is owed until it is invoiced (chapter "Estimates")."""

    __slots__ = ()

    _path = "estimates"
    _type = "estimate"
    _instead = {"attachments": "list_attachments()", "invoice": "make_invoice()"}

    id: int
    """ID."""
    customer: "int | Customer"
    """Customer of the estimate, an ID unless expanded."""
    invoice: "int | Invoice | None"
    """Invoice made from the estimate, or null."""
    name: str | None
    """Internal name."""
    number: str
    """Reference number of the estimate, unique per account among estimates (first sequence: `EST-` and five digits)."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    draft: bool
    """True until the estimate is issued."""
    closed: bool
    """True when the estimate takes no more changes; set by the API when it is used up."""
    approved: str | bool | None
    """Initials of the person who approved, in capitals when given in the portal, or null"""
    status: str
    """State of the estimate."""
    date: int
    """Date of the estimate in Unix seconds."""
    expiration_date: int | None
    """When the offer expires, in Unix seconds, or null."""
    payment_terms: str | None
    """Payment terms for the later invoice, or null."""
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
    ship_to: "ShippingDetail | None"
    """Shipping address, or null."""
    total: Any
    """Subtotal less all discounts plus all taxes, in currency units; never negative."""
    deposit: Any
    """Deposit asked for up front, in currency units; 0 when none."""
    deposit_paid: bool
    """Whether the deposit is paid."""
    url: str | None
    """Page in the customer portal, null once voided."""
    pdf_url: str | None
    """Download address of the PDF, null once voided."""
    shipping: list[Any]
    """Shipping charges of an old feature; an empty list today."""
    approval: EstimateApproval | None
    """Record of the approval in the portal, or null."""
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
    last_sent: int | None
    """When it was last sent, in Unix seconds, or null."""
    customerName: str
    """Name of the customer."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[EstimateUpdate]) -> bool:
        """Update the estimate: PATCH /estimates/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def send(self, **params: Unpack[DocumentEmail]) -> "list[Email]":
        """Send an estimate by e-mail: POST /estimates/:id/emails."""
        from .emails import Email

        return self._post_all("emails", params, Email)

    def list_attachments(self, **params: Unpack[PageParams]) -> "tuple[list[Attachment], List]":
        """List attachments of an estimate: GET /estimates/:id/attachments."""
        from .attachments import Attachment

        return self._page("attachments", params, Attachment)

    def void(self, **params: Unpack[WriteParams]) -> Self:
        """Void an estimate: POST /estimates/:id/void. Return it with its new fields."""
        return self._change("POST", ("void",), params)

    def make_invoice(self, **params: Any) -> "Invoice":
        """Make an invoice from an estimate: POST /estimates/:id/invoice."""
        from .invoices import Invoice

        return self._post("invoice", params, Invoice)


class Estimates(Retrievable[Estimate]):
    """The estimates of an account, as `client.Estimate`."""

    _object = Estimate

    def create(self, **params: Unpack[EstimateCreate]) -> Estimate:
        """Create an estimate: POST /estimates."""
        return self._create(params)

    def find(self, **filter: Unpack[EstimateFilter]) -> Estimate:
        """Find the one estimate that matches these fields: GET /estimates."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[EstimateList]
    ) -> Generator[Estimate, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[EstimateList]) -> tuple[list[Estimate], List]:
        """Fetch one page: GET /estimates. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
