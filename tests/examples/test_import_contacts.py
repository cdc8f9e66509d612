from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

CONTACTS_CSV = """\
customer_number,name,email,phone,primary
CUST-00001,Nancy Talty,nancy@example.com,820,yes
CUST-00002,Zoë,zoe@example.com,,no
"""


@pytest.fixture
def csv_file(invoiced_client: invoiced.Client, tmp_path: Path) -> Path:
    """Return a CSV file as written by Excel, with contacts of two customers. One of the contacts already exists."""
    for name in ("Acme", "Beta"):
        invoiced_client.Customer.create(name=name)
    invoiced.Customer(invoiced_client, 1).contacts().create(name="Nancy", email="Nancy@example.com")
    csv_file = tmp_path / "contacts.csv"
    csv_file.write_text(CONTACTS_CSV, encoding="utf-8-sig")
    return csv_file


def contacts(client: invoiced.Client) -> list[tuple[str, str | None, str | None]]:
    found = [*invoiced.Customer(client, 1).contacts().all(), *invoiced.Customer(client, 2).contacts().all()]
    return [(contact.name, contact.email, contact.phone) for contact in found]


def test_contacts_are_created_and_updated_once(
    run: Any, csv_file: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    completed = run("import_contacts.py", "contacts.csv")
    assert (completed.stderr, completed.returncode) == ("", 0)
    assert set(completed.stdout.splitlines()) == {
        "Row 1, CUST-00001 Acme: updated",
        "Row 2, CUST-00002 Beta: created",
        "1 created, 1 updated",
    }
    expected = [("Nancy Talty", "nancy@example.com", "820"), ("Zoë", "zoe@example.com", None)]
    assert contacts(invoiced_client) == expected
    second = run("import_contacts.py", "contacts.csv")
    assert second.returncode == 0
    assert set(second.stdout.splitlines()) == {
        "Row 1, CUST-00001 Acme: unchanged",
        "Row 2, CUST-00002 Beta: unchanged",
        "2 unchanged",
    }
    assert contacts(invoiced_client) == expected
    invoiced_emulator.requests.assert_sent("POST /customers/2/contacts", times=1)


def test_the_next_run_retries_a_row_that_failed(
    run: Any, csv_file: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers/2/contacts", status=400, body={"message": "Not now."})
    first = run("import_contacts.py", "contacts.csv")
    assert "Row 2, CUST-00002 Beta: failed" in first.stdout
    assert first.returncode == 1
    second = run("import_contacts.py", "contacts.csv")
    assert second.stdout.splitlines() == [
        "Row 1, CUST-00001 Acme: unchanged",
        "Row 2, CUST-00002 Beta: created",
        "1 created, 1 unchanged",
    ]
    assert second.returncode == 0
    assert [name for name, _, _ in contacts(invoiced_client)] == ["Nancy Talty", "Zoë"]


def test_rows_that_cannot_be_imported_are_reported(run: Any, csv_file: Path) -> None:
    with csv_file.open("a", encoding="utf-8") as file:
        file.write("CUST-00009,Nobody,nobody@example.com,,\n")
    completed = run("import_contacts.py", "contacts.csv")
    assert "Row 3, CUST-00009: invalid no customer has the number CUST-00009" in completed.stdout
    assert completed.returncode == 1


def test_an_edited_file_continues(run: Any, csv_file: Path, invoiced_client: invoiced.Client) -> None:
    header, nancy, _ = CONTACTS_CSV.splitlines()
    csv_file.write_text(f"{header}\n{nancy}\n", encoding="utf-8")
    assert run("import_contacts.py", "contacts.csv").returncode == 0
    csv_file.write_text(f"{header}\n{nancy.replace('820', '821')}\n", encoding="utf-8")
    assert run("import_contacts.py", "contacts.csv").stdout == "Row 1, CUST-00001 Acme: updated\n1 updated\n"
    assert contacts(invoiced_client) == [("Nancy Talty", "nancy@example.com", "821")]
