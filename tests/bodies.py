"""Valid bodies for the emulator's calls, generated from the description."""

from __future__ import annotations

import re
from typing import Any

from invoiced.emulator.description import Operation, Schema, resolved, types_of

# Texts for patterns, in order of preference.
TEXTS = ("A", "AB", "usd", "AAAA", "1000", "age:7", "2026-01-31", "https://example.com", "invoice,a")

TESTED_ELSEWHERE = {
    *("File.create", "Subscription.create", "Charge.create", "Refund.create", "Invoice.payment_plan.create"),
    *("Payment.create", "CreditBalanceAdjustment.create"),
}
"""Calls that need more than a body, such as a plan, or a file at a URL."""

NOT_EMULATED = {"discounts", "taxes", "discount", "tax", "catalog_item", "payment_source", "quantity_type"}
"""Fields of calculations, and fields that need other records."""

EVERYWHERE = {"currency": "eur", "country": "DE"}

GIVEN: dict[str, dict[str, Any]] = {
    "Customer": {
        "email": "billing@example.com",
        "country": "DE",
        "currency": "eur",
        **dict.fromkeys(("owner", "ach_gateway", "cc_gateway", "late_fee_schedule")),
    },
    "Contact": {"email": "nancy@example.com"},
    "Invoice": {
        "items": [{"unit_cost": 5}],
        "closed": False,
        "draft": False,
        "subscription": None,
        "next_payment_attempt": None,
    },
    "Estimate": {
        "items": [{"unit_cost": 5}],
        "closed": False,
        "draft": False,
        "approved": None,
        "invoice": None,
        "deposit_paid": False,
    },
    "CreditNote": {"customer": 1, "items": [{"unit_cost": 5}], "closed": False, "draft": False, "invoice": None},
    "PendingLineItem": {"unit_cost": 5, "plan": None, "subscription": None},
    "Note": {"customer_id": 1},
    "File": {"url": "http://127.0.0.1:9/a.pdf", "name": "a.pdf", "size": 1, "type": "application/pdf"},
    "GlAccount": {"name": "Revenue", "code": "1000", "parent_id": None},
    "CustomField": {"id": "my_field", "object": "customer"},
    "Plan": {"amount": 5, "pricing_mode": "per_unit", "tiers": [{"unit_cost": 5}]},
    "LateFeeSchedule": {"start_date": "2026-01-31", "default": False},
    "TaxRule": {"country": "DE"},
    "Task": {"customer_id": 1, "user_id": None},
    "EmailTemplate": {"id": "chasing", "name": "Ours", "type": "chasing"},
    "ChasingCadence": {
        "frequency": "daily",
        "assignment_mode": "none",
        "steps": [{"name": "Call", "action": "phone", "schedule": "age:7"}],
    },
    "InvoiceChasingCadence": {"default": False, "chase_schedule": []},
    "Member": {"email": "ann@example.com", "role": "administrator", "restrictions": None},
    "Report": {"type": "custom", "definition": {"title": "Ours"}},
    "SignUpPageAddon": {"sign_up_page": 1, "plan": "pro"},
    "Webhook": {"url": "http://127.0.0.1:9/"},
}
"""Values of fields that only have certain values."""


def smallest_body(operation: Operation) -> dict[str, Any]:
    """Return a body with the required fields, and a name if there is one."""
    schema = resolved(operation.body)
    names = {*schema.get("required", ()), *({"name"} & schema.get("properties", {}).keys())}
    return {name: _value(schema["properties"][name]) for name in names} | GIVEN.get(operation.resource, {})


def largest_body(operation: Operation) -> dict[str, Any]:
    """Return a body with all fields, each with another value than the default if that is easy."""
    given = GIVEN.get(operation.resource, {})
    body: dict[str, Any] = {**_object(resolved(operation.body)), **given}
    return body if operation.resource != "Note" else {name: body[name] for name in ("customer_id", "notes")}


def changes(operation: Operation) -> dict[str, Any]:
    """Return a body that changes all fields which do not name other records."""
    given = GIVEN.get(operation.resource, {})
    return {
        name: given.get(name, value)
        for name, value in _object(resolved(operation.body)).items()
        if name not in {"customer", "customer_id", "invoice_id", "url"}
    }


def _object(schema: Schema, without: str = "") -> dict[str, Any]:
    """Return an object with all fields but one."""
    return {
        name: EVERYWHERE.get(name) or _value(part)
        for name, part in schema.get("properties", {}).items()
        if name not in NOT_EMULATED and name != without
    }


def _value(schema: Schema) -> Any:
    schema = resolved(schema)
    if known := schema.get("enum") or schema.get("x-known-values"):
        return known[0]
    for part in schema.get("anyOf", schema.get("oneOf", ())):
        return _value(part)
    types = types_of(schema) - {"null"}
    if "integer" in types:
        return max(schema.get("minimum", 1), 1)
    if "number" in types:
        return 12.5
    if "boolean" in types:
        return not schema.get("default", False)
    if "array" in types:
        return [_value(schema.get("items", {}))]
    if "object" in types:
        return _object(schema, without="id")
    text = next(each for each in TEXTS if re.search(schema.get("pattern", ""), each))
    return text * max(1, schema.get("minLength", 1) // len(text))
