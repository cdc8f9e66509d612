"""Pending lines of customers (billing.md 12.1; catalog.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.documents.lines import MAX_LINES, from_item
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, entries, sent_entries
from invoiced.emulator.documents.totals import line_taxes
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.lists import list_records
from invoiced.emulator.storage.store import Condition, Record, RecordId, column
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact

_TYPE = "pending_line_item"
_OF_SUBSCRIPTION = ("subscription", "period_start", "period_end", "prorated")


def billable(account: Account, customer_id: RecordId, subscription_id: RecordId | None = None) -> list[Record]:
    """Return the pending lines of a customer: all, or those of no subscription or of this one (catalog.md 1.20)."""
    conditions = []
    if subscription_id is not None:
        owner = column("subscription")
        conditions.append(Condition(f"({owner} IS NULL OR {owner} = ?)", [subscription_id]))
    return account.store.page(_TYPE, customer_id, conditions=conditions, limit=MAX_LINES)


def add_pending(account: Account, customer_id: RecordId, fields: Mapping[str, Any]) -> Record:
    """Add a pending line with these fields, such as the proration of a subscription."""
    line_id = account.store.next("id")
    line = blank_of("PendingLineItem") | {"quantity": 1, "discountable": True, "taxable": True, **fields}
    line |= {"id": line_id, "customer": customer_id, "created_at": account.now, "updated_at": account.now}
    line["amount"] = exact(line["quantity"]) * exact(line["unit_cost"])
    account.add(_TYPE, line_id, line, customer_id)
    return line


def as_line(pending: Record) -> Record:
    """Return the line of a document that a pending line becomes, with its ID."""
    line = blank_of("LineItem") | {"plan": None, "subscription": None}
    return line | {name: value for name, value in pending.items() if name in line}


def _complete(call: Call, line: Record) -> None:
    """Check and complete a pending line that is created or changed."""
    is_new = call.operation.action == "create"
    customer = call.find("customer", line["customer"]) or {}
    if is_new and not customer.get("active"):
        raise ApiError(400, "The customer is inactive.", "customer")
    of_item, item = from_item(call, call.body)
    if call.body.get("catalog_item") and item is None:
        message = f"No such item: {call.body['catalog_item']!r}. Create it first."
        raise ApiError(400, message, "catalog_item")
    if is_new and call.body.get("unit_cost") is None and item is None:
        raise ApiError(400, "A pending line needs unit_cost, or catalog_item.", "unit_cost")
    if call.body.get("plan") is not None and call.find("plan", call.body["plan"]) is None:
        raise ApiError(400, f"No such plan: {call.body['plan']!r}. Create it first.", "plan")
    line |= of_item if is_new else {}
    for kind in (DISCOUNTS, TAXES):
        listed = sent_entries(call.body, kind)
        if listed is None and is_new:
            listed = of_item.get(kind.name, ())
        if listed is not None:
            line[kind.name] = entries(call, kind, listed)
    line["amount"] = exact(line["quantity"]) * exact(line["unit_cost"])
    line["amount"] -= line_taxes(line, str(customer.get("currency") or ACCOUNT_CURRENCY)).included  # catalog.md 7.3


def _render(account: Account, line: Record) -> Record:
    """Return a line, which has a plan, and a subscription and a period, only if they are set (catalog.md 7.3)."""
    line = {name: value for name, value in line.items() if value or name != "plan"}
    if any(line.get(name) for name in _OF_SUBSCRIPTION):
        return line
    return {name: value for name, value in line.items() if name not in _OF_SUBSCRIPTION}


def _list(call: Call) -> Result:
    """List the pending lines of a customer. `ApiError` 404 if it does not exist (catalog.md 7.1)."""
    _ = call.parent
    return list_records(call, PENDING_LINE)


PENDING_LINE = Behaviour(complete=_complete, render=_render, operations={"Customer.line_items.list": _list})
