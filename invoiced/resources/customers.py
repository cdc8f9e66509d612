"""Chapter "Customers": who is billed, what they owe, and their account statements."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import UUID

from .._compat import Required, TypedDict, Unpack
from ..collection import Collection
from ..list import List
from ..messages import Timeout
from ..object import Object
from .contacts import Contacts
from .customer_params import CustomerCreate, CustomerFilter, CustomerList, CustomerUpdate, StatementEmail
from .emails import Email
from .payment_sources import BankAccount, Card
from .verbs import Deletable, Updatable


class BalanceHistoryEntry(TypedDict, total=False):
    """The credit balance from a moment on."""

    timestamp: Required[int]
    """The moment, in Unix seconds."""
    currency: str
    """ISO 4217 code of the amount, in lower case."""
    balance: Required[Any]
    """Credit balance from then on, in units of the currency."""


class Balance(Object):
    """What a customer owes and is owed (section "Get current balance").

    Amounts are in units of the currency: an int, or what `parse_float` of the client makes of a number with a
    fraction, which is a float or, exactly, a `decimal.Decimal`. So their type is Any.
    """

    __slots__ = ()

    available_credits: Any
    """Credit that can be used now, in units of the currency."""
    currency: str
    """ISO 4217 code of the amounts, in lower case."""
    history: list[BalanceHistoryEntry]
    """Changes of the credit balance, the newest first."""
    past_due: bool
    """Whether anything is past due."""
    total_outstanding: Any
    """What the customer owes, in units of the currency."""
    due_now: Any
    """The part of it that is due now, in units of the currency."""
    open_credit_notes: Any
    """What open credit notes are worth, in units of the currency; not in every answer."""


class Customer(Updatable, Deletable):
    """A company or person that is billed (chapter "Customers").

    Example:
        One whose id is known needs no fetching.

        .. code-block:: python

            acme = invoiced.Customer(client, 15444)

    Args:
        client: the client that it is reached through.
        id: id of the customer.
        values: its fields, if they are known.
        parent: nothing: a customer hangs off no other record.

    Raises:
        ValueError: the id is empty or blank.
        TypeError: the id is neither a number nor a text.
    """

    __slots__ = ()

    _path = "customers"
    _type = "customer"

    id: int
    """Id of the customer."""
    name: str
    """Name of the customer."""
    number: str
    """Unique among the customers; ties them to other systems."""
    email: str | None
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged to the payment source."""
    autopay_delay_days: int | None
    """Days that AutoPay waits before it charges."""
    payment_terms: str | None
    """Terms where AutoPay is off: `NET 30`."""
    payment_source: Card | BankAccount | None
    """Stored card or bank account."""
    attention_to: str | None
    """Person for the ATTN line of a company's address."""
    address1: str | None
    """Street address, first line."""
    address2: str | None
    """Street address, second line."""
    city: str | None
    """City or town."""
    state: str | None
    """State or province."""
    postal_code: str | None
    """ZIP or postal code."""
    country: str | None
    """ISO 3166-1 alpha-2 code: `US`."""
    language: str | None
    """ISO 639-1 code: `en`."""
    currency: str | None
    """ISO 4217 code, in lower case: `usd`."""
    chase: bool
    """Whether reminders are sent."""
    chasing_cadence: int | None
    """Id of the schedule of reminders."""
    next_chase_step: int | None
    """Step of the schedule of reminders that comes next."""
    phone: str | None
    """Phone number."""
    credit_hold: bool
    """Whether no further credit is given."""
    credit_limit: Any
    """The most that the customer may owe, in units of the currency; None without a limit. Its type is that of
    `Balance`."""
    owner: int | None
    """Id of the user who looks after the customer."""
    taxable: bool
    """Whether taxes are charged."""
    taxes: list[Any]
    """Ids of tax rates. Some answers hold the tax rates themselves."""
    tax_id: str | None
    """Tax number that documents show."""
    avalara_entity_use_code: str | None
    """Code of the kind of buyer, for Avalara's taxes."""
    avalara_exemption_number: str | None
    """Number of the exemption from taxes, for Avalara."""
    type: str
    """`company` or `person`."""
    parent_customer: int | Customer | None
    """Id of the parent customer. The customer itself where it was expanded."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """Id of the sign-up page."""
    sign_up_url: str | None
    """Where the customer can subscribe, if there is a sign-up page."""
    statement_pdf_url: str
    """Where the latest account statement can be downloaded."""
    ach_gateway: int | None
    """Id of the gateway for ACH payments."""
    cc_gateway: int | None
    """Id of the gateway for card payments."""
    bill_to_parent: bool
    """Whether invoices go to the parent customer."""
    consolidated: bool
    """Whether invoices are consolidated."""
    disabled_payment_methods: list[str]
    """Payment methods that the customer may not use: `["credit_card"]`."""
    created_at: int
    """When the customer was created, in Unix seconds."""
    updated_at: int
    """When the customer last changed, in Unix seconds."""
    metadata: dict[str, Any]
    """Data of your own: at most 10 keys of up to 40 characters, values of up to 255."""

    def save(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **fields: Unpack[CustomerUpdate],
    ) -> bool:
        """Send the fields that changed, and those given here (section "Update a customer").

        `customer.save(phone="1")` is short for `customer.phone = "1"; customer.save()`; an edit that the API refuses
        stays. Then the fields are replaced by the API's answer: read nested ones, such as the metadata, anew.

        Args:
            idempotency_key: by which the API may know a repeated request; without it, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **fields: those of `CustomerUpdate`, to be set before.

        Returns:
            Whether there was anything to send.

        Raises:
            InvalidRequestError: the API refuses a field.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._save(fields, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def balance(
        self, *, currency: str | None = None, timeout: Timeout | None = None, deadline: float | None = None
    ) -> Balance:
        """Fetch what the customer owes and is owed (section "Get current balance").

        Args:
            currency: ISO 4217 code of the amounts; without it, the customer's.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.

        Raises:
            NotFoundError: the customer is gone.
            InvoicedError: the request did not succeed otherwise.
        """
        client, path = self._connection(), (*self._address(), "balance")
        response = client.request("GET", path, {"currency": currency}, timeout=timeout, deadline=deadline, expect=dict)
        return Balance._from_response(client, response.body)

    def send_statement(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[StatementEmail],
    ) -> list[Email]:
        """Send the account statement by e-mail (section "Send a statement").

        Args:
            idempotency_key: by which the API may know a repeated request; without it, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **params: those of `StatementEmail`: to, bcc, template, subject, message, type, start, end and items, none
                of which is required. Without `to=[{"name": ..., "email": ...}]`, the API writes to the customer and its
                primary contacts.

        Returns:
            One e-mail per recipient. They are queued, which does not mean that they arrived.

        Raises:
            InvalidRequestError: there is nobody to write to, or the API refuses a parameter.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        client, path = self._connection(), (*self._address(), "emails")
        response = client.request(
            "POST",
            path,
            params,
            idempotency_key=idempotency_key,
            timeout=timeout,
            deadline=deadline,
            expect=(list, dict),
        )
        emails = response.body if isinstance(response.body, list) else [response.body]
        return [Email._from_response(client, values) for values in emails]

    def contacts(self) -> Contacts:
        """Hand out the contacts of the customer: create, retrieve, list, all, find (chapter "Contacts").

        Nothing is fetched by that.

        Raises:
            RuntimeError: the record was unpickled and has no client.
        """
        return Contacts(self._connection(), parent=self._address())


class Customers(Collection[Customer]):
    """The customers of an account, as `client.Customer` hands them out (chapter "Customers")."""

    _object = Customer

    def create(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[CustomerCreate],
    ) -> Customer:
        """Create a customer (section "Create a customer").

        Args:
            idempotency_key: by which the API may know a repeated request; without it, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **params: those of `CustomerCreate`: name, which is required, and number, email, autopay,
                autopay_delay_days, payment_terms, type, attention_to, address1, address2, city, state, postal_code,
                country, language, currency, phone, tax_id, taxable, taxes, notes, owner, parent_customer,
                bill_to_parent, credit_limit, credit_hold, chase, chasing_cadence, next_chase_step, sign_up_page,
                stripe_token, disabled_payment_methods, ach_gateway, cc_gateway, avalara_entity_use_code,
                avalara_exemption_number and metadata. Others are sent as they are.

        Returns:
            The customer, as the API answered it.

        Raises:
            InvalidRequestError: the API refuses a field.
            InvoicedError: the request did not succeed otherwise; `outcome_unknown` tells whether it may have been done.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._create(params, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def retrieve(
        self, id: int | str, *, expand: str | None = None, timeout: Timeout | None = None, deadline: float | None = None
    ) -> Customer:
        """Retrieve a customer by its id (section "Retrieve a customer").

        Args:
            id: id of the customer.
            expand: what to answer in place of its id: `parent_customer`.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.

        Raises:
            NotFoundError: there is none.
            InvoicedError: the request did not succeed otherwise.
            ValueError: the id is empty or blank, and nothing was sent.
        """
        return self._retrieve(id, {"expand": expand}, timeout=timeout, deadline=deadline)

    def find(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **filter: Unpack[CustomerFilter]
    ) -> Customer:
        """Find the one customer that has these fields (section "List all customers").

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **filter: those of `CustomerFilter`, as in `find(number="CUST-0001")`.

        Raises:
            NotFoundError: none has them.
            MultipleFoundError: several have them.
            InvoicedError: the request did not succeed otherwise.
            ValueError: there is no field, or one has no value, and nothing was sent.
        """
        return self._find(filter, timeout=timeout, deadline=deadline)

    def all(
        self,
        *,
        prefetch: bool = False,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **params: Unpack[CustomerList],
    ) -> Generator[Customer, None, None]:
        """Fetch every customer, page after page, as the loop goes (section "List all customers", chapter "Pagination").

        Pages have 100 customers unless `per_page` says otherwise; one is in memory at a time. In an order that does not
        change, each customer that is there from the first page to the last comes exactly once, whatever others, or the
        loop itself, create and delete meanwhile. Only as many leaving the list as joining it, between the same two
        pages, can hide; `sort="id desc"` makes that harmless in a list that is not restricted, and a warning in the log
        tells of it as a rule. An error ends the loop.

        Args:
            prefetch: let a thread fetch the next page while the loop goes over this one; two pages are in memory.
                Leaving the loop waits for the page that is under way; `close()` does it where the iterator has a name.
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for each page, repeats and waits included; without it, the client's.
            **params: what `list` takes.

        Yields:
            The customers, in the order of the list.

        Raises:
            InvoicedError: while looping: a request did not succeed.
            ValueError: at once: a value cannot be sent as it is meant.
            TypeError: at once: a value is of a type that cannot be sent.
        """
        return self._all(params, prefetch=prefetch, timeout=timeout, deadline=deadline)

    def list(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **params: Unpack[CustomerList]
    ) -> tuple[list[Customer], List]:
        """Fetch one page of customers (section "List all customers").

        Args:
            timeout: seconds to connect, and to wait for each part of the answer; without it, the client's.
            deadline: seconds for the whole call, repeats and waits included; without it, the client's.
            **params: those of `CustomerList`: page, per_page, sort, filter, metadata, payment_source, balance,
                open_balance, updated_after and expand, as in
                `list(per_page=3, sort="name asc", filter={"country": "US"}, metadata={"rep": "Jan"}, balance=True)`.

        Returns:
            The customers of the page, and a `List` of its links and the total count.

        Raises:
            InvoicedError: the request did not succeed.
            ValueError: a value cannot be sent as it is meant, and nothing was sent.
            TypeError: a value is of a type that cannot be sent, and nothing was sent.
        """
        return self._list(params, timeout=timeout, deadline=deadline)
