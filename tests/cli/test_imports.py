"""`invoiced contacts import` and `invoiced invoices import`, against the emulator over HTTP."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import invoiced
from invoiced.cli import confirmation
from invoiced.emulator import Emulator
from invoiced.imports import lost_responses

from .conftest import Run

FAST = ("--yes", "--rate", "10000")
INVOICES = """\
Reference,Customer number,Name,Quantity,Unit cost,Currency,Date,Send
A-1,CUST-00001,Paper,2,45.10,EUR,2026-11-30,yes
A-1,,Delivery,1,10,,,
A-2,CUST-00002,Support,1,1234.5,,2026-11-30,
"""

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_responses, "LONGEST_REQUEST", 0)


@pytest.fixture(autouse=True)
def customers(account: invoiced.Client, emulator: Emulator) -> list[invoiced.Customer]:
    customers = [account.Customer.create(name=f"Customer {n}") for n in range(1, 3)]
    emulator.requests.clear()
    return customers


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return sorted(csv.DictReader(stream), key=lambda row: int(row["row"]))


def created(emulator: Emulator) -> list[str]:
    return sorted(request.body["metadata"]["reference"] for request in emulator.requests.to("POST /invoices"))


def test_contacts_are_imported_from_a_file(run: Run, emulator: Emulator, customers: Any, folder: Path) -> None:
    text = (
        "E-mail,Name,Customer Number,Phone,Primary\nn@example.com,Nancy,CUST-00001,820,no\nm@example.com,Max,CUST-9,,\n"
    )
    (folder / "contacts.csv").write_text(text)
    words = ("contacts", "import", "contacts.csv")
    dry = run(*words, "--dry-run")
    assert dry.exit_code == 0
    assert dry.stdout.splitlines() == [
        "row 2, CUST-00001 Customer 1: create Nancy <n@example.com>",
        "row 3, CUST-9: no customer has the number CUST-9",
    ]
    assert dry.stderr.splitlines()[-2:] == [
        "Rows: to import 1, invalid 1",
        "Create or update 1 contact at 127.0.0.1 (dry run: nothing was sent).",
    ]
    assert not emulator.requests.to("POST /customers/*/contacts")

    result = run(*words, "--result", "out.csv", *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 created, 1 invalid\n")
    assert "Row 3, CUST-9: no customer has the number CUST-9." in result.stderr
    (contact,) = customers[0].contacts().all()
    assert (contact.name, contact.phone, contact.primary) == ("Nancy", "820", False)
    first, second = rows_of(folder / "out.csv")
    assert (first["period"], first["row"], first["outcome"]) == ("contacts.csv", "2", "created")
    assert first["details"] == f"contact {contact.id}"
    assert (second["row"], second["outcome"]) == ("3", "invalid")
    assert second["reason"] == "no customer has the number CUST-9"

    (folder / "contacts.csv").write_text("customer_id,email,phone\n1,N@example.com,\n")
    kept = run(*words, "--dry-run")
    assert kept.stdout == "row 2, CUST-00001 Customer 1: unchanged\n"
    assert run(*words).stdout == "1 unchanged\n"  # nothing is sent, so nothing is asked
    cleared = run(*words, "--clear", *FAST)
    assert (cleared.exit_code, cleared.stdout) == (0, "1 updated\n")
    (contact,) = customers[0].contacts().all()
    assert contact.phone is None


def test_rows_from_standard_input_need_a_name(run: Run, emulator: Emulator) -> None:
    text = "customer_id,email,name\n1,n@example.com,Nancy\n"
    nameless = run("contacts", "import", "-", *FAST, input=text)
    assert nameless.exit_code == 2
    assert "--source NAME" in nameless.stderr
    assert run("contacts", "import", "-", "--source", "crm", *FAST, input=text).stdout == "1 created\n"


def test_the_plan_of_invoices_says_how_many_and_how_much(run: Run, emulator: Emulator, folder: Path) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    result = run("invoices", "import", "invoices.csv")
    assert result.exit_code == 2
    *lines, error = result.stderr.splitlines()
    assert lines.pop(0).startswith("Ledger: ")
    assert lines == [
        "For example, row 2, CUST-00001 Customer 1: invoice A-1 of 2026-11-30, 2 lines, 100.20 eur",
        "For example, row 4, CUST-00002 Customer 2: invoice A-2 of 2026-11-30, 1 line, "
        "1,234.50 in the account's currency",
        "Sum: 1,234.50 in the account's currency, 100.20 eur, without taxes and discounts",
        "E-mailed to their customers: 1",
        "Rows: to import 2",
        "Create 2 invoices at 127.0.0.1.",
    ]
    assert error.startswith("Error: Create 2 invoices at 127.0.0.1? Cannot ask without a terminal")
    assert created(emulator) == []
    dry = run("invoices", "import", "invoices.csv", "--dry-run")
    assert dry.stdout.splitlines() == [
        "row 2, CUST-00001 Customer 1: invoice A-1 of 2026-11-30, 2 lines, 100.20 eur",
        "row 4, CUST-00002 Customer 2: invoice A-2 of 2026-11-30, 1 line, 1,234.50 in the account's currency",
    ]
    assert (dry.exit_code, created(emulator)) == (0, [])


def test_invoices_are_created_once_whatever_the_file(
    run: Run, emulator: Emulator, account: invoiced.Client, folder: Path
) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    assert run("invoices", "import", "invoices.csv", *FAST).stdout == "2 created\n"
    (folder / "mended.csv").write_text(f"{INVOICES}A-3,CUST-00002,Support,1,5,,,\n")
    mended = run("invoices", "import", "mended.csv", *FAST, "--result", "out.csv")
    assert (mended.exit_code, mended.stdout) == (0, "3 created\n")
    assert "Rows: to import 1, created before 2" in mended.stderr
    rows = rows_of(folder / "out.csv")
    assert [(row["row"], row["outcome"]) for row in rows] == [("2", "created"), ("4", "created"), ("5", "created")]
    assert rows[2]["details"] == f"invoice {account.Invoice.find(number='INV-00003').id}, number INV-00003"
    again = run("invoices", "import", "mended.csv")
    assert (again.exit_code, again.stdout) == (0, "3 created\n")
    assert "Rows: created before 3\nCreate 0 invoices" in again.stderr
    assert created(emulator) == ["A-1", "A-2", "A-3"]


def test_the_result_is_about_the_rows_of_the_file_and_not_of_earlier_ones(
    run: Run, emulator: Emulator, folder: Path
) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    assert run("invoices", "import", "invoices.csv", *FAST).exit_code == 0
    header = INVOICES.splitlines()[0]
    (folder / "next.csv").write_text(f"{header}\n,,,,,,,\nA-2,CUST-00002,Support,1,1234.5,,2026-11-30,\n")
    result = run("invoices", "import", "next.csv", *FAST, "--result", "out.xlsx")
    assert (result.exit_code, result.stdout) == (0, "1 created\n")
    sheet = load_workbook(folder / "out.xlsx").active
    columns, *rows = [[cell.value for cell in row] for row in sheet]
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    assert [(row["row"], row["outcome"], row["number"]) for row in found] == [(3, "created", "CUST-00002")]


def test_an_import_is_confirmed_by_typing_the_number(
    run: Run, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "is_interactive", lambda: True)
    (folder / "invoices.csv").write_text(INVOICES)
    words = ("invoices", "import", "invoices.csv", "--rate", "10000")
    declined = run(*words, input="y\n")
    assert (declined.exit_code, created(emulator)) == (2, [])
    assert "Create 2 invoices at 127.0.0.1? Type 2 to confirm: " in declined.stderr
    assert run(*words, input="2\n").stdout == "2 created\n"


def test_the_result_of_a_run_is_no_source_of_another(run: Run, emulator: Emulator, folder: Path) -> None:
    text = "customer_number,name,email\nCUST-00001,Nancy,n@example.com\n"
    (folder / "contacts.csv").write_text(text)
    for ending in ("csv", "xlsx"):
        assert run("contacts", "import", "contacts.csv", *FAST, "--result", f"out.{ending}").exit_code == 0
        for command in (
            ("contacts", "import"),
            ("invoices", "import"),
            ("statements", "send", "2026-11"),
            ("statements", "download", "2026-11"),
        ):
            refused = run(*command, f"out.{ending}", "--rate", "10000")
            assert refused.exit_code == 2
            assert "this is a report of a run" in refused.stderr


def test_a_contact_that_two_rows_have_is_left_to_mend(run: Run, emulator: Emulator, folder: Path) -> None:
    rows = "customer_id,email,name\n1,n@example.com,Nancy\n1,n@example.com,Max\n"
    (folder / "contacts.csv").write_text(rows)
    result = run("contacts", "import", "contacts.csv", *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 created, 1 duplicate\n")


def test_an_import_says_what_is_left_by_its_exit_status(run: Run, emulator: Emulator, folder: Path) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    emulator.fail("POST /invoices", status=400, body={"message": "The number is taken.", "param": "number"})
    first = run("invoices", "import", "invoices.csv", *FAST, "--concurrency", "1")
    assert (first.exit_code, first.stdout) == (1, "1 created, 1 failed\n")
    assert "failed: The number is taken." in first.stderr
    emulator.fail("POST /invoices", connection="reset", committed=True)
    assert run("invoices", "import", "invoices.csv", *FAST).stdout == "1 created, 1 unknown\n"
    second = run("invoices", "import", "invoices.csv", *FAST)
    assert (second.exit_code, second.stdout) == (0, "2 created\n")


def test_an_import_that_stops_counts_what_was_not_tried(run: Run, emulator: Emulator, folder: Path) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    emulator.fail("POST /invoices", status=400)
    words = ("invoices", "import", "invoices.csv", "--stop-after-errors", "1", "--concurrency", "1")
    result = run(*words, *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 failed, 1 to do\n")


def test_nothing_is_sent_without_rows_or_with_problems_in_all_of_them(
    run: Run, emulator: Emulator, folder: Path
) -> None:
    (folder / "empty.csv").write_text("reference,customer_number\n")
    (folder / "wrong.csv").write_text("reference,customer_number,unit_cost\nA,CUST-9,1\n")
    (folder / "half.csv").write_text(f"{INVOICES}A-3,CUST-9,,1,5,,,\n")
    for words in (
        ["empty.csv"],
        ["wrong.csv"],
        ["half.csv", "--strict"],
        ["none.csv"],
        ["half.csv", "--dry-run", "--strict"],
    ):
        result = run("invoices", "import", *words, *FAST)
        assert result.exit_code == 2, words
        assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert created(emulator) == []


def test_a_wrong_key_sends_nothing(run: Run, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    monkeypatch.setenv("INVOICED_API_KEY", "sk_wrong")
    assert run("invoices", "import", "invoices.csv", *FAST).exit_code == 2


@pytest.mark.parametrize("name", ["invoices.csv", "no/out.csv", "."])
def test_another_file_is_no_result_file(run: Run, emulator: Emulator, folder: Path, name: str) -> None:
    (folder / "invoices.csv").write_text(INVOICES)
    result = run("invoices", "import", "invoices.csv", *FAST, "--result", name)
    assert (result.exit_code, created(emulator)) == (2, [])
    assert (folder / "invoices.csv").read_text() == INVOICES
