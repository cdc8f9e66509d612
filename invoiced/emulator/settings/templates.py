"""E-mail templates (catalog.md, 14.1). Those of text messages and PDFs do what their description says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from invoiced.emulator.description import schema_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Record

_BUILT_IN = frozenset(schema_of("EmailTemplate")["properties"]["id"]["x-known-values"])

_TYPES = {
    "payment_plan_onboard_email": "payment_plan",
    "payment_receipt_email": "transaction",
    "refund_email": "transaction",
    "estimate_email": "estimate",
    "credit_note_email": "credit_note",
    "statement_email": "statement",
    "auto_payment_failed_email": "transaction",
    **{f"subscription_{what}_email": "subscription" for what in ("confirmation", "canceled", "renews_soon")},
}
"""Types of the built-in templates that are not about invoices."""

_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "new_invoice_email": {
        "send_on_subscription_invoice": True,
        "send_on_issue": False,
        "button_text": "View Invoice",
        "send_reminder_every_days": 0,
        "attach_pdf": True,
        "attach_secondary_files": False,
    }
}
"""Default options by template, as far as they are known."""


def _complete(call: Call, template: Record) -> None:
    """Set what follows from the ID of a built-in template, and check that other templates have it."""
    if template["id"] in _BUILT_IN:
        template["name"] = template["name"] or template["id"].removesuffix("_email").replace("_", " ").capitalize()
        template["type"] = template["type"] or _TYPES.get(template["id"], "invoice")
    for name in ("body", "name", "subject", "type"):
        if not template[name]:
            raise ApiError(400, f"The parameter {name} is missing.", name)
    template["options"] = {**_OPTIONS.get(template["id"], {}), **(template["options"] or {})}


def _save(call: Call) -> Result:
    """Change a template, or store one with a new ID."""
    if call.find("email_template", call.ids["id"]):
        return records.update(call, EMAIL_TEMPLATE)
    create = replace(call.operation, action="create")
    created = replace(call, operation=create, body={**call.body, "id": call.ids["id"]})
    return replace(records.create(created, EMAIL_TEMPLATE), status=201)


EMAIL_TEMPLATE = Behaviour(
    defaults={"type": ""}, complete=_complete, operations={"EmailTemplate.save": _save}, creates_on_update=True
)
