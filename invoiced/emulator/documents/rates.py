"""Discounts and taxes of documents and lines: what is sent becomes entries (billing.md 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact
from invoiced.emulator.values.warnings import warn


class Rates(NamedTuple):
    """A kind of entry, such as a discount, which has a rate: a coupon."""

    name: str
    """Property of documents and lines."""
    short: str
    """Short form of a plain amount (2.7)."""
    resource: str
    rate: str
    """Property of an entry, and type of the records of rates."""


class PinnedRate(dict[str, Any]):
    """A rate as a subscription keeps it, although another one may have its ID by now."""


DISCOUNTS = Rates("discounts", "discount", "Discount", "coupon")
TAXES = Rates("taxes", "tax", "Tax", "tax_rate")


def entries(
    account: Account, kind: Rates, sent: Sequence[Any], before: Sequence[Record] = (), *, param: str | None = None
) -> list[Record]:
    """Return the entries that are sent. Those with the ID of an entry `before` keep what is not sent.

    Unknown rates are dropped, as are plain amounts of 0 and rates that are sent twice (2.6).
    """
    known = {entry["id"]: entry for entry in before}
    found: list[Record] = []
    for each in sent:
        given = _given(kind, each)
        kept: Record = {}
        if given.get("id") is not None:
            if given["id"] not in known:  # 3.16
                raise ApiError(400, f"This document has no {kind.short} {given['id']}.", param or kind.name)
            kept = known.pop(given["id"])
        if (entry := _entry(account, kind, {**kept, **given})) is not None:
            found.append({**entry, "id": kept.get("id") or account.store.next("id")})
    return [*_each_rate_once(kind, found)]


def sent_entries(body: Mapping[str, Any], kind: Rates) -> Sequence[Any] | None:
    """Return the entries of a body in the long or the short form (2.7), or None if it has none."""
    sent: Sequence[Any] | None = body.get(kind.name)
    if not sent and body.get(kind.short) is not None:
        return [{"amount": body[kind.short]}]
    return sent


def rate_ids(kind: Rates, listed: Sequence[Record]) -> set[Any]:
    """Return the IDs of the rates of entries."""
    return {entry[kind.rate]["id"] for entry in listed if entry[kind.rate]}


def _given(kind: Rates, sent: Any) -> Mapping[str, Any]:
    """Return an entry in its long form: a text is the ID of a rate."""
    if isinstance(sent, Mapping):
        return {name: value for name, value in sent.items() if value is not None}
    return {kind.rate: sent}


def _entry(account: Account, kind: Rates, given: Mapping[str, Any]) -> Record | None:
    rate = given.get(kind.rate)
    blank = blank_of(kind.resource) | {"updated_at": account.now}
    if rate is None:
        amount = exact(given.get("amount") or 0)
        if not amount:
            return None
        return blank | {name: given[name] for name in given if name in blank} | {"amount": amount, kind.rate: None}
    rate = _rate(account, kind, rate)
    if rate is None:
        return None
    return blank | {name: given[name] for name in given if name in blank} | {kind.rate: rate}


def _rate(account: Account, kind: Rates, given: Any) -> Record | None:
    """Return the rate with an ID, or of an object with an ID. A subscription keeps its version of a rate (2.9)."""
    if isinstance(given, PinnedRate):
        return {**given}
    rate_id = given.get("id") if isinstance(given, Mapping) else given
    found = account.find(kind.rate, rate_id) if isinstance(rate_id, int | str) else None
    if found is None:
        warn(f"The {kind.rate.replace('_', ' ')} {rate_id!r} does not exist: it is ignored, as by the API.")
    return found and account.shown(kind.rate, found)


def _each_rate_once(kind: Rates, listed: Sequence[Record]) -> Iterator[Record]:
    seen = set()
    for entry in listed:
        rate_id = entry[kind.rate] and entry[kind.rate]["id"]
        if rate_id is None or rate_id not in seen:
            yield entry
        seen.add(rate_id)
