"""Import of invoices: the rows of a reference create one invoice, once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from os import PathLike
from typing import Any

from invoiced import Client, Collection, Customer, Invoice
from invoiced.ledger import Ledger
from invoiced.ledger.entries import Entry
from invoiced.ledger.states import CREATED, HELD, STARTED, TO_SEND, UNKNOWN
from invoiced.runs import Plan, Results, Run
from invoiced.runs.execution import Outcome
from invoiced.runs.lookup import look_up
from invoiced.runs.rows import DUPLICATE, HELD_BACK, Row
from invoiced.runs.staged_rows import StagedRows

from .cells import sent
from .invoice_rows import (
    INVOICE_FIELDS,
    REFERENCE,
    currency_of,
    differences,
    lines_of,
    parse_invoices,
    problem_of_currency,
)
from .lost_responses import wait_until_ended

_TO_LOOK_UP = "lookup_field = 'reference' AND state = 'to do' AND problem = ''"
_PAGE = 500
"""Rows that are compared with the ledger at a time."""

_TOGETHER = "the rows of an invoice must follow each other"


class InvoiceImport(Run):
    """Creates invoices from the rows of a table, each once per account and reference (chapter "Invoices").

    The reference is your own key of an invoice, such as its number in another program. It is kept in the metadata of
    the invoice, and in the ledger. Whatever the file, the program or the day, a reference creates one invoice. A row
    whose response was lost is settled by looking for its reference in the account.

    Example:
        .. code-block:: python

            from invoiced.imports import InvoiceImport

            acme = client.Customer.create(name="Acme")
            rows = [
                {"reference": "A-1", "customer_id": acme.id, "name": "Paper", "quantity": 2, "unit_cost": "45.10"},
                {"reference": "A-1", "customer_id": acme.id, "name": "Delivery", "unit_cost": 10},
            ]
            run = InvoiceImport(client)
            for result in run.send(run.plan(rows)):
                print(result.customer, result.outcome, result.details)

    Args:
        client: the client. Its rate limit counts for all requests; without one, 5 requests are sent per second.
        ledger: the ledger, or its path or URL; by default, that in INVOICED_LEDGER, otherwise a file in the user's data
            directory.
        concurrency: maximum number of requests in flight, up to 16. The API accepts 20 at a time from all programs with
            the same key.
        stop_after_errors: number of failed or unknown rows after which a session stops; None means no limit.

    Raises:
        LedgerError: the ledger cannot be used.
        ValueError: an argument is invalid.
    """

    _kind = "invoices"
    _reopened = (UNKNOWN,)

    def __init__(
        self,
        client: Client,
        *,
        ledger: Ledger | str | PathLike[str] | None = None,
        concurrency: int = 4,
        stop_after_errors: int | None = None,
    ) -> None:
        # One run per account, whatever the source: its entries have to be unique in the account.
        super().__init__(client, "", ledger=ledger, concurrency=concurrency, stop_after_errors=stop_after_errors)

    def plan(self, rows: Iterable[Mapping[str, Any]], *, trust_numbers: bool = False) -> Plan:
        """Plan the import, as a dry run: check the rows, and look up their customers and references.

        Rows with the same reference follow each other, and become one invoice. If a reference was used for an invoice
        that is not the same, its row is `held`.

        Args:
            rows: mappings with the `reference`, the `customer_number` or `customer_id`, fields of a line (`name`,
                `description`, `quantity`, `unit_cost`), and fields of the invoice (`date`, `due_date`, `currency`,
                `draft`). Fields of the invoice may be blank in all rows of a reference but the first. Also a table
                from `read_table`, or a data frame.
            trust_numbers: whether the number or the ID alone decides who the customer is. By default, a row is held if
                the `customer_name` beside it is not the customer's.

        Raises:
            LedgerError: the ledger cannot be used.
            InvoicedError: customers or invoices could not be looked up.
        """
        complete = partial(self._complete, trust_numbers=trust_numbers)
        return self._make_plan(parse_invoices(rows), {}, complete)

    def send(self, plan: Plan, *, strict: bool = False) -> Results:
        """Create the invoices, while iterating. Rows that cannot be imported come first.

        Args:
            plan: a plan of this run.
            strict: refuse the plan if a row cannot be imported.

        Yields:
            The result of each reference: `created`, with the `invoice` (its ID) and `number` in its details, or what
            went wrong.

        Raises:
            PlanError: no row can be imported, or `strict` is true and a row cannot. Nothing was sent.
            LedgerError: the ledger cannot be written; while iterating: requests in flight may have been processed.
            RunStopped: while iterating: the run stopped early.
            InvoicedError: while iterating: AuthenticationError.
        """
        return super().send(plan, strict=strict)

    def totals(self, plan: Plan) -> dict[str, Decimal]:
        """Return what the invoices to create add up to, without taxes and discounts, by currency.

        The currency is empty if neither the rows nor the customer have one: then it is that of the account. Lines
        whose price the API takes from an item or a plan are left out.
        """
        totals = dict[str, Decimal]()
        for row in plan.rows(*TO_SEND):
            currency = currency_of(row)
            totals[currency] = totals.get(currency, Decimal(0)) + amount_of(row)
        return totals

    def _complete(self, staged: StagedRows, content: Mapping[str, Any], *, trust_numbers: bool) -> None:
        if entries := self._entries():
            wait_until_ended(entries)
        _refuse_scattered(staged)
        look_up(staged, self._client, _currency_of, trust_numbers=trust_numbers)
        rows = staged.rows()
        while page := [*islice(rows, _PAGE)]:
            known = entries.with_keys([row.key for row in page if row.key]) if entries else {}
            for row in page:
                reference = row.request.get(REFERENCE)
                row.lookup_field, row.lookup_value = REFERENCE if reference else None, reference
                if not row.problem:
                    _compare(row, known.get(row.key or ""))
                staged.update(row)
        for invoice in self._invoices_with(staged):
            for row in staged.rows(f"{_TO_LOOK_UP} AND lookup_value = ?", _reference_of(invoice)):
                _assign(row, invoice, entries.entry(row.key or "") if entries else None)
                staged.update(row)

    def _invoices_with(self, staged: StagedRows) -> Iterator[Invoice]:
        """Yield the invoices of the account that may have the references to look up, and perhaps others.

        All invoices are listed if that takes fewer requests.
        """
        references = [reference for (reference,) in staged.distinct("lookup_value", condition=_TO_LOOK_UP)]
        if len(references) > 2:
            _, page = self._client.Invoice.list(per_page=1)
            if page.total_count is not None and 1 + -(-page.total_count // Collection.PAGE_SIZE) < len(references):
                yield from self._client.Invoice.all(strict=True)
                return
        for reference in references:
            yield from self._client.Invoice.all(metadata={REFERENCE: reference}, strict=True)

    def _perform(self, content: Mapping[str, Any], row: Row, key: str) -> Outcome:
        customer: Any = row.customer.id
        fields: Any = sent(row.request["fields"], INVOICE_FIELDS)
        items: Any = lines_of(row.request)
        metadata = {REFERENCE: row.request[REFERENCE]}
        invoice = self._sending_client.Invoice.create(
            customer=customer, items=items, metadata=metadata, idempotency_key=key, **fields
        )
        if not invoice.get("id"):
            return Outcome(UNKNOWN, reason="the response has no invoice")
        return Outcome(CREATED, _details_of(invoice))


def amount_of(row: Row) -> Decimal:
    """Return what the lines of an invoice add up to, without taxes and discounts."""
    amounts = (line.get("unit_cost", Decimal(0)) * line.get("quantity", Decimal(1)) for line in lines_of(row.request))
    return sum(amounts, Decimal(0))


def _refuse_scattered(staged: StagedRows) -> None:
    """Refuse references that come again below others: otherwise, an invoice would be created without all its lines."""
    repeated = '"key" IN (SELECT "key" FROM rows GROUP BY "key" HAVING count(*) > 1)'
    first = dict[str, Row]()
    for row in staged.rows(repeated):
        earlier = first.setdefault(row.key or "", row)
        if earlier is row:
            continue
        row.problem, row.state = f"duplicate of row {earlier.number}: {_TOGETHER}", DUPLICATE
        staged.update(row)
        if not earlier.problem:
            earlier.problem = f"row {row.number} has the same reference: {_TOGETHER}"
            staged.update(earlier)


def _compare(row: Row, entry: Entry | None) -> None:
    """Set the state of a row that was created or is in flight, or hold it if that is not the same invoice.

    Others cannot be created if a person sees their amounts in another currency.
    """
    if entry and entry.state in (CREATED, STARTED):
        row.state = entry.state
        _hold_if_different(row, _differences(row, entry), json.loads(entry.details))
    else:
        row.problem = problem_of_currency(row)


def _assign(row: Row, invoice: Invoice, entry: Entry | None) -> None:
    """Record the invoice that the account has for a row, or hold the row if that is not the same invoice."""
    found = _details_of(invoice)
    if entry and entry.state == UNKNOWN:
        names = _differences(row, entry)
    else:
        names = [] if str(invoice.get("customer")) == str(row.customer.id) else ["customer"]
    row.state, row.found = CREATED, found
    _hold_if_different(row, names, found)


def _differences(row: Row, entry: Entry) -> list[str]:
    return differences(row, entry.customer_id, json.loads(entry.request))


def _hold_if_different(row: Row, names: Sequence[str], details: Mapping[str, Any]) -> None:
    if names:
        label = details.get("number") or details.get("invoice") or "that is in flight"
        row.problem = f"{HELD_BACK}its reference has the invoice {label}, which differs in {', '.join(names)}"
        row.state, row.found = HELD, None


def _currency_of(customer: Customer) -> dict[str, Any]:
    """Return what is added to the request of a row, for totals. It is not sent."""
    return {"currency": customer.get("currency")}


def _reference_of(invoice: Invoice) -> str:
    metadata = invoice.get("metadata")
    return str(metadata.get(REFERENCE)) if isinstance(metadata, Mapping) else ""


def _details_of(invoice: Invoice) -> dict[str, Any]:
    return {"invoice": invoice.get("id"), "number": invoice.get("number")}
