"""New invoices, credit notes and estimates (billing.md 3.1 to 3.8, 3.24, 6.1, 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from invoiced.emulator.documents.automatic_taxes import assessed
from invoiced.emulator.documents.lines import MAX_LINES, lines_of
from invoiced.emulator.documents.links import new_path
from invoiced.emulator.documents.rates import DISCOUNTS, TAXES, entries, sent_entries
from invoiced.emulator.documents.states import store_document
from invoiced.emulator.documents.terms import due_date
from invoiced.emulator.documents.totals import calculate
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.metadata import as_stored
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.codes import country_code, currency_code
from invoiced.emulator.values.money import ACCOUNT_CURRENCY, exact

RESOURCES = {"invoice": "Invoice", "credit_note": "CreditNote", "estimate": "Estimate"}
PREFIXES = {"invoice": "INV-", "credit_note": "CN-", "estimate": "EST-"}
NAMES = {"invoice": "Invoice", "credit_note": "Credit Note", "estimate": "Estimate"}
AUTOPAY_TERMS = "AutoPay"

# What is worked out, and not taken from the fields.
_WORKED_OUT = {"items", "discounts", "taxes", "customer", "number", "autopay", "ship_to", "disabled_payment_methods"}

_OPEN = f"{column('customer')} = ? AND {column('currency')} = ? AND NOT {column('closed')} AND NOT {column('draft')}"


def create_document(
    account: Account, record_type: str, fields: Mapping[str, Any], *, lines: Iterable[Record] = ()
) -> Record:
    """Create a document as a request with these fields does, and store it.

    `lines` are lines that exist already, such as pending ones, and keep their IDs. Fields that requests cannot send,
    such as `subscription`, are accepted.
    """
    customer = _customer(account, record_type, fields)  # 3.1
    if fields.get("subscription") is not None and account.find("subscription", fields["subscription"]) is None:
        raise ApiError(400, f"No such subscription: {fields['subscription']}.")
    document = new_record(account, RESOURCES[record_type], _defaults(account, record_type, customer, fields))
    document["number"] = _number(account, record_type, fields)
    document["items"] = [*lines, *lines_of(account, fields.get("items") or ())]
    if len(document["items"]) > MAX_LINES:
        raise ApiError(400, f"A document can have at most {MAX_LINES} items.", "items")
    for kind in (DISCOUNTS, TAXES):
        document[kind.name] = entries(account, kind, sent_entries(fields, kind) or ())
    if "autopay" in document:
        _set_terms(account, document, customer, fields)
    if "ship_to" in document and fields.get("ship_to"):
        document["ship_to"] = ship_to(account, fields["ship_to"], {})
    for line in document["items"]:
        line["customer"] = customer["id"]
    calculate(document)
    if fields.get("calculate_taxes", True):
        add_taxes(account, document, customer)
    if record_type == "invoice":
        check_credit(account, customer, document["currency"], exact(document["total"]))
    if document["metadata"]:
        document["metadata"] = as_stored(document["metadata"])
    document["url"] = new_path(account, record_type)
    store_document(account, record_type, document, is_new=True)
    return document


def add_taxes(account: Account, document: Record, customer: Record) -> None:
    """Append the taxes that the document has by itself to those that were sent (2.8)."""
    known = [tax["tax_rate"]["id"] for tax in document["taxes"] if tax["tax_rate"]]
    added = [rate for rate in assessed(account, customer, document.get("ship_to")) if rate not in known]
    if added:
        document["taxes"] += entries(account, TAXES, added)
        calculate(document, taxes_param="taxes")


def check_number(account: Account, record_type: str, number: object) -> str:
    """Return a number that no other document has, compared without case and outer blanks (3.4)."""
    number = str(number).strip()
    taken = Condition(f"{column('number')} = ? COLLATE NOCASE", [number])
    if not 1 <= len(number) <= 32:
        raise ApiError(400, "A number has 1 to 32 characters.", "number")
    if account.store.count(record_type, conditions=[taken]):
        name = NAMES[record_type].lower()
        raise ApiError(400, f"Another {name} already has the number {number}. Choose another one.", "number")
    return number


def check_autopay(account: Account) -> None:
    """Raise `ApiError` if the account has no AutoPay (3.7)."""
    methods = account.store.page("payment_method")
    if methods and not any(method["enabled"] for method in methods):
        raise ApiError(400, "The account has no payment method that supports AutoPay.", "autopay")


def check_credit(account: Account, customer: Record, currency: str, total: Decimal) -> None:
    """Raise `ApiError` if the customer gets no more credit (3.24)."""
    if customer["credit_hold"]:
        raise ApiError(400, "New invoices for this customer are on hold (credit_hold).", "total")
    if customer["credit_limit"] is None:
        return
    invoices = account.store.page("invoice", conditions=[Condition(_OPEN, [customer["id"], currency])])
    owed = sum((exact(invoice["balance"]) for invoice in invoices), Decimal(0))
    if owed + total > exact(customer["credit_limit"]):
        message = f"The credit limit of this customer is {customer['credit_limit']}, and {owed + total} would be owed."
        raise ApiError(400, message, "total")


def ship_to(account: Account, sent: Mapping[str, Any], before: Mapping[str, Any]) -> Record:
    """Return the address of a delivery; what is not sent stays as before (3.17)."""
    if sent.get("country"):
        country_code(str(sent["country"]), "ship_to")
    names = ("name", "attention_to", "address1", "address2", "city", "state", "postal_code", "country")
    address: Record = {**dict.fromkeys(names), **before, **{name: sent[name] for name in names if name in sent}}
    return {**address, "created_at": before.get("created_at", account.now), "updated_at": account.now}


def disabled_methods(sent: Iterable[Any]) -> dict[str, bool]:
    """Return the payment methods that are disabled, as a document has them (3.13)."""
    return {str(method): True for method in sent}


def _customer(account: Account, record_type: str, fields: Mapping[str, Any]) -> Record:
    """Return the active customer of a new document. That of a credit note may follow from its invoice (6.2)."""
    given = fields.get("customer")
    if record_type == "credit_note" and fields.get("invoice") is not None:
        invoice = account.find("invoice", fields["invoice"])
        if invoice is None:
            raise ApiError(400, f"No such invoice: {fields['invoice']}.", "invoice")
        if given is not None and _customer_id(given) != invoice["customer"]:
            raise ApiError(400, "The invoice is that of another customer.", "customer")
        if (fields.get("currency") or invoice["currency"]).lower() != invoice["currency"]:
            raise ApiError(400, f"The invoice is in another currency: {invoice['currency']}.", "currency")
        given = invoice["customer"]
    customer = account.find("customer", _customer_id(given)) if given is not None else None
    if customer is None:
        raise ApiError(400, f"No such customer: {given!r}. Create it first.", "customer")
    if not customer["active"]:
        raise ApiError(400, "The customer is inactive.", "customer")
    return customer


def _customer_id(given: Any) -> Any:
    """Return the ID of a customer that is sent as an ID or as an object (3.2)."""
    if isinstance(given, Mapping):
        given = given.get("id")
    return given if isinstance(given, int | str) else -1


def _defaults(account: Account, record_type: str, customer: Record, fields: Mapping[str, Any]) -> Record:
    """Return the fields of a new document: those that are sent, and the defaults (3.3)."""
    date = fields.get("date")
    has_invoice = record_type == "credit_note" and fields.get("invoice")
    credited = account.find("invoice", fields["invoice"]) if has_invoice else None
    currencies = (fields.get("currency"), credited and credited["currency"], customer["currency"], ACCOUNT_CURRENCY)
    currency = currency_code(str(next(filter(None, currencies))))
    sent = {name: value for name, value in fields.items() if name not in _WORKED_OUT and value is not None}
    known: Record = {"name": NAMES[record_type], "late_fees": True, **sent}
    known |= {"customer": customer["id"], "currency": currency, "date": account.now if date is None else date}
    known |= {
        "customerName": customer["name"],
        "disabled_payment_methods": {},
        "metadata": fields.get("metadata") or {},
    }
    if fields.get("disabled_payment_methods"):
        known["disabled_payment_methods"] = disabled_methods(fields["disabled_payment_methods"])
    if fields.get("subscription") is not None:
        known["subscription_id"] = fields["subscription"]
    return known


def _number(account: Account, record_type: str, fields: Mapping[str, Any]) -> str:
    if fields.get("number") is not None:
        return check_number(account, record_type, fields["number"])
    return account.store.next_number(record_type, PREFIXES[record_type])


def _set_terms(account: Account, invoice: Record, customer: Record, fields: Mapping[str, Any]) -> None:
    """Set AutoPay, the payment terms and the due date of a new invoice (3.3, 3.6, 3.7)."""
    autopay = fields.get("autopay")
    invoice["autopay"] = customer["autopay"] if autopay is None else autopay
    has_terms = fields.get("payment_terms") is not None or fields.get("due_date") is not None
    if invoice["autopay"]:
        check_autopay(account)
        invoice["payment_terms"] = AUTOPAY_TERMS
    elif not has_terms:
        invoice["payment_terms"] = customer["payment_terms"]
    if fields.get("due_date") is None and not invoice["autopay"]:
        invoice["due_date"] = due_date(invoice["date"], invoice["payment_terms"])
