"""The total of a document, in minor units of its currency (billing.md 2.1 to 2.6)."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, Rates, rate_ids
from invoiced.emulator.errors import ApiError
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact, minor_unit, rounded

_NOTHING = Decimal(0)


class Taxes(NamedTuple):
    """A sum of taxes, and the part of it that the prices include."""

    total: Decimal
    included: Decimal


def calculate(document: Record, *, taxes_param: str = "items") -> None:
    """Set the amounts of lines, discounts and taxes, the subtotal and the total.

    `taxes_param` is what an error names if a line has a tax of the document. `ApiError` if the total is negative.
    """
    currency, lines = document["currency"], document["items"]
    of_document = rate_ids(TAXES, document["taxes"])
    if any(of_document & rate_ids(TAXES, line["taxes"]) for line in lines):  # 2.6
        message = "A tax rate is on a line and on the document: remove one of them."
        raise ApiError(400, message, taxes_param)
    subtotal = discounted = discounts = taxes = not_discountable = not_taxable = _NOTHING
    for line in lines:
        original = rounded(exact(line["quantity"]) * exact(line["unit_cost"]), currency)  # 2.3, 1
        off = _discount(line["discounts"], original, currency)  # 2.3, 2
        tax = _tax(line["taxes"], original - off, currency)  # 2.3, 3
        line["amount"] = original - tax.included
        subtotal += line["amount"]  # 2.3, 4
        discounted += line["amount"] - off
        discounts += off
        taxes += tax.total
        not_discountable += _NOTHING if line["discountable"] else original  # 2.4
        not_taxable += _NOTHING if line["taxable"] else original
    off = _discount(document["discounts"], discounted - not_discountable, currency)  # 2.3, 5
    tax = _tax(document["taxes"], discounted - off - not_taxable, currency)  # 2.3, 6
    document["subtotal"] = rounded(subtotal - tax.included, currency)
    total = subtotal - tax.included - discounts - off + taxes + tax.total  # 2.3, 7
    if total < 0:  # 2.5
        raise ApiError(400, "The total of a document must not be negative.", "total")
    document["total"] = rounded(total, currency)


def line_taxes(line: Record, currency: str) -> Taxes:
    """Set the amounts of the discounts and taxes of a line without a document, and return its taxes."""
    original = exact(line["quantity"]) * exact(line["unit_cost"])
    return _tax(line["taxes"], original - _discount(line["discounts"], original, currency), currency)


def _discount(discounts: list[Record], base: Decimal, currency: str) -> Decimal:
    """Set the amounts of discounts, all of which are percentages of the same base, and return their sum."""
    for discount in discounts:
        discount["amount"] = _amount(DISCOUNTS, discount, base, currency)
    return sum((discount["amount"] for discount in discounts), _NOTHING)


def _tax(taxes: list[Record], base: Decimal, currency: str) -> Taxes:
    """Set the amounts of taxes, all of which are percentages of the same base, and return their sums."""
    total = included = _NOTHING
    for tax in taxes:
        tax["amount"] = _amount(TAXES, tax, base, currency)
        total += tax["amount"]
        included += tax["amount"] if tax["tax_rate"] and tax["tax_rate"].get("inclusive") else _NOTHING
    return Taxes(total, included)


def _amount(kind: Rates, entry: Record, base: Decimal, currency: str) -> Decimal:
    rate = entry[kind.rate]
    if not rate:
        return rounded(exact(entry["amount"]), currency)
    value = exact(rate["value"])
    if not rate["is_percent"]:
        return rounded(value, currency)
    base = max(_NOTHING, base)  # 2.4
    if not rate.get("inclusive"):
        return rounded(base * value / 100, currency)
    included = base * value / (100 + value)
    return rounded(included.quantize(minor_unit(currency), ROUND_CEILING), currency)  # 2.2
