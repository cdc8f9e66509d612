"""Credit balance adjustments: credit that is granted or taken without a payment (billing.md 11.4, 11.5)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.credits import ENTRY, PAYMENT, check_history
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import new_record, shown
from invoiced.emulator.storage.store import Record, column
from invoiced.emulator.values.codes import currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact, rounded


def _create(call: Call) -> Result:
    customer = call.find("customer", call.body["customer"])
    if customer is None:
        raise ApiError(400, f"No such customer: {call.body['customer']}. Create it first.", "customer")
    currency = currency_code(str(call.body.get("currency") or ACCOUNT_CURRENCY))
    given = {name: value for name, value in call.body.items() if value is not None}
    adjustment = new_record(call, "CreditBalanceAdjustment", {"date": call.now, **given, "currency": currency})
    _set_amount(adjustment)
    call.add(ENTRY, adjustment["id"], adjustment)
    check_history(call, customer["id"], currency, "amount")
    return Result(shown(call, CREDIT_BALANCE_ADJUSTMENT, adjustment))


def _save(call: Call) -> Result:
    adjustment = _adjustment(call)
    adjustment |= {name: call.body[name] for name in ("amount", "date", "notes") if name in call.body}
    if "amount" not in call.body:  # 11.4: the service changes the sign of an amount that is not sent.
        adjustment["amount"] = -exact(adjustment["amount"])
    _set_amount(adjustment)
    call.write(ENTRY, adjustment["id"], adjustment)
    check_history(call, adjustment["customer"], adjustment["currency"], "amount")
    return Result(shown(call, CREDIT_BALANCE_ADJUSTMENT, adjustment))


def _delete(call: Call) -> Result:
    adjustment = _adjustment(call)
    call.remove(ENTRY, adjustment["id"])
    check_history(call, adjustment["customer"], adjustment["currency"], "amount")
    return Result()


def _adjustment(call: Call) -> Record:
    """Return the adjustment in the path. `ApiError` if a payment made it, which has to be changed instead."""
    adjustment = call.record()
    if adjustment.get(PAYMENT) is not None:
        raise ApiError(400, f"This credit follows from the payment {adjustment[PAYMENT]}: change the payment.")
    return adjustment


def _set_amount(adjustment: Record) -> None:
    adjustment["amount"] = rounded(exact(adjustment["amount"]), adjustment["currency"])
    if adjustment["amount"] == 0:
        raise ApiError(400, "The amount of an adjustment cannot be 0.", "amount")


CREDIT_BALANCE_ADJUSTMENT = Behaviour(
    unlisted=f"{column(PAYMENT)} IS NOT NULL AND {column('amount')} < 0",  # 11.5: credits, but not what was spent
    operations={
        "CreditBalanceAdjustment.create": _create,
        "CreditBalanceAdjustment.save": _save,
        "CreditBalanceAdjustment.delete": _delete,
    },
)
