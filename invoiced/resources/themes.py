"""Themes."""

from collections.abc import Generator
from typing import Literal

from .._compat import Required, Unpack
from ..list import List
from ..options import SortParams, WriteParams
from .verbs import Deletable, Refreshable, Retrievable, Updatable


class _ThemeFields(WriteParams, total=False):
    """Fields of a theme accepted by create() and save()."""

    name: str
    """Name."""
    from_title: str
    """Label above the address of the account."""
    to_title: str
    """Label above the customer address."""
    ship_to_title: str
    """Label above the shipping address."""
    customer_number_title: str
    """Label of the customer number."""
    invoice_number_title: str
    """Label of the invoice number."""
    date_title: str
    """Label of the document date."""
    due_date_title: str
    """Label of the due date."""
    purchase_order_title: str
    """Label of the purchase order number."""
    quantity_header: str
    """Heading of the quantity column."""
    item_header: str
    """Heading of the item column."""
    unit_cost_header: str
    """Heading of the unit cost column."""
    amount_header: str
    """Heading of the line amount column."""
    total_title: str
    """Label of the total."""
    subtotal_title: str
    """Label of the subtotal."""
    notes_title: str
    """Heading of the notes."""
    terms_title: str
    """Heading of the terms."""
    header: str
    """Title of invoices."""
    payment_terms_title: str
    """Label of the payment terms."""
    amount_paid_title: str
    """Label of the amount paid."""
    balance_title: str
    """Label of the balance."""
    header_estimate: str
    """Title of estimates."""
    estimate_number_title: str
    """Label of the estimate number."""
    header_receipt: str
    """Title of receipts."""
    amount_title: str
    """Label of the amount on receipts."""
    payment_method_title: str
    """Label of the payment method on receipts."""
    check_no_title: str
    """Label of the check number on receipts."""
    receipt_footer: str
    """Text at the foot of receipts."""
    show_company_email: bool
    """Whether the e-mail address of the account is shown."""
    show_company_phone: bool
    """Whether the phone number of the account is shown."""
    show_company_website: bool
    """Whether the website of the account is shown."""
    show_customer_no: bool
    """Whether the customer number is shown."""
    use_translations: bool
    """Whether labels are translated to the language of the customer."""
    terms: str | None
    """Terms printed on documents."""
    estimate_footer: str | None
    """Text at the foot of estimates."""
    style: Literal["classic", "compact", "minimal", "modern", "simple"]
    """Built-in layout."""
    credit_note_template_id: int | None
    """PDF template for documents of the kind credit_note, null for the built-in layout."""
    estimate_template_id: int | None
    """PDF template for documents of the kind estimate, null for the built-in layout."""
    invoice_template_id: int | None
    """PDF template for documents of the kind invoice, null for the built-in layout."""
    receipt_template_id: int | None
    """PDF template for documents of the kind receipt, null for the built-in layout."""
    statement_template_id: int | None
    """PDF template for documents of the kind statement, null for the built-in layout."""


class ThemeCreate(_ThemeFields, total=False):
    """Fields of a theme accepted by create()."""

    id: Required[str]
    """ID."""


class ThemeUpdate(_ThemeFields, total=False):
    """Fields of a theme accepted by save()."""


class Theme(Refreshable, Updatable, Deletable):
    """A document theme (not in the API reference)."""

    __slots__ = ()

    _path = "themes"

    id: str
    """ID."""
    name: str
    """Name."""
    from_title: str
    """Label above the address of the account."""
    to_title: str
    """Label above the customer address."""
    ship_to_title: str
    """Label above the shipping address."""
    customer_number_title: str
    """Label of the customer number."""
    invoice_number_title: str
    """Label of the invoice number."""
    date_title: str
    """Label of the document date."""
    due_date_title: str
    """Label of the due date."""
    purchase_order_title: str
    """Label of the purchase order number."""
    quantity_header: str
    """Heading of the quantity column."""
    item_header: str
    """Heading of the item column."""
    unit_cost_header: str
    """Heading of the unit cost column."""
    amount_header: str
    """Heading of the line amount column."""
    total_title: str
    """Label of the total."""
    subtotal_title: str
    """Label of the subtotal."""
    notes_title: str
    """Heading of the notes."""
    terms_title: str
    """Heading of the terms."""
    header: str
    """Title of invoices."""
    payment_terms_title: str
    """Label of the payment terms."""
    amount_paid_title: str
    """Label of the amount paid."""
    balance_title: str
    """Label of the balance."""
    header_estimate: str
    """Title of estimates."""
    estimate_number_title: str
    """Label of the estimate number."""
    header_receipt: str
    """Title of receipts."""
    amount_title: str
    """Label of the amount on receipts."""
    payment_method_title: str
    """Label of the payment method on receipts."""
    check_no_title: str
    """Label of the check number on receipts."""
    receipt_footer: str
    """Text at the foot of receipts."""
    show_company_email: bool
    """Whether the e-mail address of the account is shown."""
    show_company_phone: bool
    """Whether the phone number of the account is shown."""
    show_company_website: bool
    """Whether the website of the account is shown."""
    show_customer_no: bool
    """Whether the customer number is shown."""
    use_translations: bool
    """Whether labels are translated to the language of the customer."""
    terms: str | None
    """Terms printed on documents."""
    estimate_footer: str | None
    """Text at the foot of estimates."""
    style: str
    """Built-in layout."""
    credit_note_template_id: int | None
    """PDF template for documents of the kind credit_note, null for the built-in layout."""
    estimate_template_id: int | None
    """PDF template for documents of the kind estimate, null for the built-in layout."""
    invoice_template_id: int | None
    """PDF template for documents of the kind invoice, null for the built-in layout."""
    receipt_template_id: int | None
    """PDF template for documents of the kind receipt, null for the built-in layout."""
    statement_template_id: int | None
    """PDF template for documents of the kind statement, null for the built-in layout."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""

    def save(self, **fields: Unpack[ThemeUpdate]) -> bool:
        """Update the theme: PATCH /themes/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Themes(Retrievable[Theme]):
    """The themes of an account, as `client.Theme`."""

    _object = Theme

    def create(self, **params: Unpack[ThemeCreate]) -> Theme:
        """Create a theme: POST /themes."""
        return self._create(params)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[SortParams]
    ) -> Generator[Theme, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[SortParams]) -> tuple[list[Theme], List]:
        """Fetch one page: GET /themes. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
