"""Agreement of the API description, the samples of the reference and the emulator's responses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator.description import DOCUMENT, OPERATIONS, Schema
from invoiced.emulator.records import RECORD_TYPES

EXAMPLES = Path(__file__).parent.parent / "reference" / "examples"

SCHEMAS = {
    "contacts/*.json": "Contact",
    "contacts/later/*.json": "Contact",
    "customers/*.json": "Customer",
    "customers/later/*.json": "Customer",
    "emails/*.json": "Email",
    "emails/later/*.json": "Email",
}

REQUESTS = {
    "contacts/create_request.json": "ContactCreate",
    "contacts/update_request.json": "ContactUpdate",
    "customers/create_request.json": "CustomerCreate",
    "customers/update_request.json": "CustomerUpdate",
    "customers/send_statement_letter_request.json": "SendStatementLetterRequest",
    "customers/send_statement_sms_request.json": "SendStatementTextMessageRequest",
    "customers/balance.json": "Balance",
    "customers/later/balance.json": "Balance",
}


def _samples() -> list[tuple[str, str]]:
    responses = {
        path.relative_to(EXAMPLES).as_posix(): schema
        for pattern, schema in SCHEMAS.items()
        for path in sorted(EXAMPLES.glob(pattern))
    }
    return [*{**responses, **REQUESTS}.items()]


def _check(schema: Schema, value: Any) -> None:
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(value)


def _reference(schema: str) -> Schema:
    return {"$ref": f"#/components/schemas/{schema}"}


@pytest.mark.parametrize(("sample", "schema"), _samples())
def test_a_sample_of_the_reference_matches_its_schema(sample: str, schema: str) -> None:
    value = json.loads((EXAMPLES / sample).read_text("utf-8"))
    for record in value if isinstance(value, list) else [value]:
        _check(_reference(schema), record)


def test_all_samples_were_found() -> None:
    assert len(_samples()) >= 30


def test_the_twelve_seed_operations_are_emulated() -> None:
    assert {operation.name for operation in OPERATIONS if operation.is_implemented} == {
        "Customer.balance",
        "Customer.contacts.create",
        "Customer.contacts.delete",
        "Customer.contacts.list",
        "Customer.contacts.retrieve",
        "Customer.contacts.save",
        "Customer.create",
        "Customer.delete",
        "Customer.list",
        "Customer.retrieve",
        "Customer.save",
        "Customer.send_statement",
    }
    assert RECORD_TYPES == {"Customer": "customer", "Contact": "contact"}


def test_the_description_has_all_operations() -> None:
    assert len(OPERATIONS) == len({operation.name for operation in OPERATIONS}) == 223


def test_the_emulators_responses_match_the_description(api: requests.Session) -> None:
    customer = {"name": "Acme", "email": "a@example.com", "taxes": [1, "vat"], "stripe_token": "tok"}
    contact = {"name": "Nancy", "email": "nancy@example.com"}
    created = api.post("/customers", json=customer).json()
    _check(_reference("Customer"), created)
    _check(_reference("Contact"), api.post("/customers/1/contacts", json=contact).json())
    for email in api.post("/customers/1/emails").json():
        _check(_reference("Email"), email)
    _check(_reference("Balance"), api.get("/customers/1/balance").json())
    _check(_reference("Error"), api.post("/customers", json={}).json())
    _check(_reference("Error"), api.get("/customers/9").json())
    assert list(created) == list(DOCUMENT["components"]["schemas"]["Customer"]["properties"])
