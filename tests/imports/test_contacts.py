"""Tests of contact imports, against the emulator over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.imports import ContactImport
from invoiced.runs import PlanError, Result
from invoiced.tables import read_table


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(idempotency=False) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        for name in ("Acme", "Other"):
            client.Customer.create(name=name)
        yield client


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "contacts.journal"


def load(client: invoiced.Client, journal: Path, rows: Any, **options: Any) -> dict[int, Result]:
    return {result.row: result for result in ContactImport(client, journal, rate=None).load(rows, **options)}


def outcomes(results: dict[int, Result]) -> dict[int, str]:
    return {number: result.outcome for number, result in results.items()}


def contacts(client: invoiced.Client, customer: int) -> list[dict[str, Any]]:
    fields = ("name", "email", "phone", "primary")
    records = invoiced.Customer(client, customer).contacts().all(sort="id asc")
    return [{name: contact[name] for name in fields} for contact in records]


def test_contacts_are_identified_by_their_email_and_created_or_updated(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    acme = client.Customer.retrieve(1)
    acme.contacts().create(name="Nancy", email="Nancy@Example.com", phone="1", primary=False)
    acme.contacts().create(name="Same", email="same@example.com", phone="2")
    emulator.requests.clear()
    rows = [
        {"customer_number": "CUST-00001", "email": "nancy@example.com", "phone": "820", "name": "", "primary": ""},
        {"customer_id": "2", "email": "new@example.com", "name": "New", "primary": "No", "Remark": "x"},
        {"customer": "CUST-00001", "email": "same@example.com", "name": "Same", "phone": "2"},
    ]
    results = load(client, journal, rows)
    assert outcomes(results) == {1: "updated", 2: "created", 3: "unchanged"}
    assert results[1].details == {"contact": 3, "fields": ["phone"]}
    assert contacts(client, 1) == [
        {"name": "Nancy", "email": "nancy@example.com", "phone": "820", "primary": False},
        {"name": "Same", "email": "same@example.com", "phone": "2", "primary": True},
    ]
    assert contacts(client, 2) == [{"name": "New", "email": "new@example.com", "phone": None, "primary": False}]
    assert [request.body for request in emulator.requests if request.method == "PATCH"] == [{"phone": "820"}]


def test_a_blank_cell_keeps_its_field_unless_clear_is_true(client: invoiced.Client, tmp_path: Path) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com", phone="1", primary=False)
    rows = [{"customer_id": 1, "email": "n@example.com", "phone": " ", "primary": "", "name": ""}]
    assert outcomes(load(client, tmp_path / "a", rows)) == {1: "unchanged"}
    assert outcomes(load(client, tmp_path / "b", rows, clear=True)) == {1: "updated"}
    assert contacts(client, 1) == [{"name": "Nancy", "email": "n@example.com", "phone": None, "primary": False}]


def test_blank_cells_at_the_end_of_a_row_clear_their_fields(client: invoiced.Client, tmp_path: Path) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com", phone="1", primary=False)
    (tmp_path / "rows.csv").write_text("Customer ID,Email,Title,Phone\n1,n@example.com\n")
    assert outcomes(load(client, tmp_path / "a", read_table(tmp_path / "rows.csv"), clear=True)) == {2: "updated"}
    assert contacts(client, 1)[0]["phone"] is None


def test_a_list_of_one_address_is_an_address(client: invoiced.Client, journal: Path) -> None:
    addresses: list[Any] = [["a@example.com"], ("Bob <b@example.com>",), ["c@example.com", "d@example.com"], [], [None]]
    rows = [{"customer_id": 1, "email": email, "name": "A"} for email in addresses]
    results = load(client, journal, rows)
    assert outcomes(results) == {1: "created", 2: "created", 3: "skipped", 4: "skipped", 5: "skipped"}
    assert results[3].reason == "email: a list (expected text, a number, a date, or yes or no)"
    assert [contact["email"] for contact in contacts(client, 1)] == ["a@example.com", "b@example.com"]


def test_the_name_beside_an_address_is_that_of_a_new_contact_only(client: invoiced.Client, journal: Path) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Carl Smith", email="c@example.com")
    rows = [
        {"customer_id": 1, "email": "Carl <c@example.com>", "name": ""},
        {"customer_id": 1, "email": "Dora <d@example.com>", "name": ""},
        {"customer_id": 1, "email": "Emil <e@example.com>", "name": "Emil Meyer"},
    ]
    assert outcomes(load(client, journal, rows)) == {1: "unchanged", 2: "created", 3: "created"}
    assert {contact["email"]: contact["name"] for contact in contacts(client, 1)} == {
        "c@example.com": "Carl Smith",
        "d@example.com": "Dora",
        "e@example.com": "Emil Meyer",
    }


def test_all_rows_are_checked_before_the_first_contact_is_created(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    twins = invoiced.Customer(client, 2).contacts()
    twins.create(name="Twin", email="twin@example.com")
    twins.create(name="Twin", email="Twin@example.com")
    rows = [
        {"customer_id": 1, "email": "a@example.com", "name": "A"},
        {"customer_id": 1, "email": "A@example.com", "name": "A"},
        {"customer_id": 9, "email": "a@example.com", "name": "A"},
        {"customer_id": 1, "email": "", "name": "A"},
        {"customer_id": 1, "email": "b@example.com"},
        {"customer_id": 2, "email": "twin@example.com", "phone": "1"},
        {"customer_id": 1, "email": "c@example.com", "name": "C", "primary": "perhaps"},
        {"id": 1, "email": "d@example.com", "name": "D"},
        {"customer_id": 1, "email": "e@example.com, f@example.com", "name": "E and F"},
    ]
    emulator.requests.clear()
    results = load(client, journal, rows)
    assert {number: result.reason for number, result in results.items()} == {
        1: "",
        2: "duplicate of row 1",
        3: "no customer has the ID 9",
        4: "no email (required to identify the contact)",
        5: "no name (required for a new contact)",
        6: "several contacts of the customer have the e-mail address twin@example.com",
        7: "invalid primary 'perhaps' (expected yes or no)",
        8: "no customer_number or customer_id",
        9: "invalid e-mail address 'e@example.com, f@example.com' (expected one address)",
    }
    assert len(emulator.requests.to("POST /customers/*/contacts")) == 1


def test_a_plan_changes_nothing_and_a_strict_import_with_problems_is_refused(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}, {"customer_id": 9, "email": "b@example.com"}]
    importer = ContactImport(client, journal, rate=None)
    assert next(iter(importer.plan(rows))).request == {
        "contact": None,
        "fields": {"name": "A", "email": "a@example.com"},
    }
    with pytest.raises(PlanError, match="1 of 2 rows"):
        importer.load(rows, strict=True)
    assert contacts(client, 1) == []
    assert not journal.exists()


def test_an_interrupted_import_continues_without_creating_a_contact_twice(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    rows = [{"customer_id": 1, "email": f"{index}@example.com", "name": "A"} for index in range(4)]
    create = "POST /customers/*/contacts"
    emulator.fail(create, connection="reset", committed=True)
    emulator.fail(create, status=400)
    first = load(client, journal, rows)
    assert sorted(outcomes(first).values()) == ["created", "created", "failed", "unknown"]
    assert list(outcomes(load(client, journal, rows)).values()) == ["created"]
    assert len(contacts(client, 1)) == 4


def test_an_update_with_an_unknown_outcome_is_retried(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com")
    emulator.fail("PATCH /customers/*/contacts/*", status=503, headers={"Retry-After": "0"}, committed=True, times=2)
    results = load(client, journal, [{"customer_id": 1, "email": "n@example.com", "phone": "1"}])
    assert outcomes(results) == {1: "updated"}
    assert len(emulator.requests.to("PATCH /customers/*/contacts/*")) == 3


def test_the_contacts_of_each_customer_are_listed_once(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    rows = [
        {"customer_id": 1 + index % 2, "email": f"{index}@example.com", "name": "A", "phone": "1"} for index in range(8)
    ]
    emulator.requests.clear()
    ContactImport(client, journal, rate=None).plan(rows)
    paths = [request.path for request in emulator.requests]
    assert sorted(paths) == ["/customers/1", "/customers/1/contacts", "/customers/2", "/customers/2/contacts"]


def test_each_request_has_the_idempotency_key_in_its_result(
    client: invoiced.Client, emulator: Emulator, journal: Path
) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com")
    emulator.requests.clear()
    rows = [
        {"customer_id": 1, "email": "n@example.com", "phone": "1"},
        {"customer_id": 1, "email": "new@example.com", "name": "New"},
    ]
    results = load(client, journal, rows)
    keys = {request.method: request.headers.get("Idempotency-Key") for request in emulator.requests}
    assert (keys["PATCH"], keys["POST"]) == (results[1].idempotency_key, results[2].idempotency_key)
