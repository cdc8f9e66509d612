"""The description of the API: valid, complete, and in agreement with the samples of the API reference."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped, unused-ignore]
from openapi_spec_validator import OpenAPIV31SpecValidator
from resource_writer.description import FILE, Description, load
from write_emulator_description import COPY, write

DOCUMENT = load(FILE.read_text("utf-8"))
DESCRIPTION = Description.read()
FOLDER = FILE.parent / "examples"
SAMPLES = sorted(FOLDER.rglob("*.json"))

SCHEMAS = {
    "attachments": "Attachment",
    "charges": "Charge",
    "events": "Event",
    "letters": "Letter",
    "pending_line_items": "PendingLineItem",
    "shipping": "ShippingDetail",
    "tasks": "Task",
    "text_messages": "TextMessage",
}
"""Schemas of samples without the field `object`, or with that of another schema, by folder."""
SCHEMAS_OF_FILES = {
    "balance": "Balance",
    "preview": "SubscriptionPreview",
    "preview_request": "SubscriptionPreviewRequest",
    "send_statement_letter_request": "SendStatementLetterRequest",
    "send_statement_sms_request": "SendStatementTextMessageRequest",
    "send_sms_request": "SendTextMessageRequest",
    "create_source_request": "ChargeCreate",
    "create_token_request": "ChargeCreate",
    "trigger": "Invoice",
}
TAGS = {
    schema["properties"]["object"]["const"]: name
    for name, schema in DESCRIPTION.schemas.items()
    if "const" in schema.get("properties", {}).get("object", {}) and name not in {"InvoicePreview", "PendingLineItem"}
}


def schema_of(folder: str, file: str, sample: Any) -> str:
    """Return the schema of a sample."""
    if file in SCHEMAS_OF_FILES:
        return SCHEMAS_OF_FILES[file]
    kind = re.fullmatch("(create|update)_request", file)
    if kind:
        singular = {"payment_sources": "PaymentSource", "payment_plans": "PaymentPlan"}.get(folder)
        name = (
            singular
            or SCHEMAS.get(folder)
            or TAGS.get(folder.removesuffix("s"))
            or "".join(part.title() for part in folder.removesuffix("s").split("_"))
        )
        return f"{name}{kind[1].title()}"
    return SCHEMAS.get(folder) or TAGS[sample["object"]]


def values() -> list[Any]:
    """Return each record of the samples, with its schema."""
    return [*_values()]


def _values() -> Iterator[Any]:
    for path in SAMPLES:
        sample = json.loads(path.read_text("utf-8"))
        for value in sample if isinstance(sample, list) else [sample]:
            schema = schema_of(path.relative_to(FOLDER).parts[0], path.stem, value)
            yield pytest.param(schema, value, id=path.relative_to(FOLDER).as_posix())


def test_the_description_is_a_valid_openapi_document() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert [str(error.message) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_the_description_has_every_call_of_the_older_client() -> None:
    table = (FILE.parent / "CALLS.md").read_text("utf-8")
    calls = re.findall(r"^\| `.+` \| `([A-Z]+) (/.+)` \| `([\w.]+)` \|", table, re.MULTILINE)
    assert len(calls) > 190
    known = {(each.method, each.path, each.id) for each in DESCRIPTION.operations.values()}
    assert {call for call in calls if call not in known} == set()


@pytest.mark.parametrize(("schema", "value"), values())
def test_a_sample_of_the_reference_fits_its_schema(schema: str, value: Any) -> None:
    reference = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    Draft202012Validator(reference).validate(value)


def test_there_are_samples_of_many_schemas() -> None:
    assert len({param.values[0] for param in values()}) > 45


def test_the_description_of_the_emulator_is_what_the_tool_writes() -> None:
    assert COPY.read_text("utf-8") == write(DOCUMENT)
