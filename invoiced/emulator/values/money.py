"""Amounts of money: currencies and rounding."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from invoiced.emulator.errors import ApiError

ACCOUNT_CURRENCY = "usd"
"""Currency of the emulated account."""

_WITHOUT_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vuv xaf xof xpf"
_DECIMALS: Mapping[str, int] = {**dict.fromkeys(_WITHOUT_DECIMALS.split(), 0), "bhd": 3, "btc": 8}


def exact(amount: Any) -> Decimal:
    """Return a number as the decimal number that was written, without the noise of binary floats."""
    return Decimal(str(amount))


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency, such as 0.01."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))


def quantized(number: Decimal, unit: Decimal) -> Decimal:
    """Round a number to a multiple of a unit, half away from zero. `ApiError` if it is too large for that."""
    try:
        return number.quantize(unit, ROUND_HALF_UP)
    except InvalidOperation:
        raise ApiError(400, "An amount or a quantity is too large.") from None


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round an amount to the decimals of its currency, half away from zero. A whole amount has no decimals."""
    money = quantized(amount, minor_unit(currency))
    return money.quantize(Decimal(1)) if money == money.to_integral_value() else money.normalize()


def printed(amount: Any, currency: str) -> str:
    """Return an amount as it is printed, with all decimals of its currency."""
    value = exact(amount or 0)
    return f"{rounded(value, currency).quantize(minor_unit(currency)):f}" if value.adjusted() < 20 else f"{value:f}"
