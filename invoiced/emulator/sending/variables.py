"""The variables of e-mails and text messages, such as `{{customer_name}}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.payments.balances import balance_of
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import printed

COMPANY = "Dunder Mifflin, Inc."
"""Name of the company whose account the emulator has."""

Variables = Mapping[str, str]
"""Values by the names of the variables."""

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_AMOUNTS = ("total", "balance")


def filled(text: str, variables: Variables) -> str:
    """Return a text with the values of its variables. Unknown ones stay, so that a test sees them."""
    return _VARIABLE.sub(lambda found: variables.get(found[1], found[0]), text)


def of_statement(account: Account, customer: Record, currency: str | None) -> dict[str, str]:
    """Return the variables of a statement, without the recipient's name."""
    balance = balance_of(account, customer, currency)
    shown = account.shown("customer", customer)
    return {
        **_of_customer(customer),
        "balance": _amount(balance["total_outstanding"], balance["currency"]),
        "url": shown["statement_url"] or "",
    }


def of_document(account: Account, record_type: str, document: Record, customer: Record) -> dict[str, str]:
    """Return the variables of a document or a payment, without the recipient's name."""
    amounts = {name: _amount(document[name], document["currency"]) for name in _AMOUNTS if name in document}
    number = {f"{record_type}_number": document["number"]} if "number" in document else {}
    url = account.shown(record_type, document).get("url") or ""
    return {**_of_customer(customer), **number, **amounts, "url": url}


def _of_customer(customer: Record) -> dict[str, str]:
    number = customer.get("number")
    return {"company_name": COMPANY, "customer_name": customer["name"] or "", "customer_number": number or ""}


def _amount(amount: Any, currency: str) -> str:
    return f"{printed(amount, currency)} {currency.upper()}"
