"""Customers."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .._compat import Unpack
from ..list import List
from ..options import Options
from .customer_params import (
    CustomerCreate,
    CustomerFilter,
    CustomerList,
    CustomerUpdate,
    InvoiceConsolidation,
    PendingInvoiceCreate,
    StatementEmail,
    StatementLetter,
    StatementTextMessage,
)
from .verbs import Deletable, Refreshable, Retrievable, Updatable

if TYPE_CHECKING:
    from .accounting import AccountingSyncStatus
    from .balances import Balance
    from .chasing_cadences import ChasingStep, CustomerChasingCadence
    from .contacts import Contacts
    from .emails import Email
    from .invoices import Invoice
    from .late_fee_schedules import LateFeeSchedule
    from .letters import Letter
    from .members import User
    from .merchant_accounts import MerchantAccount
    from .notes import NestedNotes
    from .payment_sources import BankAccount, Card, PaymentSources
    from .pending_line_items import PendingLineItems
    from .tax_rates import TaxRate
    from .text_messages import TextMessage


class BalanceParams(Options, total=False):
    """Parameters of balance()."""

    currency: str
    """ISO 4217 currency code. Without it: the currency of the account, or, with multi-currency, that of the customer or
    of its latest invoice."""


class Customer(Refreshable, Updatable, Deletable):
    """A company or person that is billed (chapter "Customers")."""

    __slots__ = ()

    _path = "customers"
    _type = "customer"

    id: int
    """Customer ID."""
    name: str
    """Customer name."""
    number: str
    """Account number, unique among customers in any case; without one, the next is taken, such as `CUST-00001`."""
    email: str | None
    """E-mail address: a single one, kept in lower case."""
    autopay: bool
    """Whether invoices are charged automatically."""
    autopay_delay_days: int | None
    """Days to wait before AutoPay charges an invoice."""
    payment_terms: str | None
    """Payment terms used when AutoPay is off, such as `NET 30`."""
    payment_source: "Card | BankAccount | None"
    """Default card or bank account, if any."""
    attention_to: str | None
    """Name on the ATTN line of a company's address."""
    address1: str | None
    """First line of the street address."""
    address2: str | None
    """Second line of the street address."""
    city: str | None
    """City or town."""
    state: str | None
    """State, province or region."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    language: str | None
    """ISO 639-1 language code, such as `en`."""
    currency: str | None
    """ISO 4217 currency code in lower case, such as `usd`."""
    chase: bool
    """Whether payment reminders are sent."""
    chasing_cadence: "int | CustomerChasingCadence | None"
    """ID of the chasing cadence (schedule of payment reminders)."""
    next_chase_step: "int | ChasingStep | None"
    """ID of the next step of the chasing cadence."""
    phone: str | None
    """Phone number."""
    credit_hold: bool | None
    """Whether the customer is on credit hold."""
    credit_limit: Any
    """Credit limit, in units of the currency; None means no limit. It has the same types as the amounts of
    `Balance`."""
    owner: "int | User | None"
    """ID of the user responsible for the customer."""
    owner_id: int | None
    """Same as `owner`, never expanded."""
    taxable: bool
    """Whether the customer is charged tax."""
    taxes: "list[int | TaxRate | str]"
    """Tax rates: IDs in a request, the tax rates themselves in the response."""
    tax_id: str | None
    """Tax ID shown on documents."""
    avalara_entity_use_code: str | None
    """Entity use code for Avalara."""
    avalara_exemption_number: str | None
    """Tax exemption number for Avalara."""
    type: str
    """Customer type: `company`, `person`, `government` or `non_profit`."""
    parent_customer: "int | Customer | None"
    """ID of the parent customer. If expanded, the parent customer itself."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """ID of the sign-up page."""
    sign_up_url: str | None
    """URL where the customer can subscribe; None without a sign-up page."""
    statement_pdf_url: str | None
    """URL to download the latest account statement as a PDF."""
    ach_gateway: "int | MerchantAccount | None"
    """ID of the gateway for ACH payments."""
    ach_gateway_id: int | None
    """Same as `ach_gateway`, never expanded."""
    cc_gateway: "int | MerchantAccount | None"
    """ID of the gateway for card payments."""
    cc_gateway_id: int | None
    """Same as `cc_gateway`, never expanded."""
    bill_to_parent: bool | None
    """Whether invoices are billed to the parent customer."""
    consolidated: bool
    """Whether invoices are consolidated."""
    disabled_payment_methods: list[str]
    """Payment methods the customer may not use, such as `["credit_card"]`."""
    ach_gateway_object: dict[str, Any] | None
    """The merchant account for ACH payments as a whole object."""
    active: bool
    """Whether the customer is in use; a customer with an active subscription cannot be made inactive."""
    address: str
    """Postal address in lines, without the name; only with `include=address`."""
    aging: list[dict[str, Any]]
    """Open amounts by age, one entry per bucket of the account; only in lists and with `include=aging`."""
    cc_gateway_object: dict[str, Any] | None
    """The merchant account for card payments as a whole object."""
    convenience_fee: bool
    """Whether convenience fees are charged for card payments."""
    credit_balance: Any
    """Credit balance in units of the account's currency; only with `include=credit_balance`."""
    late_fee_schedule: "int | LateFeeSchedule | None"
    """ID of the late fee schedule."""
    late_fee_schedule_id: int | None
    """Same as `late_fee_schedule`, never expanded."""
    network_connection: int | None
    """ID of the network connection to the customer's own account."""
    network_connection_id: int | None
    """Same as `network_connection`."""
    statement_url: str | None
    """Public web page of the current statement; it needs no API key."""
    surcharging: bool
    """Whether card surcharges are passed on to the customer."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 bytes, values of up to 255. Values are kept as text, and a change
    replaces all keys."""

    def save(self, **fields: Unpack[CustomerUpdate]) -> bool:
        """Update the customer: PATCH /customers/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)

    def balance(self, **params: Unpack[BalanceParams]) -> "Balance":
        """Fetch the customer's balance: GET /customers/:id/balance."""
        from .balances import Balance

        return self._get("balance", params, Balance)

    def send_statement(self, **params: Unpack[StatementEmail]) -> "list[Email]":
        """Send the account statement by e-mail: POST /customers/:id/emails.

        The e-mail is sent after the response, which need not tell the recipients or the outcome. A second statement to
        the same customer, address and template within 5 minutes is dropped without an error, whatever its type.
        """
        from .emails import Email

        return self._post_all("emails", params, Email)

    def send_statement_sms(self, **params: Unpack[StatementTextMessage]) -> "list[TextMessage]":
        """Send a statement by text message: POST /customers/:id/text_messages."""
        from .text_messages import TextMessage

        return self._post_all("text_messages", params, TextMessage)

    def send_statement_letter(self, **params: Unpack[StatementLetter]) -> "Letter":
        """Send a statement by mail: POST /customers/:id/letters."""
        from .letters import Letter

        return self._post("letters", params, Letter)

    def invoice(self, **params: Unpack[PendingInvoiceCreate]) -> "Invoice":
        """Bill pending line items: POST /customers/:id/invoices."""
        from .invoices import Invoice

        return self._post("invoices", params, Invoice)

    def consolidate_invoices(self, **params: Unpack[InvoiceConsolidation]) -> "Invoice":
        """Consolidate open invoices: POST /customers/:id/consolidate_invoices."""
        from .invoices import Invoice

        return self._post("consolidate_invoices", params, Invoice)

    def accounting_sync_status(self, **params: Unpack[Options]) -> "AccountingSyncStatus":
        """Get the accounting sync status: GET /customers/:id/accounting_sync_status."""
        from .accounting import AccountingSyncStatus

        return self._get("accounting_sync_status", params, AccountingSyncStatus)

    def contacts(self) -> "Contacts":
        """Return the contacts of the customer: create, retrieve, list, all, find. No request is sent."""
        from .contacts import Contacts

        return Contacts(self._connection(), parent=self._address())

    def line_items(self) -> "PendingLineItems":
        """Return the line items of the customer: create, retrieve, list, all, find. No request is sent."""
        from .pending_line_items import PendingLineItems

        return PendingLineItems(self._connection(), parent=self._address())

    def list_notes(self) -> "NestedNotes":
        """Return the notes of the customer: list, all, find. No request is sent."""
        from .notes import NestedNotes

        return NestedNotes(self._connection(), parent=self._address())

    def payment_sources(self) -> "PaymentSources":
        """Return the payment sources of the customer: create, list, all. No request is sent."""
        from .payment_sources import PaymentSources

        return PaymentSources(self._connection(), parent=self._address())


class Customers(Retrievable[Customer]):
    """The customers of an account, as `client.Customer`."""

    _object = Customer

    def create(self, **params: Unpack[CustomerCreate]) -> Customer:
        """Create a customer: POST /customers."""
        return self._create(params)

    def find(self, **filter: Unpack[CustomerFilter]) -> Customer:
        """Find the one customer that matches these fields: GET /customers."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[CustomerList]
    ) -> Generator[Customer, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[CustomerList]) -> tuple[list[Customer], List]:
        """Fetch one page: GET /customers. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
