"""The pages of lists, and of single records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from werkzeug import Response

from invoiced.emulator.description import schema_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.pages.listings import LISTINGS, Listing
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values import exact_json

_PER_PAGE = 100
_TABLES = ("items", "taxes", "discounts", "shipping", "applied_to", "addons", "tiers")
"""Properties that are tables of their own."""

_TOTALS = (
    *("subtotal", "total", "amount", "recurring_total", "mrr", "balance"),
    *("total_outstanding", "due_now", "available_credits"),
)
"""Amounts that follow the tables."""

_TABLE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "items": ("name", "description", "quantity", "unit_cost", "amount"),
    "addons": ("plan", "quantity", "amount"),
    "applied_to": ("type", "invoice", "credit_note", "estimate", "amount"),
    "tiers": ("min_qty", "max_qty", "unit_cost"),
}
_RATES = ("name", "amount")


def show_list(visit: Visit, path: str) -> Response:
    """Show one page of a list."""
    listing = _listing(path)
    sent = visit.request.args
    page = int(sent["page"]) if sent.get("page", "").isdecimal() and len(sent["page"]) < 9 else 1
    field = sent.get("field", "") if sent.get("field") in listing.searched else listing.searched[0]
    query: dict[str, Any] = {"sort": sent.get("sort") or listing.order, "per_page": _PER_PAGE, "page": max(page, 1)}
    if listing.expand:
        query["expand"] = listing.expand
    if "customer" in listing.columns and sent.get("customer"):
        query["filter[customer]"] = sent["customer"]
    if search := sent.get("search", "").strip():
        condition = {"field": field, "operator": "contains", "value": search}
        query["advanced_filter"] = exact_json.dumps([condition])
    found = visit.records(f"/{listing.path}", **query)
    currencies = [_currency(record) for record in found.records]
    pages = max(1, -(-found.total // _PER_PAGE))
    chosen = {"search": search, "field": field, "sort": query["sort"]}
    return visit.show(
        "list.html", listing=listing, found=found, currencies=currencies, page=page, pages=pages, chosen=chosen
    )


def show_record(visit: Visit, path: str, record_id: str) -> Response:
    """Show a record with its history, and the call that retrieves it."""
    listing = _listing(path)
    path = listing.record_path(record_id)
    record = visit.record(path)
    details = [(name, value) for name, value in (("expand", listing.expand), ("include", listing.include)) if value]
    expanded = visit.record(f"{path}?{urlencode(details)}") if details else record
    balance = visit.record(f"{path}/balance") if listing.path == "customers" else None
    history = visit.records("/events", related_to=f"{listing.record_type},{record['id']}", per_page=50)
    return visit.show(
        "record.html",
        listing=listing,
        record=record,
        name=record.get("number") or record["id"],
        customer=expanded.get("customer"),
        currency=_currency(balance or expanded),
        fields=[(name, record[name]) for name in _fields(listing, record)],
        totals=_totals(expanded) if balance is None else _totals(balance),
        tables=[(name, _columns(name), expanded[name]) for name in _TABLES if expanded.get(name)],
        history=history,
        has_pdf=bool(record.get("pdf_url")),
        api_path=path,
    )


def show_pdf(visit: Visit) -> Response:
    """Show the PDF of a record, or the one behind the link to a statement."""
    path = visit.request.args.get("path", "")
    response = visit.response("GET", path, accept="application/pdf") if path.startswith("/") else None
    if response is None or response.mimetype != "application/pdf":
        raise ApiError(404, "There is no such PDF.")
    response.headers["Content-Disposition"] = response.headers["Content-Disposition"].replace("attachment", "inline")
    return response


def _listing(path: str) -> Listing:
    if path not in LISTINGS:
        raise ApiError(404, f"There is no page of {path}.")
    return LISTINGS[path]


def _fields(listing: Listing, record: Record) -> Iterator[str]:
    """Yield the properties that are not shown elsewhere, in the order of the reference."""
    known = schema_of(listing.resource)["properties"]
    names = [*(name for name in known if name in record), *(name for name in record if name not in known)]
    for name in names:
        value: Any = record[name]
        is_elsewhere = name in ("object", "customer", "customerName", *_TABLES, *_TOTALS) or name.endswith("url")
        if not is_elsewhere and value not in (None, "", [], {}):
            yield name


def _currency(record: Record) -> str | None:
    """Return the currency of a record's amounts. That of a subscription is the currency of its plan."""
    plan = record.get("plan")
    currency: str | None = plan["currency"] if isinstance(plan, Mapping) else record.get("currency")
    return currency


def _totals(record: Record) -> list[tuple[str, Any]]:
    return [(name, record[name]) for name in _TOTALS if record.get(name) is not None]


def _columns(name: str) -> tuple[str, ...]:
    return _TABLE_COLUMNS.get(name, _RATES)
