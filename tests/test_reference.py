"""Every Python sample and every JSON sample of the API reference, run through the library."""

from __future__ import annotations

import inspect
import json
import pickle
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.object import class_of

ROOT = Path(__file__).parent.parent
REFERENCE = Path(__file__).parent / "reference"
SAMPLES = re.findall(r"```python\n(.*?)```", (REFERENCE / "customers.md").read_text(encoding="utf-8"), re.DOTALL)
PROGRAMS = [sample for sample in SAMPLES if not re.match(r"[<\[{]", sample)]
OUTPUTS = [sample for sample in SAMPLES if sample not in PROGRAMS]
REPR = re.compile(r"<(\w+) id=(\w+) at 0x[0-9a-f]+> JSON: (\{.*?^\}|\{ \.\.\. \})", re.DOTALL | re.MULTILINE)


def title(sample: str) -> str:
    return sample.strip().splitlines()[-1][:60]


# Programs


@pytest.fixture
def names() -> Iterator[dict[str, Any]]:
    """Yield the variables that the samples use: a client, a customer and a contact."""
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        customer = client.Customer.create(name="Acme", email="billing@acmecorp.com")
        contact = customer.contacts().create(name="Nancy Talty", email="nancy.talty@example.com")
        yield {"client": client, "customer": customer, "contact": contact, "invoiced": invoiced}


def test_the_reference_contains_programs_and_outputs() -> None:
    assert (len(PROGRAMS), len(OUTPUTS)) == (12, 12)


@pytest.mark.parametrize("sample", PROGRAMS, ids=title)
def test_every_program_of_the_reference_runs_unchanged(sample: str, names: dict[str, Any]) -> None:
    program = sample.replace("{CUSTOMER_ID}", str(names["customer"].id))
    program = program.replace("{CONTACT_ID}", str(names["contact"].id))
    program = program.replace("invoiced.Customer.list", "client.Customer.list")  # a mistake in the reference
    exec(program, names)
    CHECKS[title(sample)](names)


def _is_deleted(record: Any) -> bool:
    try:
        record.refresh()
    except invoiced.NotFoundError:
        return True
    return False


def _stored(record: Any, **fields: Any) -> bool:
    record.refresh()
    return all(record[name] == value for name, value in fields.items())


CHECKS: dict[str, Any] = {}
"""The check of the result of each program, by the last line of the program."""


def check_after(last_line: str) -> Any:
    def register(check: Any) -> Any:
        CHECKS[last_line] = check
        return check

    return register


@check_after("customer.save()")
def _(names: Any) -> None:
    assert _stored(names["customer"], payment_terms="NET 14", tax_id="893-934835", phone="(820) 297-2983")


@check_after("contact.save()")
def _(names: Any) -> None:
    assert _stored(names["contact"], address1="507 Grove Avenue", city="Oklahoma City", postal_code="73102")


@check_after("customer.delete()")
def _(names: Any) -> None:
    assert _is_deleted(names["customer"])


@check_after("contact.delete()")
def _(names: Any) -> None:
    assert _is_deleted(names["contact"])


@check_after("customer.balance()")
def _(names: Any) -> None:
    assert names["customer"].balance().total_outstanding == 0


@check_after("emails = customer.send_statement()")
def _(names: Any) -> None:
    assert [email.subject for email in names["emails"]] == ["Statement from Dunder Mifflin, Inc."]


@check_after('customer = client.Customer.retrieve("{CUSTOMER_ID}")')
def _(names: Any) -> None:
    assert names["customer"].name == "Acme"


@check_after('contact = customer.contacts().retrieve("{CONTACT_ID}")')
def _(names: Any) -> None:
    assert names["contact"].name == "Nancy Talty"


@check_after("customers, metadata = invoiced.Customer.list(per_page=3)")
def _(names: Any) -> None:
    assert [customer.name for customer in names["customers"]] == ["Acme"]
    assert names["metadata"].total_count == 1


