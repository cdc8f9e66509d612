"""PDFs of invoices, credit notes and estimates: lines, discounts, taxes and totals (billing.md 2.3, 3.22)."""

from __future__ import annotations

from collections.abc import Iterator

from invoiced.emulator.pdfs.paper import Column, Paper
from invoiced.emulator.pdfs.words import addressee, date, number
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import printed

_COLUMNS = (
    Column("Item", 0.5),
    Column("Quantity", 0.14, is_amount=True),
    Column("Price", 0.18, is_amount=True),
    Column("Amount", 0.18, is_amount=True),
)
_KINDS = {"invoice": "Invoice", "credit_note": "Credit note", "estimate": "Estimate"}
_DATES = {"due_date": "Due", "expiration_date": "Valid until"}
_TEXTS = {"payment_terms": "Terms", "purchase_order": "Purchase order", "status": "Status"}


def document_pdf(record_type: str, document: Record, customer: Record) -> bytes:
    """Return the PDF of an invoice, a credit note or an estimate."""
    currency = document["currency"]
    facts = [*addressee(customer), *_facts(document, _KINDS[record_type])]
    paper = Paper(f"{_KINDS[record_type]} {document['number']}", facts)
    paper.table(_COLUMNS, [row for line in document["items"] for row in _rows(line, currency)])
    paper.amounts([*_totals(document, currency)])
    if document.get("notes"):
        paper.text(str(document["notes"]))
    return paper.pdf()


def _facts(document: Record, kind: str) -> Iterator[str]:
    if document.get("name") and document["name"] != kind:
        yield str(document["name"])
    yield f"Date: {date(document['date'])}"
    yield from (f"{name}: {date(document[field])}" for field, name in _DATES.items() if document.get(field))
    yield from (f"{name}: {document[field]}" for field, name in _TEXTS.items() if document.get(field))
    yield f"Currency: {document['currency']}"


def _rows(line: Record, currency: str) -> Iterator[list[str]]:
    """Yield a row for a line, and rows for its description, its discounts and its taxes."""
    price = printed(line["unit_cost"], currency)
    yield [str(line["name"] or ""), number(line["quantity"]), price, printed(line["amount"], currency)]
    if line["description"]:
        yield [str(line["description"]), "", "", ""]
    for name, amount in _rates(line, currency):
        yield [name, "", "", amount]


def _totals(document: Record, currency: str) -> Iterator[tuple[str, str]]:
    yield "Subtotal", printed(document["subtotal"], currency)
    yield from _rates(document, currency)
    yield "Total", printed(document["total"], currency)
    for field, name in (("amount_paid", "Paid"), ("amount_credited", "Credited"), ("deposit", "Deposit")):
        if document.get(field):
            yield name, printed(document[field], currency)
    if "balance" in document:
        yield "Balance", printed(document["balance"], currency)


def _rates(part: Record, currency: str) -> Iterator[tuple[str, str]]:
    """Yield the names and amounts of the discounts and taxes of a document or a line."""
    for kind, rate, name, sign in (("discounts", "coupon", "Discount", "-"), ("taxes", "tax_rate", "Tax", "")):
        for each in part.get(kind) or ():
            label = (each.get(rate) or {}).get("name")
            yield f"{name}: {label}" if label else name, sign + printed(each["amount"], currency)
