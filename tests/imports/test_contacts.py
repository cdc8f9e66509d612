"""Tests of contact imports, against the emulator over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.imports import ContactImport, lost_responses
from invoiced.runs import PlanError, Result
from invoiced.tables import read_table

CREATE = "POST /customers/*/contacts"


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


@pytest.fixture(autouse=True)
def lost_requests_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_responses, "LONGEST_REQUEST", 0)


def importer(client: invoiced.Client, source: str = "contacts.csv") -> ContactImport:
    return ContactImport(client.with_options(rate=10_000), source)


def load(client: invoiced.Client, rows: Any, *, strict: bool = False, **options: Any) -> dict[int, Result]:
    run = importer(client)
    return {result.row: result for result in run.send(run.plan(rows, **options), strict=strict)}


def outcomes(results: dict[int, Result]) -> dict[int, str]:
    return {number: result.outcome for number, result in results.items()}


def contacts(client: invoiced.Client, customer: int) -> list[dict[str, Any]]:
    fields = ("name", "email", "phone", "primary")
    records = invoiced.Customer(client, customer).contacts().all(sort="id asc")
    return [{name: contact[name] for name in fields} for contact in records]


def test_contacts_are_identified_by_their_email_and_created_or_updated(
    client: invoiced.Client, emulator: Emulator
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
    results = load(client, rows)
    assert outcomes(results) == {1: "updated", 2: "created", 3: "unchanged"}
    assert results[1].details == {"contact": 3, "fields": ["phone"]}
    assert contacts(client, 1) == [
        {"name": "Nancy", "email": "nancy@example.com", "phone": "820", "primary": False},
        {"name": "Same", "email": "same@example.com", "phone": "2", "primary": True},
    ]
    assert contacts(client, 2) == [{"name": "New", "email": "new@example.com", "phone": None, "primary": False}]
    assert [request.body for request in emulator.requests if request.method == "PATCH"] == [{"phone": "820"}]


def test_a_blank_cell_keeps_its_field_unless_clear_is_true(client: invoiced.Client) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com", phone="1", primary=False)
    rows = [{"customer_id": 1, "email": "n@example.com", "phone": " ", "primary": "", "name": ""}]
    assert outcomes(load(client, rows)) == {1: "unchanged"}
    assert outcomes(load(client, rows, clear=True)) == {1: "updated"}
    assert contacts(client, 1) == [{"name": "Nancy", "email": "n@example.com", "phone": None, "primary": False}]


def test_blank_cells_at_the_end_of_a_row_clear_their_fields(client: invoiced.Client, tmp_path: Path) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com", phone="1", primary=False)
    (tmp_path / "rows.csv").write_text("Customer ID,Email,Title,Phone\n1,n@example.com\n")
    assert outcomes(load(client, read_table(tmp_path / "rows.csv"), clear=True)) == {2: "updated"}
    assert contacts(client, 1)[0]["phone"] is None


def test_a_list_of_one_address_is_an_address(client: invoiced.Client) -> None:
    addresses: list[Any] = [["a@example.com"], ("Bob <b@example.com>",), ["c@example.com", "d@example.com"], [], [None]]
    rows = [{"customer_id": 1, "email": email, "name": "A"} for email in addresses]
    results = load(client, rows)
    assert outcomes(results) == {1: "created", 2: "created", 3: "invalid", 4: "invalid", 5: "invalid"}
    assert results[3].reason == "email: a list (expected text, a number, a date, or yes or no)"
    assert sorted(contact["email"] for contact in contacts(client, 1)) == ["a@example.com", "b@example.com"]


def test_the_name_beside_an_address_is_that_of_a_new_contact_only(client: invoiced.Client) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Carl Smith", email="c@example.com")
    rows = [
        {"customer_id": 1, "email": "Carl <c@example.com>", "name": ""},
        {"customer_id": 1, "email": "Dora <d@example.com>", "name": ""},
        {"customer_id": 1, "email": "Emil <e@example.com>", "name": "Emil Meyer"},
    ]
    assert outcomes(load(client, rows)) == {1: "unchanged", 2: "created", 3: "created"}
    assert {contact["email"]: contact["name"] for contact in contacts(client, 1)} == {
        "c@example.com": "Carl Smith",
        "d@example.com": "Dora",
        "e@example.com": "Emil Meyer",
    }


def test_all_rows_are_checked_before_the_first_contact_is_created(client: invoiced.Client, emulator: Emulator) -> None:
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
    results = load(client, rows)
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
    client: invoiced.Client, emulator: Emulator
) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}, {"customer_id": 9, "email": "b@example.com"}]
    run = importer(client)
    plan = run.plan(rows)
    assert next(iter(plan)).request == {"contact": None, "fields": {"name": "A", "email": "a@example.com"}}
    with pytest.raises(PlanError, match="1 of 2 rows"):
        run.send(plan, strict=True)
    assert contacts(client, 1) == []
    assert str(run.status()) == "Nothing was sent."


def test_an_import_continues_when_it_is_planned_again(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [{"customer_id": 1, "email": f"{index}@example.com", "name": "A"} for index in range(4)]
    emulator.fail(CREATE, status=400)
    assert sorted(outcomes(load(client, rows)).values()) == ["created", "created", "created", "failed"]
    assert sorted(outcomes(load(client, rows)).values()) == ["created", "unchanged", "unchanged", "unchanged"]
    assert len(contacts(client, 1)) == 4
    assert importer(client).status().complete


@pytest.mark.parametrize(("committed", "outcome"), [(True, "unchanged"), (False, "created")])
def test_a_lost_response_is_settled_by_looking(
    client: invoiced.Client, emulator: Emulator, committed: bool, outcome: str
) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}]
    emulator.fail(CREATE, connection="reset", committed=committed)
    assert outcomes(load(client, rows)) == {1: "unknown"}
    assert importer(client).status().counts == {"unknown": 1}

    plan = importer(client).plan(rows)
    assert plan.counts == {"unchanged" if committed else "to do": 1}
    assert plan.result_count == 1
    results = load(client, rows)
    assert outcomes(results) == {1: outcome}
    assert results[1].details == {"contact": 3}
    assert importer(client).status().counts == {outcome: 1}
    assert [event.state for event in importer(client).history(1)] == ["unknown", outcome]
    assert len(contacts(client, 1)) == 1


def test_a_response_without_a_contact_is_settled_by_looking(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}]
    emulator.fail(CREATE, status=201, body={"ok": True})
    assert load(client, rows)[1].reason == "the response has no contact"
    assert outcomes(load(client, rows)) == {1: "created"}


def test_a_lost_request_has_time_to_end_before_it_is_looked_up(
    client: invoiced.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lost_responses, "LONGEST_REQUEST", 60)
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}]
    emulator.fail(CREATE, connection="reset")
    load(client, rows)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        if seconds < 1:
            return  # it waits for the rate limit
        slept.append(seconds)
        client.Customer.retrieve(1).contacts().create(name="A", email="a@example.com")  # it is processed meanwhile

    monkeypatch.setattr(lost_responses.time, "sleep", sleep)
    plan = importer(client).plan(rows)
    assert 50 < slept[0] <= 60
    assert plan.counts == {"unchanged": 1}


def test_what_another_session_has_in_flight_is_not_sent_twice(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}]
    first, second = importer(client), importer(client)
    plan, late_plan = second.plan(rows), second.plan(rows)
    seen: list[Any] = []

    def meanwhile(*_: Any) -> Any:
        seen.append(second.plan(rows).counts)
        seen.append([result.outcome for result in second.send(plan)])
        return perform(*_)

    perform, first._perform = first._perform, meanwhile  # type: ignore[method-assign]
    assert [result.outcome for result in first.send(first.plan(rows))] == ["created"]
    assert seen == [{"started": 1}, ["in flight"]]
    # Planned before the contact was there, and sent afterwards.
    assert [result.outcome for result in second.send(late_plan)] == ["created"]
    assert len(contacts(client, 1)) == 1


def test_a_contact_that_was_deleted_is_created_again(client: invoiced.Client) -> None:
    rows = [{"customer_id": 1, "email": "a@example.com", "name": "A"}]
    load(client, rows)
    invoiced.Customer(client, 1).contacts().find(email="a@example.com").delete()
    assert outcomes(load(client, rows)) == {1: "created"}


def test_contacts_that_are_as_wanted_take_no_request_and_no_time(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [{"customer_id": 1, "email": f"{index}@example.com", "name": "A"} for index in range(20)]
    load(client, rows)
    slow = ContactImport(client.with_options(rate=1000), "contacts.csv")
    plan = slow.plan(rows)
    emulator.requests.clear()
    assert {result.outcome for result in slow.send(plan)} == {"unchanged"}
    assert {request.method for request in emulator.requests} <= {"GET"}


@pytest.mark.parametrize("source", ["", "-", "a/", "a\x1b[2J", "x" * 201])
def test_a_source_has_a_name(client: invoiced.Client, source: str) -> None:
    with pytest.raises(ValueError, match="source must be a name"):
        ContactImport(client, source)


def test_the_name_of_a_file_is_that_of_its_source_in_any_folder(client: invoiced.Client, tmp_path: Path) -> None:
    load(client, [{"customer_id": 1, "email": "a@example.com", "name": "A"}])
    assert ContactImport(client, tmp_path / "contacts.csv").status().counts == {"created": 1}
    assert ContactImport(client, "others.csv").status().counts == {}


def test_an_update_with_an_unknown_outcome_is_retried(client: invoiced.Client, emulator: Emulator) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com")
    emulator.fail("PATCH /customers/*/contacts/*", status=503, headers={"Retry-After": "0"}, committed=True, times=2)
    results = load(client, [{"customer_id": 1, "email": "n@example.com", "phone": "1"}])
    assert outcomes(results) == {1: "updated"}
    assert len(emulator.requests.to("PATCH /customers/*/contacts/*")) == 3


def test_the_contacts_of_each_customer_are_listed_once(client: invoiced.Client, emulator: Emulator) -> None:
    rows = [
        {"customer_id": 1 + index % 2, "email": f"{index}@example.com", "name": "A", "phone": "1"} for index in range(8)
    ]
    emulator.requests.clear()
    importer(client).plan(rows)
    paths = [request.path for request in emulator.requests]
    assert sorted(paths) == ["/customers/1", "/customers/1/contacts", "/customers/2", "/customers/2/contacts"]


def test_each_request_has_the_idempotency_key_in_its_result(client: invoiced.Client, emulator: Emulator) -> None:
    invoiced.Customer(client, 1).contacts().create(name="Nancy", email="n@example.com")
    emulator.requests.clear()
    rows = [
        {"customer_id": 1, "email": "n@example.com", "phone": "1"},
        {"customer_id": 1, "email": "new@example.com", "name": "New"},
    ]
    results = load(client, rows)
    keys = {request.method: request.headers.get("Idempotency-Key") for request in emulator.requests}
    assert (keys["PATCH"], keys["POST"]) == (results[1].idempotency_key, results[2].idempotency_key)
