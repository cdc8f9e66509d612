"""The lines, discounts and taxes of a bill, and the recurring amounts (catalog.md 1.19 to 1.24, 7.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from invoiced.emulator.catalog.prices import plan_lines
from invoiced.emulator.description.blanks import blank_of
from invoiced.emulator.documents.automatic_taxes import assessed
from invoiced.emulator.documents.lines import lines_of
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, PinnedRate, entries, rate_ids
from invoiced.emulator.documents.totals import calculate
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.subscriptions.periods import Interval, Period
from invoiced.emulator.subscriptions.states import find_subscription, plan_of
from invoiced.emulator.values.money import exact, quantized, rounded

_FULL = Decimal(1)


class Recurring(NamedTuple):
    """The amounts of one full period, and of a month (1.24)."""

    total: Decimal
    mrr: Decimal


def four_decimals(number: Decimal) -> Decimal:
    """Round a quantity, as prorations have it."""
    return quantized(number, Decimal("0.0001"))


def lines_of_period(
    account: Account,
    subscription: Mapping[str, Any],
    period: Period,
    share: Decimal = _FULL,
    plans: Sequence[Mapping[str, Any]] = (),
) -> list[Record]:
    """Return the lines of the plan and the addons (1.20). Of a short first period, only a share is charged (1.23).

    `plans` stand in for those of the subscription and its addons, in this order.
    """
    lines: list[Record] = []
    for position, part in enumerate((subscription, *subscription["addons"])):
        plan = plans[position] if plans else plan_of(account, part)
        quantity = exact(part["quantity"])
        quantity = four_decimals(quantity * share) if share != _FULL else quantity
        for line in plan_lines(plan, quantity, part["amount"]):
            lines.append(
                {
                    **line_of_plan(account, plan, line.description),
                    "quantity": line.quantity,
                    "unit_cost": line.unit_cost,
                    "subscription": subscription.get("id"),
                    "period_start": period.start,
                    "period_end": period.end,
                    "prorated": share != _FULL,
                }
            )
    return lines_of(account, lines)


def line_of_plan(account: Account, plan: Mapping[str, Any], description: str | None = None) -> Record:
    """Return what each line of a plan has: the name of its item, if it has one, and its metadata (1.20)."""
    item = account.find("item", plan["catalog_item"]) if plan["catalog_item"] else None
    return {
        "type": "plan",
        "plan": plan["id"],
        "catalog_item": plan["catalog_item"],
        "name": item["name"] if item else plan["name"],
        "description": (plan["description"] or "") if description is None else description,
        "metadata": plan["metadata"],
    }


def discounts_of(subscription: Mapping[str, Any], share: Decimal = _FULL) -> list[Record]:
    """Return the discounts of a bill. Of a short first period, an amount counts in part (1.23)."""
    return [
        {DISCOUNTS.rate: PinnedRate(coupon)}
        if coupon["is_percent"] or share == _FULL
        else {"amount": four_decimals(exact(coupon["value"]) * share)}
        for coupon in subscription["discounts"]
    ]


def taxes_of(subscription: Mapping[str, Any]) -> list[Record]:
    """Return the taxes of a bill, without those of the customer, which documents have by themselves (1.21)."""
    return [{TAXES.rate: PinnedRate(rate)} for rate in subscription["taxes"]]


def with_rates_of_subscription(account: Account, line: Record) -> Record:
    """Return a pending line with the coupons and taxes of its subscription, if it has one (7.5)."""
    subscription = find_subscription(account, line["subscription"]) if line.get("subscription") else None
    if subscription is None:
        return line
    rates = {DISCOUNTS: discounts_of(subscription), TAXES: taxes_of(subscription)}
    line = {**line}
    for kind, of_subscription in rates.items():
        known = rate_ids(kind, line[kind.name])
        new = [each for each in entries(account, kind, of_subscription) if each[kind.rate]["id"] not in known]
        line[kind.name] = [*line[kind.name], *new]
    return line


def document_of(
    account: Account, subscription: Mapping[str, Any], lines: list[Record], currency: str, customer: Record | None
) -> Record:
    """Return an invoice that is not stored, with the taxes of a customer, if one is given."""
    taxes = taxes_of(subscription)
    if customer is not None:
        taxes += [{TAXES.rate: rate} for rate in assessed(account, customer, subscription["ship_to"])]
    document = blank_of("Invoice") | {"currency": currency, "items": lines, "customer": customer and customer["id"]}
    document["discounts"] = entries(account, DISCOUNTS, discounts_of(subscription))
    document["taxes"] = entries(account, TAXES, taxes)
    calculate(document)
    return document


def recurring(
    account: Account,
    subscription: Mapping[str, Any],
    customer: Record | None,
    plans: Sequence[Mapping[str, Any]] = (),
    *,
    mrr_with_taxes: bool = False,
) -> Recurring:
    """Return the total of one full period, and the same of a month without taxes (1.24).

    `mrr_with_taxes` leaves in the taxes of the subscription itself, as previews do (1.40).
    """
    plan = plans[0] if plans else plan_of(account, subscription)
    lines = lines_of_period(account, subscription, Period(0, 0), plans=plans)
    document = document_of(account, subscription, lines, plan["currency"], customer)
    total = exact(document["total"])
    if mrr_with_taxes:
        of_request = document_of(account, subscription, lines, plan["currency"], None)
        net = exact(of_request["total"])
    else:
        lists = (document["taxes"], *(line["taxes"] for line in lines))
        net = total - sum((exact(tax["amount"]) for taxes in lists for tax in taxes), Decimal(0))
    return Recurring(total, rounded(net * Interval.of(plan).share_of_month, plan["currency"]))
