"""Lines of documents (billing.md 2.9, 3.16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, entries, sent_entries
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.metadata import as_stored, check
from invoiced.emulator.storage.store import Record

MAX_LINES = 1000

_DEFAULTS = {"name": "", "description": "", "quantity": 1, "unit_cost": 0, "discountable": True, "taxable": True}
_OF_ITEM = ("type", "name", "description", "unit_cost", "discountable", "taxable")
_READ_ONLY = [name for name, each in schema_of("LineItem")["properties"].items() if each.get("readOnly")]


def lines_of(account: Account, sent: Sequence[Any], before: Sequence[Record] = ()) -> list[Record]:
    """Return the lines that are sent, without amounts.

    Lines with the ID of a line `before` have the defaults of what is not sent, except their metadata (3.16).
    """
    known = {line["id"]: line for line in before}
    lines = []
    for each in sent:
        if not isinstance(each, Mapping):
            raise ApiError(400, "The parameter items must be a list of objects.", "items")
        kept: Record = {}
        if each.get("id") is not None:
            if each["id"] not in known:
                message = f"None of the items of this document has the ID {each['id']}, or it is sent twice."
                raise ApiError(400, message, "items")
            line = known.pop(each["id"])
            kept = {name: line[name] for name in (*_READ_ONLY, "metadata", "discounts", "taxes") if name in line}
        lines.append(_line(account, each, kept))
    return lines


def from_item(account: Account, sent: Mapping[str, Any]) -> tuple[Record, Record | None]:
    """Return what a line has from its catalog item where nothing is sent (2.9), and the item, or None."""
    item = account.find("item", sent["catalog_item"]) if sent.get("catalog_item") else None
    if item is None:
        return {}, None
    given = {name: item[name] for name in _OF_ITEM if sent.get(name) is None}
    taxes = [{TAXES.rate: rate} for rate in item["taxes"]]
    return given | ({"taxes": taxes} if sent_entries(sent, TAXES) is None else {}), item


def _line(account: Account, sent: Mapping[str, Any], kept: Record) -> Record:
    given = {name: value for name, value in sent.items() if value is not None and name not in ("id", "amount")}
    of_item, item = from_item(account, sent)
    if given.get("plan") is not None and account.find("plan", given["plan"]) is None:
        raise ApiError(400, f"No such plan: {given['plan']!r}. Create it first.", "items")
    line = blank_of("LineItem") | {"plan": None, "subscription": None} | _DEFAULTS | {"created_at": account.now}
    line |= {**kept, **of_item, **{name: value for name, value in given.items() if name in line}}
    line |= {"catalog_item": item["id"] if item else None, "updated_at": account.now}
    line["id"] = kept.get("id") or account.store.next("id")
    for name in ("name", "description"):
        line[name] = str(line[name] or "").strip()
    for kind in (DISCOUNTS, TAXES):
        listed = sent_entries(given, kind)
        listed = of_item.get(kind.name, ()) if listed is None else listed
        line[kind.name] = entries(account, kind, listed, kept.get(kind.name, ()), param="items")
    if sent.get("metadata"):
        line["metadata"] = as_stored(check(sent["metadata"]))
    return line
