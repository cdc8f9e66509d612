"""Customers, beyond their description."""

from __future__ import annotations

from invoiced.emulator.customers.hierarchy import check_parent
from invoiced.emulator.customers.pending_invoices import invoice_pending
from invoiced.emulator.documents.creation import check_autopay
from invoiced.emulator.documents.states import store_document
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments import gateway
from invoiced.emulator.payments.balances import HAS_CREDIT, HAS_OPEN_BALANCE, retrieve_balance
from invoiced.emulator.payments.consolidation import consolidate_invoices
from invoiced.emulator.payments.sources import store_sent_source
from invoiced.emulator.pdfs.statement_links import new_path, render_customer
from invoiced.emulator.records import records
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.sending.statements import send_statement, send_statement_letter, send_statement_text
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.subscriptions.subscriptions import ENDED
from invoiced.emulator.values.addresses import normalized
from invoiced.emulator.values.codes import country_code, currency_code

_DOCUMENTS = ("invoice", "credit_note", "estimate")
_OF_CUSTOMER = f"{column('customer')} = ?"
_CHARGED_INVOICE = f"{_OF_CUSTOMER} AND {column('autopay')} AND NOT {column('closed')}"
_ACTIVE_SUBSCRIPTION = f"{_OF_CUSTOMER} AND NOT {ENDED}"
_SAME_NUMBER = f"{column('number')} = ? COLLATE NOCASE AND records.id <> ?"

_RELATED = {
    "owner": ("member", f"{column('user.id')} = ?"),
    "ach_gateway": ("merchant_account", "records.id = ?"),
    "cc_gateway": ("merchant_account", "records.id = ?"),
    "late_fee_schedule": ("late_fee_schedule", "records.id = ?"),
}
"""Properties that are IDs of other records, each with the type of the record and the SQL condition on its ID."""

_TWICE = (*_RELATED, "network_connection")
"""Properties that responses repeat below their name with `_id`."""


def _complete(call: Call, customer: Record) -> None:
    """Check and complete a customer that is created or updated."""
    _set_number(call, customer)
    check_parent(call, customer)
    _set_autopay(call, customer)
    _normalize(call, customer)
    _check_related(call)
    if call.body.get("active") is False and _exists(call, "subscription", _ACTIVE_SUBSCRIPTION, customer["id"]):
        raise ApiError(400, "A customer with an active subscription cannot be made inactive.", "active")
    customer |= {f"{name}_id": customer[name] for name in _TWICE}
    if not customer["statement_pdf_url"]:
        customer["statement_pdf_url"] = new_path(call)
    _set_source(call, customer)


def _set_source(call: Call, customer: Record) -> None:
    """Store the card or bank account that is sent, which becomes the default. A `stripe_token` is the sample card."""
    if "payment_source" in call.body:
        customer["payment_source"] = call.record()["payment_source"] if "id" in call.ids else None
        if call.body["payment_source"] is not None:
            store_sent_source(call, customer, call.body["payment_source"])
    elif call.body.get("stripe_token") is not None:
        customer["payment_source"] = {"id": call.store.next("id"), **gateway.card_of("", call.now)}


def _set_number(call: Call, customer: Record) -> None:
    """Generate a number, or check that no other customer has it in any case."""
    number = customer["number"]
    if not number:
        customer["number"] = call.store.next_number("customer", "CUST-")
    elif "number" in call.body and _exists(call, "customer", _SAME_NUMBER, number, customer["id"]):
        raise ApiError(400, f"Another customer already has the number {number}.", "number")


def _set_autopay(call: Call, customer: Record) -> None:
    """Switch AutoPay on, which ends the payment terms, or off, also for the open invoices."""
    autopay = call.body.get("autopay")
    if autopay:
        check_autopay(call)
        customer["payment_terms"] = None
    elif autopay is False:
        charged = Condition(_CHARGED_INVOICE, [customer["id"]])
        for invoice in call.store.page("invoice", conditions=[charged]):
            store_document(call, "invoice", {**invoice, "autopay": False})


def _normalize(call: Call, customer: Record) -> None:
    """Check the sent e-mail address, type and codes, and set them as they are stored."""
    sent = {name for name, value in call.body.items() if value is not None}
    if "email" in sent:
        customer["email"] = normalized(customer["email"])
    known = call.operation.schema["properties"]["type"]["x-known-values"]
    if "type" in sent and customer["type"] not in known:
        raise ApiError(400, f"Unknown type {customer['type']!r} (expected {', '.join(known)}).", "type")
    if "country" in sent:
        customer["country"] = country_code(customer["country"])
    if "language" in sent:
        customer["language"] = customer["language"].lower()
    if "currency" in sent:
        customer["currency"] = currency_code(customer["currency"])


def _check_related(call: Call) -> None:
    """Raise `ApiError` if a related record does not exist."""
    for name, (record_type, has_id) in _RELATED.items():
        related = call.body.get(name)
        if related is not None and not _exists(call, record_type, has_id, related):
            raise ApiError(400, f"No such {name}: {related!r}.")


def _exists(call: Call, record_type: str, condition: str, *values: object) -> bool:
    """Return whether there is a record of the type that meets the condition."""
    return call.store.count(record_type, conditions=[Condition(condition, values)]) > 0


def _delete(call: Call) -> Result:
    """Delete a customer that has neither documents nor an active subscription."""
    customer = call.record()
    for record_type in _DOCUMENTS:
        if _exists(call, record_type, _OF_CUSTOMER, customer["id"]):
            raise ApiError(400, f"A customer with a document ({record_type.replace('_', ' ')}) cannot be deleted.")
    if _exists(call, "subscription", _ACTIVE_SUBSCRIPTION, customer["id"]):
        raise ApiError(400, "A customer with an active subscription cannot be deleted.")
    return records.delete(call, CUSTOMER)


def _render(account: Account, customer: Record) -> Record:
    """Return a customer with links to this host, and without what the API accepts but does not send."""
    shown = render_customer(account, customer).items()
    return {name: value for name, value in shown if name not in _WRITE_ONLY}


_WRITE_ONLY = ("disabled_payment_methods",)


def _is_owned_by(user_id: int) -> Condition:
    """Return the condition of customers of a user; those without an owner for -1."""
    return Condition(f"{column('owner')} IS ?", [None if user_id == -1 else user_id])


CUSTOMER = Behaviour(
    defaults={"country": "US", "taxable": True},
    complete=_complete,
    render=_render,
    filters={
        "payment_source": "json_extract(records.body, '$.payment_source') IS NOT NULL",
        "balance": HAS_CREDIT,
        "open_balance": HAS_OPEN_BALANCE,
    },
    conditions={"owner": _is_owned_by},
    find_record_themselves=frozenset({"Customer.invoice"}),
    operations={
        "Customer.balance": retrieve_balance,
        "Customer.delete": _delete,
        "Customer.invoice": invoice_pending,
        "Customer.consolidate_invoices": consolidate_invoices,
        "Customer.send_statement": send_statement,
        "Customer.send_statement_sms": send_statement_text,
        "Customer.send_statement_letter": send_statement_letter,
    },
)
