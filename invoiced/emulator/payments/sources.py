"""Payment sources: the cards and bank accounts of customers (billing.md 10; core.md G14)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.description.blanks import blank_source
from invoiced.emulator.description.conversion import convert
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.payments import gateway
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, RecordId, column

METHODS = {"card": "credit_card", "bank_account": "ach"}

_PARAMETERS = Parameters(schema_of("PaymentSourceCreate"), strict=False)
_IS_CHARGEABLE = column("chargeable")
_SAME_ACCOUNT = f"{column('gateway_id')} = ? AND {_IS_CHARGEABLE}"
_MAX_SOURCES = 20
_SAMPLE_ACCOUNT = "6789"
USED_TOKEN = "used_token"


def new_source(account: Account, customer_id: RecordId, sent: Mapping[str, Any]) -> Record:
    """Return the card or bank account that is sent as a token or in detail. It is not stored yet."""
    method = sent.get("payment_method") or sent.get("method") or "credit_card"
    check_method(account, method)
    kind = "card" if method == "credit_card" else "bank_account"
    token = sent.get("invoiced_token") or sent.get("gateway_token")
    if sent.get("invoiced_token"):
        _use_up(account, str(token))
    source = {**blank_source(kind), "id": account.store.next("id"), "object": kind, "customer_id": customer_id}
    if kind == "card":
        source |= {**gateway.card_of(str(token or ""), account.now), "gateway_id": account.token(12)}
    else:
        number = str(sent.get("account_number") or gateway.last_digits(str(token or "")) or _SAMPLE_ACCOUNT)
        details = ("routing_number", "account_holder_name", "account_holder_type", "type")
        source |= {name: sent.get(name) for name in details}
        source |= {"bank_name": "Unknown", "last4": number[-4:], "verified": True, "country": "US", "currency": "usd"}
        source["gateway_id"] = account.token(12)
        if sent.get("account_number"):  # The same account has the same ID at the gateway.
            identity = f"{customer_id} {sent.get('routing_number')} {number}"
            source["gateway_id"] = hashlib.sha256(identity.encode()).hexdigest()[:24]
    source |= {"gateway": gateway.NAME, "receipt_email": sent.get("receipt_email"), "chargeable": True}
    return {**source, "created_at": account.now, "updated_at": account.now}


def store_source(account: Account, source: Record, *, is_default: bool) -> Record:
    """Store a payment source, and make it the default of its customer if asked to. Return it."""
    source = _store(account, source)
    customer = account.find("customer", source["customer_id"])
    if customer and (is_default or (customer["payment_source"] or {}).get("id") == source["id"]):
        _set_default(account, customer, source)
        account.write("customer", customer["id"], customer)
    return source


def store_sent_source(account: Account, customer: Record, sent: Mapping[str, Any]) -> None:
    """Store the source that is sent with a customer, and make it the default. The customer itself is not stored yet."""
    try:
        parameters = _PARAMETERS.validate(convert(dict(sent), _PARAMETERS.schema))
        source = new_source(account, customer["id"], parameters)
        _set_default(account, customer, _store(account, source))
    except ApiError as error:
        raise ApiError(error.status, error.message) from None


def _store(account: Account, source: Record) -> Record:
    """Store a payment source; a bank account that is known is updated (10.1). Return it."""
    customer_id = source["customer_id"]
    known = account.store.page(
        "payment_source", customer_id, conditions=[Condition(_SAME_ACCOUNT, [source["gateway_id"]])]
    )
    if known:
        source = {**source, "id": known[0]["id"], "created_at": known[0]["created_at"]}
        account.write("payment_source", source["id"], source)
    else:
        if account.store.count("payment_source", customer_id, [Condition(_IS_CHARGEABLE)]) >= _MAX_SOURCES:
            raise ApiError(400, f"A customer can have at most {_MAX_SOURCES} payment sources. Delete one first.")
        account.add("payment_source", source["id"], source, customer_id)
    return source


def _set_default(account: Account, customer: Record, source: Record) -> None:
    """Replace the default source of a customer, which is no longer charged, without storing the customer."""
    former = customer["payment_source"]
    if former and former.get("id") != source["id"]:
        _deactivate(account, former)
    customer["payment_source"] = source


def stored_source(account: Account, customer_id: RecordId, kind: str, source_id: RecordId) -> Record | None:
    """Return a payment source of a customer that can be charged, or None (9.2)."""
    source = account.store.find("payment_source", source_id, customer_id)
    return source if source and source["object"] == kind and source["chargeable"] else None


def check_method(account: Account, method: str) -> None:
    """Raise `ApiError` if the account does not accept a payment method that can be charged (10.1)."""
    if method not in ("credit_card", "ach", "direct_debit"):
        raise ApiError(400, f"The payment method {method!r} cannot be charged (expected credit_card or ach).")
    stored = payment_method(account, method)
    if stored is not None and not stored["enabled"]:
        raise ApiError(400, f"The payment method {method} is not enabled.")


def payment_method(account: Account, method: str) -> Record | None:
    """Return the settings of a payment method."""
    return account.find("payment_method", method)


def _use_up(account: Account, token: str) -> None:
    if account.find(USED_TOKEN, token) is not None:
        raise ApiError(400, "This token was used before. Make a new one: a token can be used once.")
    account.store.put(USED_TOKEN, token, {"used_at": account.now})


def _create(call: Call) -> Result:
    parent = call.parent
    assert parent is not None
    source = new_source(call, parent, call.body)
    return Result(store_source(call, source, is_default=bool(call.body.get("make_default"))))


def _delete(call: Call) -> Result:
    """Deactivate a card or a bank account, also as the customer's default. A second call succeeds, too (10.3)."""
    kind = "card" if call.operation.name == "Card.delete" else "bank_account"
    source, parent = call.store.find("payment_source", call.ids["id"], call.parent), call.parent
    if source is None or source["object"] != kind or parent is None:
        raise not_found(kind, call.ids["id"])
    _deactivate(call, source)
    customer = call.find("customer", parent)
    if customer and (customer["payment_source"] or {}).get("id") == source["id"]:
        call.write("customer", parent, {**customer, "payment_source": None})
    return Result()


def _deactivate(account: Account, source: Record) -> None:
    """Keep a payment source, which is no longer charged or listed. The card of a `stripe_token` is not stored."""
    stored = account.find("payment_source", source["id"])
    if stored is not None and stored["chargeable"]:
        account.write("payment_source", source["id"], {**stored, "chargeable": False, "updated_at": account.now})


PAYMENT_SOURCE = Behaviour(
    is_listed_whole=True,
    conditions={"include_hidden": lambda shown: Condition(_IS_CHARGEABLE if shown == "0" else "1")},
    operations={"Customer.payment_sources.create": _create, "Card.delete": _delete, "BankAccount.delete": _delete},
)
