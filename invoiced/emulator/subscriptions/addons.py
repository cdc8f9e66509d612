"""The addons of subscriptions (catalog.md 1.3, 1.26)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invoiced.emulator.catalog.versions import in_use
from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.checks import check_price, plan_in_use
from invoiced.emulator.subscriptions.states import plan_of

PRORATED_FROM = "prorated_from"
"""Hidden property of an addon in arrears: the start of the period in which it was added."""

_HIDDEN = ("plan_version", PRORATED_FROM)
_MAX_ADDONS = 100


def addons_of(account: Account, sent: Sequence[Mapping[str, Any]], before: Sequence[Record] = ()) -> list[Record]:
    """Return the addons that are sent. Those with the ID of an addon `before` keep what is not sent."""
    if len(sent) > _MAX_ADDONS:
        raise ApiError(400, f"A subscription can have at most {_MAX_ADDONS} addons.")
    known = {addon["id"]: addon for addon in before}
    return [_addon(account, each, known) for each in sent]


def mark_prorated(addons: Sequence[Record], before: Sequence[Mapping[str, Any]], period_start: int) -> None:
    """Remember which addons are new in a period in arrears, and so billed by their proration only (1.22)."""
    known = {addon["id"]: addon.get(PRORATED_FROM) for addon in before}
    for addon in addons:
        addon[PRORATED_FROM] = known.get(addon["id"], period_start)


def shown_addon(addon: Mapping[str, Any]) -> Record:
    """Return an addon without what is only stored."""
    return {name: value for name, value in addon.items() if name not in _HIDDEN}


def check_intervals(account: Account, plan: Mapping[str, Any], addons: Sequence[Mapping[str, Any]]) -> None:
    """Check that addons are billed in the interval of the plan."""
    for addon in addons:
        of_addon = plan_of(account, addon)
        if addon["plan"] and any(of_addon[name] != plan[name] for name in ("interval", "interval_count")):
            message = f"The addon {of_addon['id']} is billed in another interval than the plan {plan['id']}."
            raise ApiError(400, message)


def _addon(account: Account, sent: Mapping[str, Any], known: dict[Any, Record]) -> Record:
    given = {name: value for name, value in sent.items() if name != "id"}
    if sent.get("id") is not None:
        before = known.pop(sent["id"], None)
        if before is None:
            raise ApiError(400, f"This subscription has no addon {sent['id']}, or it is sent twice.")
        if given.get("plan") not in (None, before["plan"]):
            raise ApiError(400, "The plan of an addon cannot change: send a new addon without id.")
        addon = {**before, **given, "updated_at": account.now}
    else:
        times = {"created_at": account.now, "updated_at": account.now}
        new = {"id": account.store.next("id"), "quantity": 1, "plan_version": None, **given, **times}
        addon = blank_of("SubscriptionAddon") | new
        if addon["plan"]:
            addon["plan_version"] = plan_in_use(account, addon["plan"]).get("version")
        elif in_use(account, "item", addon["catalog_item"]) is None:
            raise ApiError(400, f"An addon needs a plan (unknown item {addon['catalog_item']!r}).")
    if addon["quantity"] is None:
        addon["quantity"] = 1
    check_price(plan_of(account, addon), addon)
    return addon
