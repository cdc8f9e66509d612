"""Credit notes."""

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._compat import Self, Unpack
from ..list import List
from ..options import ListParams, Options, PageParams, WriteParams
from ..values import Amount, Timestamp
from .emails import DocumentEmail
from .line_items import DiscountInput, LineItemInput, TaxInput
from .pdfs import Downloadable
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .attachments import Attachment
    from .customers import Customer
    from .emails import Email
    from .invoices import Invoice
    from .line_items import Discount, LineItem, Tax


class _CreditNoteFields(WriteParams, total=False):
    """Fields of a credit note accepted by create() and save()."""

    name: str | None
    """Internal name."""
    number: str
    """Reference number of the credit note, unique per account among credit notes (first sequence: `CN-` and five
    digits)."""
    purchase_order: str | None
    """Purchase order number of the customer, or null."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    date: Timestamp
    """Date of the credit note in Unix seconds."""
    draft: bool
    """True until the credit note is issued."""
    closed: bool
    """True when the credit note takes no more changes; set by the API when it is used up."""
    notes: str | None
    """Notes printed on the document, or null."""
    sent: bool
    """Whether it was sent."""
    discount: Amount
    """Short form: one plain discount amount in currency units in place of `discounts`."""
    tax: Amount
    """Short form: one plain tax amount in currency units in place of `taxes`."""
    pdf_attachment: int
    """ID of the attached file to show in place of the generated PDF."""
    accounting_id: str
    """ID of the object in the accounting system; used together with `accounting_system`."""
    accounting_system: str
    """Name of the accounting system; an unknown one is refused."""
    metadata: Mapping[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""


class CreditNoteCreate(_CreditNoteFields, total=False):
    """Fields of a credit note accepted by create()."""

    customer: int | Mapping[str, Any]
    """Customer to bill: an ID, an object with `id`, or the parameters of a customer to create; must exist and be
    active."""
    invoice: int | None
    """Invoice the note was issued against, or null."""
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


class CreditNoteUpdate(_CreditNoteFields, total=False):
    """Fields of a credit note accepted by save()."""

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


class CreditNoteList(ListParams, total=False):
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


class CreditNoteFilter(Options, total=False):
    """Fields of a credit note that find() can match."""

    id: int
    """ID."""
    customer: int
    """Customer of the credit note, an ID unless expanded."""
    invoice: int
    """Invoice the note was issued against, or null."""
    name: str
    """Internal name."""
    number: str
    """Reference number of the credit note, unique per account among credit notes (first sequence: `CN-` and five
    digits)."""
    purchase_order: str
    """Purchase order number of the customer, or null."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    draft: bool
    """True until the credit note is issued."""
    closed: bool
    """True when the credit note takes no more changes; set by the API when it is used up."""
    paid: bool
    """True when an issued note has no balance left."""
    status: str
    """State of the note."""
    date: Timestamp
    """Date of the credit note in Unix seconds."""
    notes: str
    """Notes printed on the document, or null."""
    subtotal: Amount
    """Sum of the line amounts in currency units before discounts, without taxes that are included in prices."""
    total: Amount
    """Subtotal less all discounts plus all taxes, in currency units; never negative."""
    balance: Amount
    """Total less what was applied to invoices, moved to the credit balance or refunded, in currency units; zero when
    voided."""
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
    amount_applied_to_invoice: Amount
    """Amount applied to invoices, in currency units."""
    amount_credited: Amount
    """Amount moved to the credit balance, in currency units."""
    amount_refunded: Amount
    """Amount refunded, in currency units."""
    consolidated_invoice_id: int
    """Consolidated invoice that includes the credit note, or null."""
    customerName: str
    """Name of the customer."""
    created_at: Timestamp
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: Timestamp
    """Time of the last change, as a Unix timestamp in seconds."""


class CreditNote(Downloadable, Refreshable, Updatable, Deletable):
    """An amount owed to a customer; all amounts are positive (chapter "Credit notes")."""

    __slots__ = ()

    _path = "credit_notes"
    _type = "credit_note"
    _instead = {"attachments": "list_attachments()"}

    id: int
    """ID."""
    customer: "int | Customer"
    """Customer of the credit note, an ID unless expanded."""
    invoice: "int | Invoice | None"
    """Invoice the note was issued against, or null."""
    name: str | None
    """Internal name."""
    number: str
    """Reference number of the credit note, unique per account among credit notes (first sequence: `CN-` and five
    digits)."""
    purchase_order: str | None
    """Purchase order number of the customer, or null."""
    currency: str
    """Three-letter ISO 4217 currency code, returned in lower case."""
    draft: bool
    """True until the credit note is issued."""
    closed: bool
    """True when the credit note takes no more changes; set by the API when it is used up."""
    paid: bool
    """True when an issued note has no balance left."""
    status: str
    """State of the note."""
    date: int
    """Date of the credit note in Unix seconds."""
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
    """Total less what was applied to invoices, moved to the credit balance or refunded, in currency units; zero when
    voided."""
    url: str | None
    """Page in the customer portal, null once voided."""
    pdf_url: str | None
    """Download address of the PDF, null once voided."""
    shipping: list[Any]
    """Shipping charges of an old feature; an empty list today."""
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
    amount_applied_to_invoice: Any
    """Amount applied to invoices, in currency units."""
    amount_credited: Any
    """Amount moved to the credit balance, in currency units."""
    amount_refunded: Any
    """Amount refunded, in currency units."""
    consolidated_invoice_id: int | None
    """Consolidated invoice that includes the credit note, or null."""
    customerName: str
    """Name of the customer."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[CreditNoteUpdate]) -> bool:
        """Update the credit note: PATCH /credit_notes/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def send(self, **params: Unpack[DocumentEmail]) -> "list[Email]":
        """Send a credit note by e-mail: POST /credit_notes/:id/emails."""
        from .emails import Email

        return self._post_all("emails", params, Email)

    def list_attachments(self, **params: Unpack[PageParams]) -> "tuple[list[Attachment], List]":
        """List attachments of a credit note: GET /credit_notes/:id/attachments."""
        from .attachments import Attachment

        return self._page("attachments", params, Attachment)

    def void(self, **params: Unpack[WriteParams]) -> Self:
        """Void a credit note: POST /credit_notes/:id/void. Return it with its new fields."""
        return self._change("POST", ("void",), params)


class CreditNotes(Retrievable[CreditNote]):
    """The credit notes of an account, as `client.CreditNote`."""

    _object = CreditNote

    def create(self, **params: Unpack[CreditNoteCreate]) -> CreditNote:
        """Create a credit note: POST /credit_notes."""
        return self._create(params)

    def find(self, **filter: Unpack[CreditNoteFilter]) -> CreditNote:
        """Find the one credit note that matches these fields: GET /credit_notes."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[CreditNoteList]
    ) -> Generator[CreditNote, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[CreditNoteList]) -> tuple[list[CreditNote], List]:
        """Fetch one page: GET /credit_notes. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
