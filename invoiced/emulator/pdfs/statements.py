"""PDFs of statements: what a customer and its sub-customers were billed and have paid (core.md, "Sending statements").

Without documents, a statement shows the figures of the balance, which tests set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from invoiced.emulator.payments.balances import balance_of
from invoiced.emulator.pdfs.paper import Column, Paper
from invoiced.emulator.pdfs.words import date
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.money import exact, printed

_FORWARD = (
    Column("Date", 0.18),
    Column("Document", 0.42),
    Column("Amount", 0.2, is_amount=True),
    Column("Balance", 0.2, is_amount=True),
)
_OPEN = (
    Column("Date", 0.18),
    Column("Invoice", 0.28),
    Column("Due", 0.18),
    Column("Total", 0.18, is_amount=True),
    Column("Balance", 0.18, is_amount=True),
)


class _Entry(NamedTuple):
    date: int
    name: str
    amount: Decimal


def statement_pdf(account: Account, customer: Record, query: Mapping[str, Any]) -> bytes:
    """Return the requested statement: at least two pages for customers with odd IDs, three for even IDs."""
    balance = balance_of(account, customer, query.get("currency"))
    currency, end = balance["currency"], query.get("end", account.now)
    family = [*_family(account, customer)]
    invoices = [each for each in _records(account, "invoice", family, currency, end) if _counts(each)]
    entries = [*_entries(account, invoices, family, currency, end)]
    is_open_item = query["type"] == "open_item"
    open_invoices = [each for each in invoices if not each["closed"] and not each["paid"]]
    closing = (
        sum((exact(each["balance"]) for each in open_invoices), Decimal(0))
        if is_open_item
        else sum((entry.amount for entry in entries), Decimal(0))
    )
    start = f"from {date(query['start'])} " if "start" in query else ""
    facts = [
        "Customer: " + (customer["name"] or ""),
        "Number: " + (customer["number"] or ""),
        f"Type: {query['type']}",
        f"Period: {start}until {date(end)}",
        f"Currency: {currency}",
        f"Total outstanding: {printed(closing if entries else balance['total_outstanding'], currency)}",
    ]
    paper = Paper("Account statement", facts, minimum_pages=3 - customer["id"] % 2)
    if is_open_item and open_invoices:
        paper.table(_OPEN, [_open_row(invoice, currency) for invoice in open_invoices])
    elif entries and not is_open_item:
        _add_movements(paper, entries, query.get("start", 0), currency)
    return paper.pdf()


def _family(account: Account, customer: Record) -> Iterator[int]:
    """Yield the IDs of a customer and of its sub-customers of all levels."""
    yield customer["id"]
    is_child = Condition(f"{column('parent_customer')} = ?", [customer["id"]])
    for child in account.store.page("customer", conditions=[is_child]):
        yield from _family(account, child)


def _records(account: Account, kind: str, family: Sequence[int], currency: str, end: int) -> list[Record]:
    """Return the records of these customers in one currency, dated up to `end`, in the order of their dates."""
    customers = ", ".join("?" * len(family))
    conditions = [
        Condition(f"{column('customer')} IN ({customers})", family),
        Condition(f"{column('currency')} = ?", [currency]),
        Condition(f"{column('date')} <= ?", [end]),
    ]
    return account.store.page(kind, conditions=conditions, order=[column("date")])


def _counts(record: Record) -> bool:
    return not record["voided"] and not record.get("draft")


def _entries(
    account: Account, invoices: Sequence[Record], family: Sequence[int], currency: str, end: int
) -> Iterator[_Entry]:
    """Yield what raises and lowers the balance. Each payment counts whole, also what was not applied of it."""
    for invoice in invoices:
        yield _Entry(invoice["date"], f"Invoice {invoice['number']}", exact(invoice["total"]))
    for note in filter(_counts, _records(account, "credit_note", family, currency, end)):
        yield _Entry(note["date"], f"Credit note {note['number']}", -exact(note["total"]))
    for payment in filter(_counts, _records(account, "payment", family, currency, end)):
        if exact(payment["amount"]):
            yield _Entry(payment["date"], f"Payment ({payment['method']})", -exact(payment["amount"]))


def _add_movements(paper: Paper, entries: Sequence[_Entry], start: int, currency: str) -> None:
    """Add the balance at the start, each entry since then with the balance after it, and the balance at the end."""
    balance = sum((entry.amount for entry in entries if entry.date < start), Decimal(0))
    rows = [["", "Opening balance", "", printed(balance, currency)]]
    for entry in sorted(entries, key=lambda entry: entry.date):
        if entry.date >= start:
            balance += entry.amount
            rows.append([date(entry.date), entry.name, printed(entry.amount, currency), printed(balance, currency)])
    rows.append(["", "Closing balance", "", printed(balance, currency)])
    paper.table(_FORWARD, rows)


def _open_row(invoice: Record, currency: str) -> list[str]:
    due = date(invoice["due_date"]) if invoice["due_date"] else ""
    amounts = [printed(invoice[name], currency) for name in ("total", "balance")]
    return [date(invoice["date"]), str(invoice["number"]), due, *amounts]
