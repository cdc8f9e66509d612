"""The calls of charges and refunds (billing.md 9)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.payments import gateway, sources
from invoiced.emulator.payments.charging import Terms, charge, check_applications
from invoiced.emulator.payments.payments import payment_result
from invoiced.emulator.records.call import Call, Result
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact, rounded
from invoiced.emulator.values.times import midnight


def create_charge(call: Call) -> Result:
    """Respond with the payment that a charge makes (9.1, 9.2)."""
    body = call.body
    customer = call.find("customer", body["customer"])
    if customer is None:
        raise not_found("customer", body["customer"])
    check_applications(call, customer, body["applied_to"])
    source = _source(call, customer)
    customer = call.find("customer", customer["id"]) or customer
    terms = Terms(
        currency=body.get("currency"),
        has_fee=bool(body.get("apply_convenience_fee", True)),
        receipt_email=body.get("receipt_email"),
        notes=body.get("notes"),
        metadata=body.get("metadata"),
    )
    chargeable = {**customer, "payment_source": None}  # The default source is only charged if it is sent.
    return payment_result(
        call, charge(call, chargeable, body["applied_to"], source=source, method=body.get("method"), terms=terms)
    )


def _source(call: Call, customer: Record) -> Record | None:
    """Return the source that is sent: a stored one, a token, or bank account details, which may be stored."""
    body = call.body
    kind, source_id = body.get("payment_source_type"), body.get("payment_source_id")
    if kind and source_id is not None:
        stored = sources.stored_source(call, customer["id"], kind, source_id)
        if stored is not None:
            return stored
    is_paid_by_credits = all(each["type"] in ("credit_note", "applied_credit") for each in body["applied_to"])
    if not body.get("method") and not body.get("payment_method"):
        if is_paid_by_credits:
            return None
        reason = f"The customer has no {kind.replace('_', ' ')} {source_id} that can be charged. " if kind else ""
        message = f"{reason}The payment method is missing. Send method, or a stored source that can be charged."
        raise ApiError(400, message)
    source = sources.new_source(call, customer["id"], body)
    if body.get("vault_method"):
        return sources.store_source(call, source, is_default=bool(body.get("make_default")))
    return source


def create_refund(call: Call) -> Result:
    """Respond with the refund of a charge, which changes neither the payment nor its documents (9.8)."""
    made = call.find("charge", call.ids["charge_id"])
    if made is None:
        raise not_found("charge", call.ids["charge_id"])
    amount = rounded(exact(call.body["amount"]), made["currency"])
    rest = exact(made["amount"]) - exact(made["amount_refunded"])
    if amount <= 0:
        raise ApiError(400, "The amount of a refund must be above 0.")
    if made["status"] != gateway.SUCCEEDED:
        raise ApiError(
            400, f"Only a charge that has succeeded can be refunded. The status of this one: {made['status']}."
        )
    if amount > rest:
        raise ApiError(400, f"At most {rest} of this charge can be refunded.")
    is_card = made["payment_source"]["object"] == "card"
    if is_card and amount != exact(made["amount"]) and midnight(call.now) == midnight(made["created_at"]):
        raise ApiError(400, "A charge of a card cannot be refunded in part on the day it was made.")
    fields = {"currency": made["currency"], "amount": amount, "charge": made["id"], "charge_id": made["id"]}
    fields |= {"gateway": made["gateway"], "gateway_id": call.token(12), "status": gateway.SUCCEEDED}
    refund = new_record(call, "Refund", fields)
    made["refunds"] = [*made["refunds"], {name: value for name, value in refund.items() if name != "charge"}]
    made["amount_refunded"] = rounded(exact(made["amount_refunded"]) + amount, made["currency"])
    made |= {"refunded": made["amount_refunded"] == exact(made["amount"]), "updated_at": call.now}
    call.add("refund", refund["id"], refund)
    call.write("charge", made["id"], made)
    return Result(refund)
