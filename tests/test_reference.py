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
from invoiced.resources import balances, verbs

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
    assert {email.email for email in names["emails"]} == {"billing@acmecorp.com", "nancy.talty@example.com"}


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

BY_FOLDER = {"contacts": invoiced.Contact, "emails": invoiced.Email, "payment_sources": invoiced.Card}
EXAMPLES = sorted(path for path in (REFERENCE / "examples").rglob("*.json") if not path.stem.endswith("_request"))


def class_of(path: Path) -> type[invoiced.Object]:
    folder = path.relative_to(REFERENCE / "examples").parts[0]
    if path.stem == "balance":
        return invoiced.Balance
    if path.stem == "bank_account":
        return invoiced.BankAccount
    return {**BY_FOLDER, "customers": invoiced.Customer}.get(folder, invoiced.Object)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(REFERENCE / "examples")))
def test_every_record_of_the_reference_is_preserved_exactly(path: Path, client: invoiced.Client) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    for values in example if isinstance(example, list) else [example]:
        record = class_of(path)._from_response(client, values)
        assert record.to_dict() == values
        assert list(record) == list(values)
        for name in values:
            _ = record[name]
        assert record._changes() == {}
        assert record.to_dict() == values
        assert json.loads(str(record)) == values
        assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize(
    "cls", [invoiced.Customer, invoiced.Contact, invoiced.Email, invoiced.Balance, invoiced.Card, invoiced.BankAccount]
)
def test_every_field_of_the_examples_is_declared(cls: type[invoiced.Object]) -> None:
    found = False
    for path in EXAMPLES:
        if class_of(path) is cls:
            example = json.loads(path.read_text(encoding="utf-8"))
            for values in example if isinstance(example, list) else [example]:
                found = True
                assert set(values) - {"object"} <= {
                    name for base in cls.__mro__ for name in inspect.get_annotations(base)
                }
    assert found


# The API description

DESCRIPTION = json.loads((REFERENCE.parent.parent / "invoiced" / "emulator" / "openapi.json").read_text("utf-8"))


def names_of(cls: type) -> set[str]:
    """Return the names of the fields that a record or a TypedDict declares."""
    inherited = {name for base in cls.__mro__ for name in inspect.get_annotations(base)}
    return {name for name in inherited | set(cls.__annotations__) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("schema", "cls"),
    [
        ("Customer", invoiced.Customer),
        ("Contact", invoiced.Contact),
        ("Email", invoiced.Email),
        ("Balance", invoiced.Balance),
        ("Card", invoiced.Card),
        ("BankAccount", invoiced.BankAccount),
        ("BalanceHistoryEntry", balances.BalanceHistoryEntry),
        ("CustomerCreate", invoiced.CustomerCreate),
        ("CustomerUpdate", invoiced.CustomerUpdate),
        ("ContactCreate", invoiced.ContactParams),
        ("ContactUpdate", invoiced.ContactParams),
        ("SendStatementEmailRequest", invoiced.StatementEmail),
        ("EmailRecipient", invoiced.EmailRecipient),
    ],
)
def test_every_property_of_the_api_description_is_declared(schema: str, cls: type) -> None:
    properties = DESCRIPTION["components"]["schemas"][schema]["properties"]
    assert names_of(cls) == set(properties) - ({"object"} if issubclass(cls, invoiced.Object) else set())


@pytest.mark.parametrize(
    ("path", "params"), [("/customers", invoiced.CustomerList), ("/customers/{customer_id}/contacts", verbs.ListParams)]
)
def test_every_list_parameter_of_the_api_description_is_declared(path: str, params: type) -> None:
    references = [parameter["$ref"].split("/")[-1] for parameter in DESCRIPTION["paths"][path]["get"]["parameters"]]
    expected = {DESCRIPTION["components"]["parameters"][name]["name"] for name in references}
    assert names_of(params) == expected


def test_every_field_of_a_filter_is_a_field_of_the_record() -> None:
    assert set(invoiced.CustomerFilter.__annotations__) <= names_of(invoiced.Customer)
    assert set(invoiced.ContactFilter.__annotations__) <= names_of(invoiced.Contact)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        (invoiced.Customers.create, invoiced.CustomerCreate),
        (invoiced.Customers.list, invoiced.CustomerList),
        (invoiced.Customer.send_statement, invoiced.StatementEmail),
        (invoiced.Contacts.create, invoiced.ContactParams),
        (invoiced.Contacts.list, verbs.ListParams),
    ],
)
def test_every_parameter_is_named_in_the_docstring(method: Any, params: type) -> None:
    documented = set(re.findall(r"\w+", str(inspect.getdoc(method))))
    assert names_of(params) <= documented
