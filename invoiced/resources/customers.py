"""Customers (chapter "Customers")."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from uuid import UUID

from .._compat import Unpack
from ..collection import Collection
from ..errors import NotFoundError
from ..list import List
from ..messages import Timeout
from .balances import Balance
from .contacts import Contacts
from .customer_params import CustomerCreate, CustomerFilter, CustomerList, CustomerUpdate, StatementEmail
from .emails import Email
from .payment_sources import BankAccount, Card
from .verbs import Deletable, Updatable


class Customer(Updatable, Deletable):
    """A company or person that is billed (chapter "Customers").

    Example:
        If you know the ID, no request is needed.

        .. code-block:: python

            acme = invoiced.Customer(client, 15444)

    Args:
        client: client that sends the requests.
        id: customer ID.
        values: fields of the customer, if known.
        parent: empty, because a customer belongs to no other record.

    Raises:
        ValueError: the ID is empty or blank.
        TypeError: the ID is neither a number nor a string.
    """

    __slots__ = ()

    _path = "customers"
    _type = "customer"

    id: int
    """Customer ID."""
    name: str
    """Customer name."""
    number: str
    """Account number, unique among customers; links the customer to other systems."""
    email: str | None
    """E-mail address."""
    autopay: bool
    """Whether invoices are charged automatically."""
    autopay_delay_days: int | None
    """Days to wait before AutoPay charges an invoice."""
    payment_terms: str | None
    """Payment terms used when AutoPay is off, such as `NET 30`."""
    payment_source: Card | BankAccount | None
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
    country: str | None
    """ISO 3166-1 alpha-2 country code, such as `US`."""
    language: str | None
    """ISO 639-1 language code, such as `en`."""
    currency: str | None
    """ISO 4217 currency code in lower case, such as `usd`."""
    chase: bool
    """Whether payment reminders are sent."""
    chasing_cadence: int | None
    """ID of the chasing cadence (schedule of payment reminders)."""
    next_chase_step: int | None
    """ID of the next step of the chasing cadence."""
    phone: str | None
    """Phone number."""
    credit_hold: bool
    """Whether the customer is on credit hold."""
    credit_limit: Any
    """Credit limit, in units of the currency; None means no limit. It has the same types as the amounts of
    `Balance`."""
    owner: int | None
    """ID of the user responsible for the customer."""
    taxable: bool
    """Whether the customer is charged tax."""
    taxes: list[Any]
    """Tax rate IDs. Some responses contain the tax rates themselves."""
    tax_id: str | None
    """Tax ID shown on documents."""
    avalara_entity_use_code: str | None
    """Entity use code for Avalara."""
    avalara_exemption_number: str | None
    """Tax exemption number for Avalara."""
    type: str
    """Customer type: `company` or `person`."""
    parent_customer: int | Customer | None
    """ID of the parent customer. If expanded, the parent customer itself."""
    notes: str | None
    """Private notes."""
    sign_up_page: int | None
    """ID of the sign-up page."""
    sign_up_url: str | None
    """URL where the customer can subscribe; None without a sign-up page."""
    statement_pdf_url: str
    """URL to download the latest account statement as a PDF."""
    ach_gateway: int | None
    """ID of the gateway for ACH payments."""
    cc_gateway: int | None
    """ID of the gateway for card payments."""
    bill_to_parent: bool
    """Whether invoices are billed to the parent customer."""
    consolidated: bool
    """Whether invoices are consolidated."""
    disabled_payment_methods: list[str]
    """Payment methods the customer may not use, such as `["credit_card"]`."""
    created_at: int
    """Creation time, as a Unix timestamp in seconds."""
    updated_at: int
    """Time of the last change, as a Unix timestamp in seconds."""
    metadata: dict[str, Any]
    """Your own data: at most 10 keys of up to 40 characters, values of up to 255."""

    def save(
        self,
        *,
        idempotency_key: str | UUID | None = None,
        timeout: Timeout | None = None,
        deadline: float | None = None,
        **fields: Unpack[CustomerUpdate],
    ) -> bool:
        """Update the customer with the changed fields and the given arguments (section "Update a customer").

        `customer.save(phone="1")` is short for `customer.phone = "1"; customer.save()`. Afterwards, the customer has
        the fields of the API's response: read nested fields, such as the metadata, again. If the API rejects the
        request, your edits are kept.

        Args:
            idempotency_key: key under which the API can recognize a retry; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **fields: fields of `CustomerUpdate` to set before saving.

        Returns:
            True if a request was sent, False if nothing had changed.

        Raises:
            InvalidRequestError: the API rejected a field.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._save(fields, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def balance(
        self, *, currency: str | None = None, timeout: Timeout | None = None, deadline: float | None = None
    ) -> Balance:
        """Fetch the customer's balance (section "Get current balance").

        Args:
            currency: ISO 4217 code of the currency of the amounts; by default, the customer's currency.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.

        Returns:
            The balance in that currency.

        Raises:
            NotFoundError: there is no such customer.
            InvoicedError: the request failed for another reason.
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
            idempotency_key: key under which the API can recognize a retry; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **params: parameters of `StatementEmail`, all optional: to, bcc, template, subject, message, type, start,
                end and items. Without `to=[{"name": ..., "email": ...}]`, the statement goes to the customer and its
                primary contacts.

        Returns:
            One e-mail per recipient. The e-mails are queued, not yet delivered.

        Raises:
            InvalidRequestError: there is no recipient, or the API rejected a parameter.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
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
        """Return the contacts of the customer: create, retrieve, list, all, find (chapter "Contacts").

        No request is sent.

        Raises:
            RuntimeError: the customer was unpickled and has no client.
        """
        return Contacts(self._connection(), parent=self._address())


class Customers(Collection[Customer]):
    """The customers of an account, available as `client.Customer` (chapter "Customers")."""

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
            idempotency_key: key under which the API can recognize a retry; by default, a new UUID4.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **params: fields of `CustomerCreate`: name, which is required, and number, email, autopay,
                autopay_delay_days, payment_terms, type, attention_to, address1, address2, city, state, postal_code,
                country, language, currency, phone, tax_id, taxable, taxes, notes, owner, parent_customer,
                bill_to_parent, credit_limit, credit_hold, chase, chasing_cadence, next_chase_step, sign_up_page,
                stripe_token, disabled_payment_methods, ach_gateway, cc_gateway, avalara_entity_use_code,
                avalara_exemption_number and metadata. Other fields are sent as given.

        Returns:
            The customer, with the fields of the API's response.

        Raises:
            InvalidRequestError: the API rejected a field.
            InvoicedError: the request failed for another reason; see `outcome_unknown` for whether it was processed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._create(params, idempotency_key=idempotency_key, timeout=timeout, deadline=deadline)

    def retrieve(
        self, id: int | str, *, expand: str | None = None, timeout: Timeout | None = None, deadline: float | None = None
    ) -> Customer:
        """Retrieve a customer by ID (section "Retrieve a customer").

        Args:
            id: customer ID.
            expand: `parent_customer` to return the parent customer itself instead of its ID.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.

        Returns:
            The customer.

        Raises:
            NotFoundError: there is no such customer.
            InvoicedError: the request failed for another reason.
            ValueError: the ID is empty or blank; nothing was sent.
        """
        try:
            return self._retrieve(id, {"expand": expand}, timeout=timeout, deadline=deadline)
        except NotFoundError as error:
            if not str(id).isdecimal():
                error.advice = f"To find a customer by number, use client.Customer.find(number={id!r})."
            raise

    def find(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **filter: Unpack[CustomerFilter]
    ) -> Customer:
        """Find the one customer that matches these fields (section "List all customers").

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **filter: fields of `CustomerFilter`, as in `find(number="CUST-0001")`.

        Returns:
            The customer.

        Raises:
            NotFoundError: no customer matches.
            MultipleFoundError: several customers match.
            InvoicedError: the request failed for another reason.
            ValueError: no field was given, or a field has no value; nothing was sent.
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
        """Yield every customer, fetching page after page (section "List all customers", chapter "Pagination").

        A page has 100 customers unless `per_page` is given, and one page is in memory at a time. If the order of the
        customers does not change, every customer that exists throughout the iteration is yielded exactly once, even if
        the loop itself or others create and delete customers. There is one exception: if as many customers leave the
        list as join it between two pages, a customer can be missed, and usually a warning is logged.
        `sort="id desc"` prevents this in a list without filters. An error ends the iteration.

        Args:
            prefetch: fetch the next page in a thread while the loop processes the current page; two pages are in
                memory. Leaving the loop waits for the page in flight. If a variable refers to the iterator, call its
                `close()`.
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for each page, including retries and waits; by default, the client's.
            **params: the parameters of `list`.

        Yields:
            The customers, in the order of the list.

        Raises:
            InvoicedError: during the iteration, if a request failed.
            ValueError: immediately, if a value is invalid; nothing was sent.
            TypeError: immediately, if a value has an unsupported type; nothing was sent.
        """
        return self._all(params, prefetch=prefetch, timeout=timeout, deadline=deadline)

    def list(
        self, *, timeout: Timeout | None = None, deadline: float | None = None, **params: Unpack[CustomerList]
    ) -> tuple[list[Customer], List]:
        """Fetch one page of customers (section "List all customers").

        Args:
            timeout: seconds to connect, and to wait for each part of the response; by default, the client's.
            deadline: seconds for the whole call, including retries and waits; by default, the client's.
            **params: parameters of `CustomerList`: page, per_page, sort, filter, metadata, payment_source, balance,
                open_balance, updated_after and expand, as in
                `list(per_page=3, sort="name asc", filter={"country": "US"}, metadata={"rep": "Jan"}, balance=True)`.

        Returns:
            The customers of the page, and a `List` with its links and the total count.

        Raises:
            InvoicedError: the request failed.
            ValueError: a value is invalid; nothing was sent.
            TypeError: a value has an unsupported type; nothing was sent.
        """
        return self._list(params, timeout=timeout, deadline=deadline)
