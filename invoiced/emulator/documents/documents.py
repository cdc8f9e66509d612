"""Invoices, credit notes and estimates: numbers, lines and totals, without discounts and taxes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from invoiced.emulator.documents.lines import price, refuse_adjustments
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.records.payers import payer
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, rounded


def _complete(prefix: str, status: str) -> Callable[[Call, Record], None]:
    """Return the function that completes a document. An issued document has the `status` until it is sent or paid."""

    def complete(call: Call, document: Record) -> None:
        refuse_adjustments(call.body)
        if not document["number"]:
            document["number"] = call.store.next_number(call.operation.record_type, prefix)
        if call.operation.action == "create":
            _take_from_customer(call, document)
        document["date"] = document["date"] or call.now
        for line, sent in zip(document["items"], call.body.get("items", ()), strict=False):
            refuse_adjustments(sent)
            price(call, line, sent)
            line["customer"] = document["customer"]
            line["amount"] = rounded(line["amount"], document["currency"])
        _total(document, status)

    return complete


def _take_from_customer(call: Call, document: Record) -> None:
    """Set what a new document has from its customer."""
    if not isinstance(document["customer"], int):
        raise ApiError(501, "The emulator only accepts the ID of the customer.", "customer")
    customer = payer(call, document["customer"])
    document["currency"] = document["currency"] or customer["currency"] or ACCOUNT_CURRENCY
    if "autopay" in document and "autopay" not in call.body:
        document["autopay"] = customer["autopay"]


def _total(document: Record, status: str) -> None:
    """Set the amounts and the status of a document. If nothing is owed, an issued one is paid, and so closed."""
    total = sum((exact(line["amount"]) for line in document["items"]), Decimal(0))
    if total < 0:
        raise ApiError(400, "The total of the lines must not be negative.", "total")
    document |= {name: total for name in ("subtotal", "total", "balance") if name in document}
    document["status"] = "draft" if document["draft"] else status
    if "paid" in document:
        was_paid, document["paid"] = document["paid"], total == 0 and not document["draft"]
        document["closed"] = document["closed"] or (document["paid"] and not was_paid)
        document["status"] = "paid" if document["paid"] else document["status"]


INVOICE = Behaviour(complete=_complete("INV-", "not_sent"))
CREDIT_NOTE = Behaviour(complete=_complete("CN-", "open"))
ESTIMATE = Behaviour(complete=_complete("EST-", "not_sent"))
