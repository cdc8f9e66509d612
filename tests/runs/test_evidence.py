"""A sheet is evidence: rows whose name or e-mail address does not fit their customer are held, and reports refused."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas
import pytest
from openpyxl import Workbook

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import PlanError
from invoiced.runs.recipients import identify
from invoiced.runs.rows import HELD_BACK, Row
from invoiced.runs.typography import without_typography
from invoiced.statements import Period, StatementDownload, Statements
from invoiced.tables import TableError, TableRow, read_table

MEND = "Mend the row or the account, or trust the number alone (trust_numbers)"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    """The client of an account with four customers, of which the first has a contact."""
    with invoiced.Client("any key", base_url=emulator.url) as unlimited:
        client = unlimited.with_options(rate=math.inf)
        for number, name, email in [
            ("KITE", "Kite \u201cLeder\u201d GmbH \u2013 S\u00fcd", "old@kite.example"),
            ("ACME", "Acme, Inc.", "ap@acme.example"),
            ("UMBRELLA", "Umbrella", None),
            ("00041", "Zeros", "zeros@x.example"),
        ]:
            client.Customer.create(number=number, name=name, email=email)
        client.Customer.find(number="KITE").contacts().create(name="Otto", email="Otto@K\u00fcte.example")
        emulator.requests.clear()
        yield client


def workbook(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def text(path: Path, *rows: list[Any]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def period_in(folder: Path, client: invoiced.Client) -> Period:
    """Return a period of a ledger in the folder."""
    return Statements(client, ledger=folder / "ledger.db").period("2026-11")


@pytest.fixture(params=[workbook, text])
def plan(request: pytest.FixtureRequest, client: invoiced.Client, tmp_path: Path) -> Any:
    """Plan statements to the rows of a file. Return their problems, and the customers of the others."""

    def plan(*rows: list[Any], **options: Any) -> list[str]:
        table = read_table(request.param(tmp_path / "rows", *rows))
        rows = period_in(tmp_path, client).plan(table, **options)
        return [row.problem or str(row.customer.number) for row in rows]

    return plan


def requests_for_contacts(emulator: Emulator) -> list[str]:
    return [request.path for request in emulator.requests if request.path.endswith("/contacts")]


# Addresses


@pytest.mark.parametrize("address", ["OLD@kite.example", "Kite <old@KITE.example>", "otto@k\u00fcte.example", "", None])
def test_an_address_of_the_customer_or_of_a_contact_fits(address: str | None, plan: Any) -> None:
    assert plan(["Number", "E-mail"], ["KITE", address]) == ["KITE"]


@pytest.mark.parametrize(
    ("number", "cell", "named", "own"),
    [
        ("KITE", "kite@x.example", "kite@x.example", "old@kite.example"),
        ("KITE", "ap@acme.example", "ap@acme.example", "old@kite.example"),
        ("KITE", "old@kite.example; kite@x.example", "kite@x.example", "old@kite.example"),
        ("KITE", "not an address", "'not an address'", "old@kite.example"),
        ("UMBRELLA", "u@umbrella.example", "u@umbrella.example", "none"),
    ],
)
def test_another_address_holds_the_row_and_both_are_named(
    number: str, cell: str, named: str, own: str, plan: Any
) -> None:
    (problem,) = plan(["Number", "E-mail"], [number, cell])
    beside = f"the e-mail address {named} beside it is neither the customer's ({own}) nor a contact's"
    assert problem == f"{HELD_BACK}{beside}. {MEND}"


def test_contacts_are_asked_for_once_and_only_for_addresses_that_are_not_the_customers(
    plan: Any, emulator: Emulator
) -> None:
    rows = [["KITE", "old@kite.example"], ["ACME", "ap@acme.example"], ["00041", "zeros@x.example"]]
    assert plan(["Number", "E-mail"], *rows) == ["KITE", "ACME", "00041"]
    assert requests_for_contacts(emulator) == []
    rows += [["KITE", "otto@k\u00fcte.example"], ["KITE", "kite@x.example"]]
    *_, contact, other = plan(["Number", "E-mail"], *rows)
    assert contact == "duplicate of row 2"
    assert other.startswith(HELD_BACK)
    assert requests_for_contacts(emulator) == ["/customers/1/contacts"]


def test_the_column_to_is_no_evidence(plan: Any) -> None:
    assert plan(["Number", "To"], ["KITE", "anybody@x.example"]) == ["KITE"]


def test_an_address_beside_an_id_holds_the_row(client: invoiced.Client, tmp_path: Path) -> None:
    path = text(tmp_path / "rows", ["ID", "Number", "E-mail"], [1, "KITE", "kite@x.example"], [2, "", ""])
    held, acme = period_in(tmp_path, client).plan(read_table(path))
    assert (held.is_held, held.state) == (True, "held")
    assert held.problem.endswith("or trust the ID alone (trust_numbers)")
    assert (acme.is_held, acme.problem) == (False, "")


# Names


@pytest.mark.parametrize("title", ["Name", "Customer Name", "CUSTOMERNAME", "Customer", "Company", "Kunde", "Firma"])
def test_a_name_of_another_customer_holds_the_row_and_both_are_named(title: str, plan: Any) -> None:
    problems = plan(["Number", title], ["KITE", "Umbrella"], ["ACME", "Acme, Inc."], ["00041", None])
    own = "Kite \u201cLeder\u201d GmbH \u2013 S\u00fcd"
    held = f"{HELD_BACK}the name Umbrella beside it is not the customer's ({own}). {MEND}"
    assert problems == [held, "ACME", "00041"]


@pytest.mark.parametrize(
    "name",
    [
        "Kite \u201cLeder\u201d GmbH \u2013 S\u00fcd",
        'KITE "Leder" GMBH - S\u00dcD',
        " kite\u00a0 \u00abLeder\u00bb  GmbH \u2014 Su\u0308d\u200b",
        "\uff2bite \u201eLeder\u201c GmbH\u2212S\u00fcd",
        "KITE",
    ],
)
def test_a_name_fits_whatever_its_case_blanks_and_typography(name: str, plan: Any) -> None:
    assert plan(["Number", "Name"], ["KITE", name]) == ["KITE"]


@pytest.mark.parametrize(
    "name", ["Kite Leder", "Kite \u201cLeder\u201d \u2013 S\u00fcd", "Kite \u201cLeder\u201d GmbH \u2013 Sued"]
)
def test_names_are_not_guessed(name: str, plan: Any) -> None:
    assert plan(["Number", "Name"], ["KITE", name])[0].startswith(f"{HELD_BACK}the name {name} beside it")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Stra\u00dfe", "STRASSE"), ("O\u2019Neil", "o'neil"), ("\u212bngstr\u00f6m", "A\u030angstro\u0308m")],
)
def test_typography_makes_no_difference(one: str, other: str) -> None:
    assert without_typography(one) == without_typography(other)


def test_the_name_of_a_person_is_not_compared_beside_that_of_the_customer(plan: Any) -> None:
    titles = ["Number", "Name", "Company"]
    assert plan(titles, ["ACME", "Nancy Talty", "ACME, Inc."], ["00041", "Zeros", ""]) == ["ACME", "00041"]
    assert plan(titles, ["ACME", "Acme, Inc.", "Umbrella"])[0].startswith(f"{HELD_BACK}the name Umbrella beside it")


def test_a_name_beside_a_number_in_the_column_customer_is_evidence(plan: Any) -> None:
    held, other = plan(["Customer", "Name"], ["KITE", "Umbrella"], ["ACME", "Acme, Inc."])
    assert held.startswith(f"{HELD_BACK}the name Umbrella beside it")
    assert other == "ACME"


def test_a_sheet_that_was_sorted_in_one_column_sends_nothing(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    rows = [["KITE", "Acme, Inc.", "ap@acme.example"], ["ACME", "Umbrella", ""], ["UMBRELLA", "Zeros", ""]]
    path = workbook(tmp_path / "rows", ["Number", "Customer", "E-mail"], *rows)
    period = period_in(tmp_path, client)
    with pytest.raises(PlanError, match="3 of 3 rows cannot be sent"):
        period.send(period.plan(read_table(path)))
    assert list(emulator.outbox) == []


@pytest.mark.parametrize("rows", [1, 5])
def test_rows_are_held_however_their_customers_are_looked_up(
    rows: int, client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    others = [["NOBODY", "", ""], ["ACME", "", ""], ["UMBRELLA", "", ""], ["00041", "", ""]][: rows - 1]
    path = text(tmp_path / "rows", ["Number", "Name", "E-mail"], ["KITE", "", "kite@x.example"], *others)
    first, *_ = period_in(tmp_path, client).plan(read_table(path))
    assert first.is_held
    assert any("filter[number]" in str(request.query) for request in emulator.requests) == (rows == 1)


@pytest.mark.parametrize("title", ["Name", "E-mail"])
def test_evidence_that_cannot_be_read_holds_the_row(title: str, plan: Any) -> None:
    (problem,) = plan(["Number", title], ["KITE", "#N/A"])
    assert problem.startswith(HELD_BACK)
    assert "the error #N/A" in problem
    assert plan(["Number", title], ["KITE", "#N/A"], trust_numbers=True) == ["KITE"]


def test_data_frames_and_mappings_are_evidence(client: invoiced.Client, tmp_path: Path) -> None:
    rows = [{"number": "KITE", "name": "Umbrella"}, {"number": "ACME", "name": None}]
    for items in (rows, pandas.DataFrame(rows)):
        held, other = period_in(tmp_path, client).plan(items)
        assert (held.is_held, other.problem) == (True, "")


def test_what_a_sheet_says_is_escaped(client: invoiced.Client, tmp_path: Path) -> None:
    (row,) = period_in(tmp_path, client).plan([{"number": "KITE", "name": "A\x1b[2J\nB"}])
    assert row.is_held
    assert row.problem.isprintable()


# trust_numbers and by


EVIDENCE = ["Number", "Name", "E-mail"], ["KITE", "Umbrella", "kite@x.example"]


def test_trust_numbers_releases_held_rows_without_a_request_for_contacts(plan: Any, emulator: Emulator) -> None:
    assert plan(*EVIDENCE)[0].startswith(HELD_BACK)
    assert plan(*EVIDENCE, trust_numbers=True) == ["KITE"]
    assert requests_for_contacts(emulator) == []


def test_trust_numbers_releases_no_row_with_another_problem(plan: Any) -> None:
    titles = ["ID", "Number", "Name", "To"]
    problems = plan(titles, [1, "ACME", "Umbrella", ""], [2, "", "#N/A", "n/a"], trust_numbers=True)
    assert problems == ["customer 1 has the number KITE, not ACME", "invalid e-mail address 'n/a'"]


def test_statements_are_sent_and_downloaded_with_trust_numbers(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    rows = [dict(zip(*EVIDENCE, strict=True)), {"Number": "ACME"}]
    period = period_in(tmp_path, client)
    assert [result.outcome for result in period.send(period.plan(rows))] == ["held", "sent"]
    assert {email["customer"] for email in emulator.outbox} == {2}
    trusting = period.plan(rows, trust_numbers=True)
    assert [(result.customer.number, result.outcome) for result in period.send(trusting)] == [("KITE", "sent")]
    assert {email["email"] for email in emulator.outbox if email["customer"] == 1} >= {"old@kite.example"}
    download = StatementDownload(client, tmp_path / "pdfs", period="2026-11")
    assert [result.outcome for result in download.fetch(rows)] == ["skipped", "downloaded"]
    assert [result.outcome for result in download.fetch(rows, trust_numbers=True)] == ["downloaded", "kept"]


@pytest.mark.parametrize("by", ["number", "id"])
def test_by_chooses_the_column_that_identifies_and_the_others_are_still_evidence(by: str, plan: Any) -> None:
    assert plan(["ID", "Number", "Name"], [1, "KITE", "Umbrella"], by=by)[0].startswith(HELD_BACK)
    assert plan(["ID", "Number", "Name"], [1, "KITE", "Umbrella"], by=by, trust_numbers=True) == ["KITE"]


def test_an_id_of_another_program_is_not_compared_with_by_number(plan: Any) -> None:
    assert plan(["ID", "Number", "Name"], [4711, "KITE", "KITE"], by="number") == ["KITE"]


# Near misses, and what holds no recipients


@pytest.mark.parametrize(
    ("number", "similar"), [("41", "00041"), ("kite", "KITE"), ("KI\u200bTE", "KITE"), ("\uff2bITE", "KITE")]
)
def test_a_number_that_nearly_fits_is_not_sent_and_the_other_is_named(number: str, similar: str, plan: Any) -> None:
    assert plan(["Number"], [number])[0].endswith(f", but one has the number {similar}")


@pytest.mark.parametrize("rows", [[], [["Number"]], [["Number", "Name"], [], ["", " "]]])
def test_a_sheet_without_rows_is_an_error(rows: list[list[Any]], plan: Any, emulator: Emulator) -> None:
    with pytest.raises(TableError, match=r"is empty|No header row|has no rows below its header"):
        plan(*rows)
    assert list(emulator.requests) == []


def test_hidden_rows_are_said_and_not_sent(
    client: invoiced.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    book = Workbook()
    for cells in (["Number"], ["KITE"], ["ACME"]):
        book.active.append(cells)
    book.active.row_dimensions[3].hidden = True
    book.save(tmp_path / "rows.xlsx")
    (row,) = period_in(tmp_path, client).plan(read_table(tmp_path / "rows.xlsx"))
    assert (row.number, row.customer.number) == (2, "KITE")
    assert "hidden rows are not read: 3" in caplog.text


# Reports


REPORT = ["row", "customer_id", "number", "name", "email", "outcome", "reason", "details", "idempotency_key"]
LATER_REPORT = ["Period", "Customer number", "Customer", "Outcome", "At", "Reason"]


@pytest.mark.parametrize("titles", [REPORT, LATER_REPORT])
def test_the_report_of_a_run_is_refused_before_anything_is_looked_up(
    titles: list[str], client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    cells = ["KITE" if "number" in title else "" for title in titles]
    sheet, book = text(tmp_path / "rows.csv", titles, cells), workbook(tmp_path / "rows.xlsx", titles, cells)
    row = dict(zip(titles, cells, strict=True))
    (tmp_path / "rows.json").write_text(json.dumps(row))
    sources: list[Any] = [read_table(path) for path in (sheet, book, tmp_path / "rows.json")]
    for recipients in (*sources, [row], pandas.DataFrame([row])):
        with pytest.raises(TableError, match=r"this is a report of a run, not a list of recipients: "):
            period_in(tmp_path, client).plan(recipients)
    with pytest.raises(TableError, match="this is a report of a run"):
        StatementDownload(client, tmp_path / "pdfs", period="2026-11").plan(read_table(sheet))
    with pytest.raises(TableError, match="this is a report of a run"):  # as imports identify customers
        identify(2, TableRow(2, titles, cells), {"number": ("customer_number",)}, expected="customer_number")
    assert list(emulator.requests) == []


def test_a_list_with_only_a_reason_is_no_report(plan: Any) -> None:
    assert plan(["Number", "Reason"], ["KITE", "owes"]) == ["KITE"]


# Columns and row numbers


def test_a_table_says_which_columns_are_used_and_which_are_not(client: invoiced.Client, tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows", ["Number", "Firma", "Cc", "To", "Betreff", "Subject"], ["KITE"])
    table = read_table(path)
    assert (table.columns_used, table.columns_unused) == ([], [])
    period_in(tmp_path, client).plan(table)
    assert table.columns_used == ["number", "firma", "to", "subject"]
    assert table.columns_unused == ["cc", "betreff"]


@pytest.mark.parametrize(
    ("titles", "by", "unused"),
    [
        (["ID", "Number", "Name", "No."], None, ["no"]),
        (["ID", "Number", "Name", "No."], "number", ["id", "no"]),
        (["ID", "Number", "Name", "E-mail"], "email", ["id", "name"]),
        (["Name", "E-mail"], None, ["name"]),
        (["No.", "Customer", "E-mail"], None, []),
    ],
)
def test_columns_that_are_not_compared_are_not_used(
    titles: list[str], by: str | None, unused: list[str], client: invoiced.Client, tmp_path: Path
) -> None:
    table = read_table(text(tmp_path / "rows", titles, ["1", *["x"] * (len(titles) - 1)]))
    period_in(tmp_path, client).plan(table, by=by)
    assert table.columns_unused == unused


def test_the_columns_of_all_rows_in_json_are_said(
    client: invoiced.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "rows").write_text('{"number": "KITE", "cc": "a"}\n{"number": "ACME", "bcc": "b", "to": null}\n')
    table = read_table(tmp_path / "rows", name="rows")
    period_in(tmp_path, client).plan(table)
    assert (table.columns_used, table.columns_unused) == (["number", "to"], ["cc", "bcc"])
    assert [record.getMessage() for record in caplog.records] == ["rows: columns that are not used: cc, bcc"]


def numbers_of(path: Path, client: invoiced.Client) -> list[int]:
    rows: list[Row] = [*period_in(path.parent, client).plan(read_table(path))]
    return [row.number for row in rows]


def test_rows_of_workbooks_have_the_numbers_that_a_spreadsheet_shows(client: invoiced.Client, tmp_path: Path) -> None:
    rows = [["Statements"], [], ["of November"], [], [], ["Number"], ["KITE"], [], ["ACME"]]
    assert numbers_of(workbook(tmp_path / "rows", *rows), client) == [7, 9]


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ('Title\n\nNumber,Subject\nKITE,"a\nb\n\nc"\n\nACME,x\n', [4, 6]),
        ('"Title\nof two lines"\r\n"Number","Subject"\r\n"KITE","a\r\nb"\r\n"ACME",\r\n', [3, 4]),
        ("sep=;\nNumber;Subject\nKITE;x\n\nACME;y\n", [2, 4]),
    ],
)
def test_rows_of_text_have_the_numbers_that_a_spreadsheet_shows(
    content: str, numbers: list[int], client: invoiced.Client, tmp_path: Path
) -> None:
    (tmp_path / "rows").write_text(content, newline="")
    assert numbers_of(tmp_path / "rows", client) == numbers


def test_invalid_csv_is_named_by_its_line_in_the_file(client: invoiced.Client, tmp_path: Path) -> None:
    (tmp_path / "rows").write_text('sep=;\nNumber;Subject\nKITE;"x"y\n')
    with pytest.raises(TableError, match="line 3"):
        numbers_of(tmp_path / "rows", client)
