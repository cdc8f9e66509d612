"""Charges through the test gateway (billing.md 9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from invoiced.emulator.documents.states import is_pending
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments import gateway, sources
from invoiced.emulator.payments.applications import CASH_TYPES, possible_applications
from invoiced.emulator.payments.recording import CHARGE, record_payment, settle_payment, void_payment
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Record, RecordId
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, minor_unit, rounded

SETTLEMENT = "charge settles"
"""Name of the task that ends a pending charge."""

_TYPES = CASH_TYPES - {"convenience_fee"} | {"credit_note", "applied_credit"}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a charge is made with, besides its customer and what it pays."""

    origin: str = "api"
    """The `source` of the payment: `api`, or `autopay`."""
    currency: str | None = None
    has_fee: bool = True
    """Whether the convenience fee of the payment method is added."""
    receipt_email: str | None = None
    notes: str | None = None
    metadata: Record | None = None


def charge(
    account: Account,
    customer: Record,
    applications: Sequence[Record],
    *,
    source: Record | None = None,
    method: str | None = None,
    terms: Terms | None = None,
) -> Record:
    """Charge a source, or else the customer's default, and return the payment, which is applied.

    `applications` are as in `applied_to`. `ApiError` 400 if the charge is not possible, or declined; a declined charge
    is kept if the error is (9.3).
    """
    terms = terms or Terms()
    currency = check_applications(account, customer, applications, terms.currency)
    source = source or customer["payment_source"]
    applications = [{**each, "amount": rounded(exact(each["amount"]), currency)} for each in applications]
    amount = sum((each["amount"] for each in applications if each["type"] in CASH_TYPES), Decimal(0))
    fields = {"customer": customer["id"], "currency": currency, "source": terms.origin, "notes": terms.notes}
    fields |= {"metadata": terms.metadata or {}, "amount": amount}
    with _without_param():
        if amount == 0:  # 9.2: nothing is charged if credits pay for everything.
            return record_payment(account, {**fields, "method": method or "other"}, applications)
        if source is None:
            raise ApiError(400, "There is no payment source to charge. Send a stored source, a token or a method.")
        possible_applications(account, fields, applications)  # 9.2: the gateway comes last.
        method = sources.METHODS[source["object"]]
        fee = _fee(account, customer, amount, method, currency) if terms.has_fee else Decimal(0)
        fees = [{"type": "convenience_fee", "amount": fee}] if fee else []
        status, _ = gateway.outcomes(source)
        made = _new_charge(account, customer, source, amount + fee, currency, status, terms)
        if status == gateway.FAILED:
            raise ApiError(400, gateway.DECLINED, keeps_changes=True)
        fields |= {"amount": amount + fee, "method": method, "reference": made["gateway_id"], CHARGE: made["id"]}
        waits = status == gateway.PENDING
        payment = record_payment(account, fields, [*applications, *fees], is_pending=waits)
    made |= {"payment": payment["id"], "payment_id": payment["id"]}
    account.write("charge", made["id"], made)
    if waits:
        account.store.schedule(SETTLEMENT, made["id"], account.now + gateway.SETTLED_AFTER)
    return payment


def check_applications(
    account: Account, customer: Record, applications: Sequence[Record], currency: str | None = None
) -> str:
    """Return the currency of a charge. `ApiError` if it cannot pay what it is applied to (9.1, 9.2)."""
    if not applications:
        raise ApiError(400, "A charge needs something to pay: applied_to is empty.")
    for each in applications:
        if each["type"] not in _TYPES:
            raise ApiError(400, f"A charge cannot be applied to the type {each['type']}.")
        document_type = each.get("document_type")
        if each["type"] not in CASH_TYPES and (document_type is None or each.get(document_type) is None):
            raise ApiError(400, f"The type {each['type']} needs a document_type and the ID of the document.")
        invoice = account.find("invoice", each["invoice"]) if each.get("invoice") is not None else None
        if invoice is not None:
            currency = currency or invoice["currency"]
            if is_pending(invoice):
                raise ApiError(400, f"A payment of the invoice {invoice['number']} is pending.")
    return str(currency or customer["currency"] or ACCOUNT_CURRENCY).lower()


def settle(account: Account, charge_id: RecordId) -> None:
    """End a pending charge: its payment is applied, or voided if the charge has failed (9.4)."""
    made = account.find("charge", charge_id)
    assert made is not None
    _, status = gateway.outcomes(made["payment_source"])
    failure = gateway.DECLINED if status == gateway.FAILED else None
    made |= {"status": status, "failure_message": failure, "updated_at": account.now}
    account.write("charge", charge_id, made)
    account.record_event(f"charge.{status}", "charge", made)
    payment = account.find("payment", made["payment_id"])
    if payment is None or payment["voided"]:
        return
    if status == gateway.FAILED:
        void_payment(account, payment)
    else:
        settle_payment(account, payment)


def _new_charge(
    account: Account, customer: Record, source: Record, amount: Decimal, currency: str, status: str, terms: Terms
) -> Record:
    fields: dict[str, Any] = {
        **{"customer": customer["id"], "customer_id": customer["id"], "currency": currency, "amount": amount},
        **{"gateway": gateway.NAME, "gateway_id": account.token(12), "status": status, "payment_source": source},
        "failure_message": gateway.DECLINED if status == gateway.FAILED else None,
        "receipt_email": terms.receipt_email or source["receipt_email"],
    }
    made = new_record(account, "Charge", fields)
    account.add("charge", made["id"], made)
    account.record_event(f"charge.{status}", "charge", made)
    return made


def _fee(account: Account, customer: Record, amount: Decimal, method: str, currency: str) -> Decimal:
    """Return the convenience fee, cut to the decimals of the currency (9.5)."""
    settings = sources.payment_method(account, method)
    if not settings or not customer["convenience_fee"]:
        return Decimal(0)
    fee = amount * exact(settings["convenience_fee"] or 0) / 10_000
    return fee.quantize(minor_unit(currency), ROUND_DOWN)


@contextmanager
def _without_param() -> Iterator[None]:
    """Let errors name no parameter (9.2)."""
    try:
        yield
    except ApiError as error:
        error.param = None
        raise
