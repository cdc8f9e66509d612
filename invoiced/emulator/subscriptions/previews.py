"""Previews of subscriptions (catalog.md 1.39, 1.40)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.catalog.plans import check_tiers
from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.documents.lines import lines_of
from invoiced.emulator.documents.terms import due_date
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.lines import document_of, lines_of_period, recurring
from invoiced.emulator.subscriptions.periods import Interval
from invoiced.emulator.values.times import midnight

_NO_CUSTOMER = -1
_TIERED = ("tiered", "volume")


def preview(call: Call) -> Result:
    """Respond with the first invoice and the recurring amounts of a subscription that is not created."""
    body = call.body
    customer = call.find("customer", body["customer"]) if body.get("customer") is not None else None
    parts = [_part(body), *map(_part, body.get("addons") or ())]
    plans = [_plan(call, each) for each in (body, *(body.get("addons") or ()))]
    subscription = {
        **parts[0],
        "id": None,
        "addons": parts[1:],
        "ship_to": None,
        "discounts": _known(call, "coupon", body.get("discounts")),
        "taxes": _known(call, "tax_rate", body.get("taxes")),
    }
    for line in body.get("pending_line_items") or ():
        if line.get("catalog_item") and call.find("item", line["catalog_item"]) is None:
            raise ApiError(400, f"No such item: {line['catalog_item']!r}. Create it first.")
    period = Interval.of(plans[0]).period_from(midnight(call.now))
    lines = lines_of_period(call, subscription, period, plans=plans)
    lines += lines_of(call, body.get("pending_line_items") or ())
    invoice = document_of(call, subscription, lines, plans[0]["currency"], customer)
    amounts = recurring(call, subscription, customer, plans, mrr_with_taxes=True)
    first_invoice = _unsaved(call, invoice, plans[0], customer)
    return Result({"first_invoice": first_invoice, "recurring_total": amounts.total, "mrr": amounts.mrr})


def _part(sent: Mapping[str, Any]) -> Record:
    return {"plan": sent["plan"], "quantity": sent.get("quantity") or 1, "amount": sent.get("amount")}


def _plan(account: Account, sent: Mapping[str, Any]) -> Record:
    """Return a plan, also an archived one, with the amount or the tiers that are sent in place of its own."""
    plan = account.find("plan", sent["plan"])
    if plan is None:
        raise ApiError(400, f"No such plan: {sent['plan']!r}. Create it first.")
    if sent.get("tiers"):
        check_tiers(sent["tiers"])
        mode = plan["pricing_mode"] if plan["pricing_mode"] in _TIERED else "tiered"
        return {**plan, "pricing_mode": mode, "tiers": sent["tiers"]}
    return plan if sent.get("amount") is None else {**plan, "pricing_mode": "per_unit", "amount": sent["amount"]}


def _known(account: Account, record_type: str, ids: list[str] | None) -> list[Record]:
    """Return the coupons or tax rates that exist. Others are ignored."""
    found = [(each, account.find(record_type, each)) for each in ids or ()]
    return [account.shown(record_type, record) for _, record in found if record is not None]


def _unsaved(account: Account, invoice: Record, plan: Mapping[str, Any], customer: Record | None) -> Record:
    """Return an invoice as previews show it."""
    shown = blank_of("InvoicePreview")
    shown |= {name: invoice[name] for name in ("currency", "items", "subtotal", "discounts", "taxes", "total")}
    for line in shown["items"]:
        line |= {"id": None, "customer": customer["id"] if customer else _NO_CUSTOMER}
    terms = customer["payment_terms"] if customer else None
    shown |= {"name": plan["name"], "notes": plan["notes"], "date": account.now, "status": "draft", "draft": True}
    shown |= {"balance": 0, "paid": False, "closed": False, "attempt_count": 0, "needs_attention": False}
    shown |= {"autopay": bool(customer and customer["autopay"]), "metadata": {}, "attachments": [], "shipping": []}
    shown |= {"payment_terms": terms, "due_date": due_date(account.now, terms), "disabled_payment_methods": []}
    return shown | {"customer": customer["id"] if customer else _NO_CUSTOMER}
