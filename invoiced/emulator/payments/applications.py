"""What a payment is applied to: how it is read and checked (billing.md 8.2, 8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Condition, Record, RecordId
from invoiced.emulator.values.money import exact, rounded

CASH_TYPES = frozenset({"invoice", "estimate", "credit", "convenience_fee"})
"""Types that use up the amount of a payment (8.2)."""

_TO_DOCUMENTS = frozenset({"credit_note", "applied_credit", "document_adjustment"})
DOCUMENT_TYPES = ("invoice", "estimate", "credit_note")
_MAX_LEVELS = 10
_APPLIED = "EXISTS (SELECT 1 FROM json_each(records.body, '$.applied_to') AS part WHERE part.value ->> '$.invoice' = ?)"


def payments_of(account: Account, invoice_id: RecordId) -> list[Record]:
    """Return the payments that are applied to an invoice. Voided ones are applied to nothing."""
    return account.store.page("payment", conditions=[Condition(_APPLIED, [invoice_id])])


def target(application: Record) -> str | None:
    """Return the type of the document that an application changes, or None if it is the credit balance."""
    kind = application["type"]
    named = kind if kind in DOCUMENT_TYPES and kind != "credit_note" else application.get("document_type")
    return str(named) if named is not None else None


def identity(application: Record) -> tuple[Any, ...]:
    """Return what an application is about, by which it is known without an ID (8.4, 8.8)."""
    return (application["type"], target(application), *(application.get(name) for name in DOCUMENT_TYPES))


def used(applications: Sequence[Record]) -> Decimal:
    """Return how much of a payment's amount is applied (8.2)."""
    return sum((exact(each["amount"]) for each in applications if each["type"] in CASH_TYPES), Decimal(0))


def applications_of(account: Account, payment: Record, sent: Sequence[Record], known: Sequence[Record]) -> list[Record]:
    """Return the applications that are sent, each with an ID: that of the one in `known` that it replaces (8.8).

    A payment without a customer gets that of the first document (8.5). `ApiError` if one is not possible (8.4).
    """
    possible = possible_applications(account, payment, sent, known)
    return [{**each, "id": each["id"] or account.store.next("id")} for each in possible]


def possible_applications(
    account: Account, payment: Record, sent: Sequence[Record], known: Sequence[Record] = ()
) -> list[Record]:
    """Return the applications that are sent; the ID of a new one is None. `ApiError` if one is not possible."""
    by_id = {each["id"]: each for each in known}
    by_identity = {identity(each): each for each in known}
    applications: list[Record] = []
    for each in sent:
        application = _checked(account, payment, each)
        same = by_id.get(each["id"]) if each.get("id") is not None else by_identity.get(identity(application))
        if each.get("id") is not None and same is None:
            raise _refused(f"This payment has no application with the ID {each['id']}.")
        if same is not None and identity(same) != identity(application):
            raise _refused(f"The application {same['id']} is of another type or document. Send the new one without id.")
        if any(identity(other) == identity(application) for other in applications):
            raise _refused(f"Two applications have the same type and document: {application['type']}.")
        applications.append({**application, "id": same["id"] if same else None})
    if applications and payment["customer"] is None:
        raise _refused("A payment without a customer can only be applied if one of its documents has a customer.")
    if used(applications) > exact(payment["amount"]):
        raise _refused(f"{used(applications)} would be applied, but the amount is only {payment['amount']}.")
    return applications


def _checked(account: Account, payment: Record, sent: Record) -> Record:
    """Return an application without what does not belong to it, once it is found to be possible."""
    kind, amount = sent["type"], rounded(exact(sent["amount"]), payment["currency"])
    if amount <= 0:
        raise _refused("The amount of an application must be above 0.")
    application = {"type": kind, "amount": amount}
    if kind in _TO_DOCUMENTS and sent.get("document_type") is not None:
        application["document_type"] = sent["document_type"]
    elif kind in _TO_DOCUMENTS - {"credit_note"}:
        raise _refused(f"The type {kind} needs a document_type and the ID of the document.")
    wanted = [name for name in (target(application), "credit_note" if kind == "credit_note" else None) if name]
    for name in wanted:
        application[name] = _document(account, payment, name, sent.get(name))["id"]
    for name in DOCUMENT_TYPES:
        if kind in CASH_TYPES and name not in wanted and sent.get(name) is not None:
            raise _refused(f"The type {kind} takes no {name}.")
    return {**application, **({"short_pay": True} if kind == "invoice" and sent.get("short_pay") else {})}


def _document(account: Account, payment: Record, record_type: str, record_id: Any) -> Record:
    document = account.find(record_type, record_id) if record_id is not None else None
    name = record_type.replace("_", " ")
    if document is None:
        raise _refused(f"No such {name}: {record_id}.")
    if document["currency"] != payment["currency"]:
        currencies = f"{document['currency']}, and the payment is in {payment['currency']}"
        raise _refused(f"The {name} {document['number']} is in {currencies}. Send the currency of the document.")
    if payment["customer"] is None:
        payment["customer"] = document["customer"]
    if not _is_below(account, document["customer"], payment["customer"]):
        raise _refused(f"The {name} {document['number']} is of another customer.")
    if document["voided"]:
        raise _refused(f"The {name} {document['number']} is voided.")
    return document


def _is_below(account: Account, customer_id: int | None, payer_id: int) -> bool:
    """Return whether a customer is the payer, or one of those below it."""
    for _ in range(_MAX_LEVELS):
        if customer_id is None or customer_id == payer_id:
            break
        customer_id = (account.find("customer", customer_id) or {}).get("parent_customer")
    return customer_id == payer_id


def _refused(message: str) -> ApiError:
    return ApiError(400, message, "applied_to")
