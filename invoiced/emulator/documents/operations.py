"""The calls of invoices, credit notes and estimates."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from invoiced.emulator.documents.amounts import apply_credit_note
from invoiced.emulator.documents.conversion import invoice_of_estimate
from invoiced.emulator.documents.creation import RESOURCES, create_document
from invoiced.emulator.documents.editing import change_document, delete_document, void_document
from invoiced.emulator.documents.links import with_links
from invoiced.emulator.documents.list_parameters import OF_DOCUMENTS, OF_INVOICES
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import shown_as_sent
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values.money import exact

_Operation = Callable[[Call], Result]


def _result(call: Call, record_type: str, document: Record) -> Result:
    return Result(shown_as_sent(call, RESOURCES[record_type], BEHAVIOURS[record_type], document))


def _create(record_type: str) -> _Operation:
    def create(call: Call) -> Result:
        document = create_document(call, record_type, call.body)
        if record_type == "credit_note" and document["invoice"] is not None and not document["draft"]:
            document = _apply_to_its_invoice(call, document)
        return _result(call, record_type, document)

    return create


def _apply_to_its_invoice(call: Call, note: Record) -> Record:
    """Apply a new credit note to its invoice, as far as that is open (6.2)."""
    invoice = call.find("invoice", note["invoice"])
    amount = min(exact(invoice["balance"]), exact(note["total"])) if invoice else Decimal(0)
    if amount <= 0:
        return note
    _, applied = apply_credit_note(call, note, note["invoice"], amount)
    return applied


def _save(record_type: str) -> _Operation:
    def save(call: Call) -> Result:
        document = call.record()
        change_document(call, record_type, document, call.body)
        return _result(call, record_type, document)

    return save


def _void(record_type: str) -> _Operation:
    def void(call: Call) -> Result:
        document = call.record()
        void_document(call, record_type, document)
        return _result(call, record_type, document)

    return void


def _delete(record_type: str) -> _Operation:
    def delete(call: Call) -> Result:
        delete_document(call, record_type, call.record())
        return Result()

    return delete


def _invoice_of_estimate(call: Call) -> Result:
    """Respond with a new invoice with what the estimate has (7.4)."""
    return _result(call, "invoice", invoice_of_estimate(call, call.record()))


def _operations(record_type: str) -> dict[str, _Operation]:
    resource = RESOURCES[record_type]
    calls = {"create": _create, "save": _save, "void": _void, "delete": _delete}
    return {f"{resource}.{name}": operation(record_type) for name, operation in calls.items()}


INVOICE = Behaviour(render=with_links, conditions=OF_INVOICES, operations=_operations("invoice"))
CREDIT_NOTE = Behaviour(render=with_links, conditions=OF_DOCUMENTS, operations=_operations("credit_note"))
ESTIMATE = Behaviour(
    render=with_links,
    conditions=OF_DOCUMENTS,
    operations={**_operations("estimate"), "Estimate.invoice": _invoice_of_estimate},
)
BEHAVIOURS = {"invoice": INVOICE, "credit_note": CREDIT_NOTE, "estimate": ESTIMATE}
