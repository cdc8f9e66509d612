"""Payments as they are recorded, changed and voided (billing.md 8.1, 8.3, 8.5, 8.8, 8.9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from invoiced.emulator.documents.links import new_path
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.applications import applications_of, used
from invoiced.emulator.payments.applying import await_settlement, is_settled_later, replace_applications
from invoiced.emulator.records import accounting
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.metadata import as_stored
from invoiced.emulator.records.payers import payer
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.exact_json import decimal_text
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, rounded

CHARGE = "_charge"
"""Hidden property of a payment: ID of its charge."""

PENDING = "_pending"
"""Hidden property of a payment: whether its charge is pending, so that only credits are used up (9.4)."""

PATH = "_path"
"""Hidden property of a payment: the path of its page."""

_DEFAULTS = {"method": "other", "source": "keyed"}


def record_payment(
    account: Account, fields: Mapping[str, Any], sent: Sequence[Record] = (), *, is_pending: bool = False
) -> Record:
    """Store a new payment with what is sent in `applied_to`, and apply it (8.1, 8.5, 8.6)."""
    given = {name: value for name, value in fields.items() if value is not None}
    customer = payer(account, given["customer"]) if "customer" in given else {}
    currency = currency_code(str(given.get("currency") or customer.get("currency") or ACCOUNT_CURRENCY))
    payment = new_record(account, "Payment", {**_DEFAULTS, "date": account.now, **given, "currency": currency})
    payment |= {name: value for name, value in given.items() if name.startswith("_")}
    payment |= {"amount": _amount(payment), "metadata": as_stored(payment["metadata"] or {}), PENDING: is_pending}
    payment |= {"matched": None, PATH: new_path(account, "payment")}
    accounting.connect(payment, fields)
    payment["applied_to"] = applications_of(account, payment, sent, ())
    _complete(account, payment)
    account.add("payment", payment["id"], payment)
    if is_pending:
        _await(account, payment, 1)
    replace_applications(account, payment, (), _effective(payment), "applied_to")
    return payment


def change_payment(account: Account, payment: Record, fields: Mapping[str, Any]) -> Record:
    """Change a payment; `applied_to` replaces what it is applied to (8.8)."""
    if payment["voided"]:
        raise ApiError(400, "A voided payment cannot be changed.", "voided")
    if payment[PENDING]:
        raise ApiError(400, "The charge of this payment is pending. Change the payment once it is settled.")
    before = payment["applied_to"]
    former = {**payment}
    if "customer" in fields and fields["customer"] is not None:
        payer(account, fields["customer"])
    known = {name: value for name, value in fields.items() if name in payment and name != "applied_to"}
    payment |= {name: value for name, value in known.items() if value is not None or former[name] is None}
    payment |= {
        name: None for name in ("customer", "reference", "ach_sender_id", "notes") if known.get(name, 1) is None
    }
    payment["currency"] = currency_code(payment["currency"])
    payment["amount"] = _amount(payment)
    if "metadata" in known:
        payment["metadata"] = as_stored(payment["metadata"] or {})
    accounting.connect(payment, fields)
    if payment["customer"] != former["customer"] and former["customer"] is not None:
        replace_applications(account, former, before, (), "applied_to")
        before = []
    if payment["currency"] != former["currency"] and before:
        raise ApiError(400, "The currency of a payment that is applied cannot change. Take it back first.")
    if "applied_to" in fields:
        payment["applied_to"] = applications_of(account, payment, fields["applied_to"], before)
    else:
        payment["applied_to"] = before
        if used(before) > payment["amount"]:
            message = f"{used(before)} of the payment is applied. Send applied_to, too, to lower the amount below it."
            raise ApiError(400, message, "amount")
    _complete(account, payment)
    _store(account, payment)
    replace_applications(account, payment, before, payment["applied_to"], "applied_to")
    return payment


def void_payment(account: Account, payment: Record) -> Record:
    """Void a payment, which keeps its amount but is applied to nothing (8.9)."""
    if payment["voided"]:
        raise ApiError(400, "This payment is voided already.")
    before = _effective(payment)
    if payment[PENDING]:
        _await(account, payment, -1)
    payment |= {"voided": True, "date_voided": account.now, "applied_to": [], PENDING: False}
    _complete(account, payment)
    _store(account, payment)
    replace_applications(account, payment, before, (), None)
    return payment


def settle_payment(account: Account, payment: Record) -> None:
    """Apply a payment whose charge is no longer pending (9.4)."""
    before = _effective(payment)
    _await(account, payment, -1)
    payment[PENDING] = False
    _store(account, payment)
    replace_applications(account, payment, before, payment["applied_to"], None)


def _effective(payment: Record) -> list[Record]:
    """Return the applications that have changed anything: of a pending payment only those of credits (9.4)."""
    applications: list[Record] = payment["applied_to"]
    return [each for each in applications if not (payment[PENDING] and is_settled_later(each))]


def _await(account: Account, payment: Record, change: int) -> None:
    for application in payment["applied_to"]:
        await_settlement(account, application, change)


def _complete(account: Account, payment: Record) -> None:
    """Set the balance, and what follows from it (8.3)."""
    payment["balance"] = rounded(payment["amount"] - used(payment["applied_to"]), payment["currency"])
    payment["applied"] = payment["balance"] == 0 and not payment["voided"]
    customer = account.find("customer", payment["customer"]) if payment["customer"] is not None else None
    payment["customerName"] = customer["name"] if customer else None


def _store(account: Account, payment: Record) -> None:
    payment["updated_at"] = account.now
    account.write("payment", payment["id"], payment)


def _amount(payment: Record) -> Any:
    amount = rounded(exact(payment["amount"]), payment["currency"])
    if amount < 0:  # 8.1
        raise ApiError(400, f"The amount of a payment cannot be below 0: {decimal_text(amount)}", "amount")
    return amount
