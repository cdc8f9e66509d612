"""Estimates that become invoices (billing.md 7.4)."""

from __future__ import annotations

from typing import Any

from invoiced.emulator.documents.creation import NAMES, create_document
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, Rates
from invoiced.emulator.documents.states import store_document
from invoiced.emulator.documents.terms import early_discount
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact
from invoiced.emulator.values.times import DAY

_COPIED = ("customer", "currency", "payment_terms", "notes", "purchase_order", "ship_to", "metadata")
_OF_LINES = (
    *("catalog_item", "type", "name", "description", "quantity", "unit_cost", "discountable", "taxable", "plan"),
    "metadata",
)


def invoice_of_estimate(account: Account, estimate: Record) -> Record:
    """Return a new invoice with what an estimate has. The estimate is closed."""
    fields: Record = {name: estimate[name] for name in _COPIED if estimate[name]}
    if estimate["name"] != NAMES["estimate"]:
        fields["name"] = estimate["name"]
    fields["items"] = [
        {name: line[name] for name in _OF_LINES if line.get(name) is not None}
        | {kind.name: _copies(kind, line) for kind in (DISCOUNTS, TAXES)}
        for line in estimate["items"]
    ]
    fields |= {kind.name: _copies(kind, estimate) for kind in (DISCOUNTS, TAXES)}
    if early := early_discount(estimate["payment_terms"]):
        amount = exact(estimate["total"]) * early.percent / 100
        expires = account.now + early.days * DAY
        fields["discounts"].append({"amount": amount, "expires": expires, "from_payment_terms": True})
    invoice = create_document(account, "invoice", {**fields, "calculate_taxes": False})
    estimate |= {"invoice": invoice["id"], "closed": True}
    store_document(account, "estimate", estimate)
    return invoice


def _copies(kind: Rates, parent: Record) -> list[dict[str, Any]]:
    """Return the discounts or taxes of a line or a document as they are sent."""
    names = (kind.rate, "amount", "expires", "from_payment_terms")
    return [{name: each[name] for name in names if each.get(name) is not None} for each in parent[kind.name]]