@check_after("contacts, metadata = customer.contacts().list(per_page=3)")
def _(names: Any) -> None:
    assert [contact.name for contact in names["contacts"]] == ["Nancy Talty"]
    assert names["metadata"].total_count == 1


@check_after(")")
def _(names: Any) -> None:
    """Check both samples of create: their last lines are the same."""
    created = [
        *names["client"].Customer.list(filter={"payment_terms": "NET 30"})[0],
        *names["customer"].contacts().list()[0][1:],
    ]
    assert len(created) == 1


# Outputs


@pytest.mark.parametrize("sample", OUTPUTS, ids=title)
def test_every_output_of_the_reference_matches_repr(sample: str, client: invoiced.Client) -> None:
    output = textwrap.dedent(re.sub(r"^  (?=[<\s}])", "", sample, flags=re.MULTILINE) if sample[0] == "[" else sample)
    records = [match for match in REPR.findall(output) if match[2] != "{ ... }"]
    if not records:
        balance = invoiced.Balance._from_response(client, json.loads(sample))
        assert str(balance) == sample.strip()
    for cls, id_, values in records:
        record = getattr(invoiced, cls)._from_response(client, json.loads(values))
        assert re.sub("0x[0-9a-f]+", "0x0", repr(record)) == f"<{cls} id={id_} at 0x0> JSON: {values.strip()}"


# JSON

BY_FOLDER = {
    "attachments": invoiced.Attachment,
    "charges": invoiced.Charge,
    "contacts": invoiced.Contact,
    "emails": invoiced.Email,
    "events": invoiced.Event,
    "letters": invoiced.Letter,
    "pending_line_items": invoiced.PendingLineItem,
    "tasks": invoiced.Task,
    "text_messages": invoiced.TextMessage,
}
"""Classes of samples without the field `object`, or with that of another class."""

EXAMPLES = sorted(
    path
    for path in (ROOT / "description" / "examples").rglob("*.json")
    if not path.stem.endswith("_request") and path.parent.name != "shipping"
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "description" / "examples").as_posix()


def records_of(path: Path) -> Iterator[tuple[type[invoiced.Object], dict[str, Any]]]:
    """Yield the records of a sample, with their classes."""
    example, folder = json.loads(path.read_text(encoding="utf-8")), name_of(path).partition("/")[0]
    for values in example if isinstance(example, list) else [example]:
        cls = BY_FOLDER.get(folder) or class_of(str(values.get("object")))
        by_name = {"balance": invoiced.Balance, "preview": invoiced.SubscriptionPreview, "trigger": invoiced.Invoice}
        cls = by_name.get(path.stem, cls)
        assert cls, path
        yield cls, values


def test_there_are_samples_of_most_records() -> None:
    assert len({cls for path in EXAMPLES for cls, _ in records_of(path)}) > 25


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_every_record_of_the_reference_is_preserved_exactly(path: Path, client: invoiced.Client) -> None:
    for cls, values in records_of(path):
        record = cls._from_response(client, values)
        assert record.to_dict() == values
        assert list(record) == list(values)
        for name in values:
            _ = record[name]
        assert record._changes() == {}
        assert record.to_dict() == values
        assert json.loads(str(record)) == values
        assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_every_field_of_a_sample_is_declared(path: Path) -> None:
    for cls, values in records_of(path):
        assert set(values) - {"object"} - UNDECLARED <= {
            name for base in cls.__mro__ for name in inspect.get_annotations(base)
        }


UNDECLARED: set[str] = set()
"""Fields that only a sample has."""


@pytest.mark.parametrize("path", EXAMPLES, ids=name_of)
def test_nested_records_have_their_classes(path: Path, client: invoiced.Client) -> None:
    for cls, values in records_of(path):
        record = cls._from_response(client, values)
        for name, value in values.items():
            for item in value if isinstance(value, list) else [value]:
                nested = cls._classes.get(name) or class_of(str(item.get("object")) if isinstance(item, dict) else "")
                if nested and name != "metadata":
                    found = record[name][0] if isinstance(value, list) else record[name]
                    assert type(found) is nested
                    break
