from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

SHEET = """\
customer_number,name,email,phone,primary
CUST-0001,Nancy Talty,nancy@example.com,820,yes
CUST-0002,Zoë,zoe@example.com,,no
"""


@pytest.fixture
def sheet(invoiced_client: invoiced.Client, tmp_path: Path) -> Path:
    """A file as Excel writes it, of contacts of two customers, one of whom has the contact already."""
    for name in ("Acme", "Beta"):
        invoiced_client.Customer.create(name=name)
    invoiced.Customer(invoiced_client, 1).contacts().create(name="Nancy", email="Nancy@example.com")
    sheet = tmp_path / "contacts.csv"
    sheet.write_text(SHEET, encoding="utf-8-sig")
    return sheet


def contacts(client: invoiced.Client) -> list[tuple[str, str | None, str | None]]:
    found = [*invoiced.Customer(client, 1).contacts().all(), *invoiced.Customer(client, 2).contacts().all()]
    return [(contact.name, contact.email, contact.phone) for contact in found]


def test_contacts_are_created_and_updated_once(
    run: Any, sheet: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    ran = run("import_contacts.py", "contacts.csv")
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert set(ran.stdout.splitlines()) == {
        "Row 1, CUST-0001 Acme: updated",
        "Row 2, CUST-0002 Beta: created",
        "1 created, 1 updated",
    }
    there = [("Nancy Talty", "Nancy@example.com", "820"), ("Zoë", "zoe@example.com", None)]
    assert contacts(invoiced_client) == there
    again = run("import_contacts.py", "contacts.csv")
    assert (again.stdout, again.returncode) == ("1 created, 1 updated\n", 0)
    assert contacts(invoiced_client) == there
    invoiced_emulator.requests.assert_sent("POST /customers/2/contacts", times=1)


def test_what_failed_is_done_by_the_next_run(
    run: Any, sheet: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers/2/contacts", status=400, body={"message": "Not now."})
    first = run("import_contacts.py", "contacts.csv")
    assert "Row 2, CUST-0002 Beta: failed" in first.stdout
    assert first.returncode == 1
    again = run("import_contacts.py", "contacts.csv")
    assert again.stdout == "Row 2, CUST-0002 Beta: created\n1 created, 1 updated\n"
    assert again.returncode == 0
    assert [name for name, _, _ in contacts(invoiced_client)] == ["Nancy Talty", "Zoë"]


def test_rows_that_cannot_be_imported_are_said(run: Any, sheet: Path) -> None:
    with sheet.open("a", encoding="utf-8") as file:
        file.write("CUST-0009,Nobody,nobody@example.com,,\n")
    ran = run("import_contacts.py", "contacts.csv")
    assert "Row 3, CUST-0009: skipped no customer has the number CUST-0009" in ran.stdout
    assert ran.returncode == 1


def test_an_edited_file_needs_a_journal_of_its_own(run: Any, sheet: Path) -> None:
    header, nancy, _ = SHEET.splitlines()
    sheet.write_text(f"{header}\n{nancy}\n", encoding="utf-8")
    assert run("import_contacts.py", "contacts.csv").returncode == 0
    sheet.write_text(f"{header}\n{nancy.replace('820', '821')}\n", encoding="utf-8")
    ran = run("import_contacts.py", "contacts.csv")
    assert ran.returncode == 1
    assert len(ran.stderr.splitlines()) == 1
    assert "Take another journal" in ran.stderr
    (sheet.parent / "contacts.csv.journal").unlink()
    again = run("import_contacts.py", "contacts.csv")
    assert again.stdout == "Row 1, CUST-0001 Acme: updated\n1 updated\n"
