"""Invoices, credit notes, estimates and receipts by e-mail, as text messages and as letters (billing.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from invoiced.emulator.documents import operations
from invoiced.emulator.documents.states import payment_plan_of, store_document
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.operations import INVOICED_ESTIMATE, PAID_INVOICE
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.extension import extended
from invoiced.emulator.sending import emails
from invoiced.emulator.sending.letters import send_letter
from invoiced.emulator.sending.recipients import bcc_addresses, recipients_of
from invoiced.emulator.sending.text_messages import send_text_messages
from invoiced.emulator.sending.variables import of_document
from invoiced.emulator.storage.store import Record, RecordId

_TEMPLATES: Mapping[str, tuple[str, str]] = {
    "new_invoice_email": (
        "New Invoice from {{company_name}}: {{invoice_number}}",
        "a new invoice has been created on your account.",
    ),
    "unpaid_invoice_email": ("Your invoice from {{company_name}}: {{invoice_number}}", "your invoice is still open."),
    "late_payment_reminder_email": (
        "Past Due Invoice from {{company_name}}: {{invoice_number}}",
        "your invoice is past due.",
    ),
    "paid_invoice_email": (
        "Thank you for your payment to {{company_name}}: {{invoice_number}}",
        "your invoice has been paid.",
    ),
    "payment_plan_onboard_email": (
        "Action Required: Payment Plan for {{invoice_number}} from {{company_name}}",
        "please set up the payment plan of your invoice.",
    ),
    "credit_note_email": (
        "Credit Note from {{company_name}}: {{credit_note_number}}",
        "we have attached a credit note.",
    ),
    "estimate_email": ("Estimate from {{company_name}}: {{estimate_number}}", "we have attached an estimate."),
    "payment_receipt_email": (
        "Receipt for your recent payment to {{company_name}}",
        "we have attached a receipt for your most recent payment.",
    ),
}
"""By template, its standard subject, and what its message says."""

_OTHER = ("Message from {{company_name}}", "we have a message for you.")


def template_of(call: Call, record_type: str, document: Record) -> str:
    """Return the template of an e-mail that names none (5.2)."""
    if record_type != "invoice":
        return "payment_receipt_email" if record_type == "payment" else f"{record_type}_email"
    plan = payment_plan_of(call, document)
    templates = (
        ("paid_invoice_email", document["paid"]),
        ("payment_plan_onboard_email", plan is not None and plan["status"] == "pending_signup"),
        ("late_payment_reminder_email", document["status"] == "past_due"),
        ("new_invoice_email", not document["sent"]),
    )
    return next((template for template, fits in templates if fits), "unpaid_invoice_email")


def send_by_email(call: Call, record_type: str, document: Record) -> Result:
    """Put an e-mail per recipient into the outbox, and mark the document as sent (5.1 to 5.3)."""
    recipients = recipients_of(call, _customer(call, document), param=None)
    content = _content(call, record_type, document)
    details = {
        "bcc": bcc_addresses(call.body.get("bcc")),
        "customer": document["customer"],
        record_type: document["id"],
    }
    message_id, sent = emails.put_into_outbox(call, recipients, content, details)
    _mark_as_sent(call, record_type, document)
    return emails.response(call, sent, content, message_id)


def send_if_asked(call: Call, record_type: str, document_id: RecordId, result: Result) -> Result:
    """Send a new document, if `send` asks for it (3.20). Without anybody to send it to, it is created all the same."""
    document = call.find(record_type, document_id) if call.body.get("send") else None
    if document is None:
        return result
    try:
        send_by_email(replace(call, body={}), record_type, document)
    except ApiError:
        not_sent = {"object": "email", "customer": document["customer"], record_type: document["id"]}
        call.record_event("email.not_sent", "email", not_sent)
    return Result({**result.body, "status": document["status"]})


def _content(call: Call, record_type: str, document: Record) -> emails.Content:
    """Return what the call sends, or else what the template of the account or the standard one says."""
    template = call.body.get("template") or template_of(call, record_type, document)
    subject, says = _TEMPLATES.get(template, _OTHER)
    variables = of_document(call, record_type, document, _customer(call, document))
    return emails.content_of(call, template, subject, f"Dear {{{{contact_name}}}}, {says} Thank you!", variables)


def _customer(call: Call, document: Record) -> Record:
    """Return the customer of a document. A payment may have none: then an address has to be sent."""
    customer = call.find("customer", document["customer"]) if document["customer"] else None
    return customer or {"id": None, "name": None, "email": None}


def _mark_as_sent(call: Call, record_type: str, document: Record) -> None:
    """Mark a document as sent, even if it is closed (5.3)."""
    if record_type != "payment":
        document["sent"] = True
        if "last_sent" in document:
            document["last_sent"] = call.now
        store_document(call, record_type, document)


def _send_email(record_type: str) -> Callable[[Call], Result]:
    return lambda call: send_by_email(call, record_type, call.record())


def _send_text(call: Call) -> Result:
    invoice = call.record()
    variables = of_document(call, "invoice", invoice, _customer(call, invoice))
    return send_text_messages(call, {"customer": invoice["customer"], "invoice": invoice["id"]}, variables)


def _send_letter(call: Call) -> Result:
    """Put a letter into the outbox, which marks an open invoice as sent (5.5)."""
    invoice = call.record()
    details = {"customer": invoice["customer"], "invoice": invoice["id"]}
    result = send_letter(call, _customer(call, invoice), details)
    if not (invoice["closed"] or invoice["draft"] or invoice["voided"]):
        _mark_as_sent(call, "invoice", invoice)
    return result


def _with_sending(record_type: str, resource: str, behaviour: Behaviour) -> Behaviour:
    def send_new(call: Call, document_id: RecordId, result: Result) -> Result:
        return send_if_asked(call, record_type, document_id, result)

    created = extended(behaviour, resource, send_new, ["create"])
    return created.with_operations({f"{resource}.send": _send_email(record_type)})


_INVOICE = _with_sending("invoice", "Invoice", PAID_INVOICE)
INVOICE = _INVOICE.with_operations({"Invoice.send_sms": _send_text, "Invoice.send_letter": _send_letter})
CREDIT_NOTE = _with_sending("credit_note", "CreditNote", operations.CREDIT_NOTE)
ESTIMATE = _with_sending("estimate", "Estimate", INVOICED_ESTIMATE)


def with_receipts(payment: Behaviour) -> Behaviour:
    """Return the behavior of payments whose receipts can be sent (8.10)."""
    return payment.with_operations({"Payment.send": _send_email("payment")})
