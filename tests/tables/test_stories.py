"""Statements and imports from what people have, by the command line and by the library, on the emulator over HTTP."""

from __future__ import annotations

import inspect
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest
from click.testing import CliRunner
from click.testing import Result as Output
from openpyxl import Workbook

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator
from invoiced.imports import ContactImport
from invoiced.runs import PlanError, Result
from invoiced.statements import Statements
from invoiced.tables import TableError, read_table

from .workbooks import xlsx

CUSTOMERS = {"A-1": "a@acme.example", "A-2": "b@beta.example", "A-3": "c@gamma.example", "123": None, "00123": None}
HELD = "c@gamma.example beside it is neither the customer's (a@acme.example) nor a contact's"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    monkeypatch.chdir(tmp_path)
    with Emulator() as emulator:
        monkeypatch.setenv("INVOICED_API_KEY", "any key")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client() as client:
        for number, email in CUSTOMERS.items():
            client.Customer.create(name=f"Customer {number}", number=number, email=email or f"{number}@x.example")
        yield client.with_options(rate=math.inf)


@pytest.fixture(params=["command line", "library"])
def send(request: pytest.FixtureRequest, client: invoiced.Client, emulator: Emulator) -> Any:
    """Send statements to the rows of a file. Return the numbers of the customers that got one, and what is said."""

    def send(path: Path, **options: Any) -> tuple[list[str], str]:
        if request.param == "command line":
            by = ["--by", options["by"]] if "by" in options else []
            result = run("statements", "send", "2026-11", str(path), *by, "--yes", "--rate", "1000")
            said = result.output + result.stderr
        else:
            try:
                period = Statements(client).period("2026-11")
                results = period.send(period.plan(read_table(path), **options))
                said = "\n".join(f"{result.row} {result.reason}" for result in results)
            except (TableError, PlanError) as error:
                said = str(error)
        numbers = {customer.id: str(customer.number) for customer in client.Customer.all()}
        return sorted(numbers[email["customer"]] for email in emulator.outbox), said

    return send


def imported(client: invoiced.Client, source: str, rows: Any) -> list[Result]:
    """Import contacts, and return the results."""
    run = ContactImport(client, source)
    return [*run.send(run.plan(rows))]


def run(*arguments: str, input: bytes | None = None) -> Output:
    options = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    return CliRunner(**options).invoke(application(), arguments, input=input)


@pytest.mark.parametrize(
    ("content", "numbers", "said"),
    [
        ("number;subject;message\nA-1;x;Write by phone, email, or post\nA-2;y;Thanks, c@gamma.example, bye\n",
         ["A-1", "A-2"], ""),
        ("number;message\nA-1;Hello\nA-2;Reach us by phone, email, or post\n", ["A-1", "A-2"], ""),
        ("Statements\n\nNumber,Subject\nA-1,x\n\n,\nNOBODY,y\n", ["A-1"], "7"),
        ("[Confidential] Statements of November\nnumber,subject\nA-1,x\n", ["A-1"], ""),
        ("\ufeffnumber,email\r\nA-1,c@gamma.example\r\n", [], HELD),
        ("email\nA@Acme.Example\nCarl <C@GAMMA.example>\n", ["A-1", "A-3"], ""),
        ("email\nn/a\n", [], "invalid e-mail address 'n/a'"),
        ("number,to\nA-1,n/a\nA-2,Ann <q@x.example>; r@x.example\n", ["A-2", "A-2"], "invalid e-mail address 'n/a'"),
        ("number\na-1\n0123\nA-2\n", ["A-2"], "no customer has the number a-1, but one has the number A-1"),
        ("number,customer_number\nA-1,A-2\nA-3,\n", ["A-3"], "columns that contradict each other"),
        ("number,subject\nA-1,#N/A\nA-2,x\n", ["A-2"], "subject: the error #N/A"),
        ('{"number": "A-1", "to": "q@x.example", "subject": NaN}\n', ["A-1"], ""),
        ("CustomerNumber,Email\nA-1,c@gamma.example\n", [], HELD),
        ("Customer #,Email\nA-1,c@gamma.example\n", [], HELD),
        ("customer nr.;E-Mail\nA-1;c@gamma.example\n", [], HELD),
        ("Customer,Email\nA-1,c@gamma.example\nA-2,b@beta.example\n", ["A-2"], "customer 3 is A-3 Customer A-3, not"),
        ("Customer,Email\ncustomer a-1,a@acme.example\nA-2,\n", ["A-1", "A-2"], ""),
        ("Customer,Subject\nA-1,x\n", ["A-1"], ""),
        ("Customer,Number,Email\nAcme,A-1,a@acme.example\n", [], "held: the name Acme beside it is not the"),
        ("Customer ID\n00002\n3\n", ["A-3"], "invalid customer ID '00002' (an ID has no leading zeros"),
        ("Cust. No.,Email\nA-1,c@gamma.example\n", [], HELD),
        ("Account number,Email\nA-1,c@gamma.example\n", [], HELD),
        ('{"customerNumber": "A-1", "email": "c@gamma.example"}\n', [], HELD),
        ("No.,Email\nA-1,c@gamma.example\nA-2,b@beta.example\n", ["A-2"], "customer 3 has the number A-3, not A-1"),
        ("No.,Customer,Email\nA-1,,a@acme.example\nA-2,Other,b@beta.example\n", ["A-1"], "not Other"),
        ("No.,Number,Email\n1,A-1,c@gamma.example\n", [], HELD),
        ("number\n", [], "has no rows"),
        ("Kunde #;Text\nA-1;Write by phone, email, or post\n", [], "No header row"),
    ],
)  # fmt: skip
def test_exactly_the_customers_of_a_file_get_a_statement(
    content: str, numbers: list[str], said: str, send: Any, tmp_path: Path
) -> None:
    (tmp_path / "rows").write_text(content, encoding="utf-8")
    sent, output = send(tmp_path / "rows")
    assert sent == numbers
    assert said in output


def test_columns_of_a_file_that_are_not_used_are_said(
    client: invoiced.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "rows").write_text("customer,number,Amount,Name,Email,To\nAcme,A-1,5,x,a@acme.example,\n")
    (tmp_path / "other").write_text("number\nA-1\n")
    row = {"number": "A-1", "Amount": 5}
    for rows in (read_table("rows"), read_table("other"), [row], pandas.DataFrame([row])):
        Statements(client).period("2026-11").plan(rows)
    ContactImport(client, "rows").plan(read_table("rows"))
    said = [record.getMessage() for record in caplog.records if record.name == "invoiced.tables"]
    assert said == ["rows: columns that are not used: amount", "rows: columns that are not used: number, amount, to"]


def test_a_table_that_was_read_by_a_plan_is_refused_by_the_next(client: invoiced.Client, tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("number\nA-1\n")
    rows, period = read_table("rows"), Statements(client).period("2026-11")
    period.plan(rows)
    with pytest.raises(TableError, match="The rows of rows were read before"):
        period.plan(rows)


def test_with_by_the_columns_customer_and_no_are_not_compared(send: Any, tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("No.,Customer,Email\n1,The Acme Corporation,a@acme.example\n")
    assert send(tmp_path / "rows", by="email")[0] == ["A-1"]


def zeros(book: Workbook) -> None:
    book.active["A2"].number_format = "00000"


def filtered(book: Workbook) -> None:
    book.active.auto_filter.ref = "A1:A3"
    book.active.row_dimensions[3].hidden = True


@pytest.mark.parametrize(
    ("rows", "change", "numbers", "said"),
    [
        ([["Number"], [123]], zeros, ["00123"], ""),
        ([["Number"], ["A-1"], ["A-2"]], filtered, ["A-1"], ""),
        ([["Number"], ["A-1"], ['="A-"&2'], ["A-3"]], None, ["A-1", "A-3"], "number: a formula without a value"),
        ([["Number", "Subject"], ["A-1", "#N/A"], ["A-2", "x"]], None, ["A-2"], "subject: the error #N/A"),
    ],
)
def test_exactly_the_customers_that_a_workbook_shows_get_a_statement(
    rows: list[list[Any]], change: Any, numbers: list[str], said: str, send: Any, tmp_path: Path
) -> None:
    sent, output = send(xlsx(tmp_path / "rows.xlsx", *rows, change=change))
    assert sent == numbers
    assert said in output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--all", "--to", ""], "no e-mail address in ''"),
        (["--all", "--to", "a,b"], "invalid e-mail address 'a'"),
        (["--all", "--start", "2026"], "invalid time '2026'"),
        (["--all", "--start", "20261301"], "invalid time '20261301'"),
        (["--all", "--start", "1793491200000"], "invalid time"),
        (["--all", "--start", "20261130", "--end", "20261101"], "The period starts after it ends"),
        (["-"], "standard input is empty"),
        (["missing.csv"], "Cannot read missing.csv: No such file"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_looked_up(
    arguments: list[str], problem: str, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.requests.clear()
    result = run("statements", "send", "2026-11", *arguments, "--yes", input=b"")
    assert (result.exit_code, list(emulator.requests)) == (2, [])
    assert problem in result.stderr
    assert len([line for line in result.stderr.splitlines() if line.startswith("Error")]) == 1


def test_a_table_of_which_nothing_is_usable_is_an_error_of_a_dry_run_too(client: invoiced.Client) -> None:
    Path("rows.csv").write_text("number\nNOBODY\n")
    for arguments in (["--dry-run"], ["--yes"]):
        result = run("statements", "send", "2026-11", "rows.csv", *arguments)
        assert result.exit_code == 2
        assert "ow 2, NOBODY: no customer has the number NOBODY" in result.stdout + result.stderr


def test_eight_digits_are_a_date(client: invoiced.Client, emulator: Emulator) -> None:
    words = ("--type", "balance_forward", "--start", "20261101", "--end", "20261130", "--yes")
    assert run("statements", "send", "2026-11", "--all", *words, "--rate", "1000").exit_code == 0
    assert {(email["start"], email["end"]) for email in emulator.outbox} == {(1793491200, 1795996800)}
    for start in (20261101, 2026, 202611, 1793491200000):
        with pytest.raises(ValueError, match="is not a time in Unix seconds"):
            Statements(client).period("2026-12").plan([1], start=start)


def test_a_blank_cell_of_a_data_frame_keeps_its_field(client: invoiced.Client, emulator: Emulator) -> None:
    contacts = client.Customer.find(number="A-1").contacts()
    contacts.create(name="Ann", email="ann@x.example", phone="555-0100", title="CFO")
    text = "customer_number,email,phone,title\nA-1,ann@x.example,,\nA-1,new@x.example,1,x\n"
    for index, rows in enumerate((pandas.read_csv(io.StringIO(text)), None)):
        rows = pandas.read_csv(io.StringIO(text)).to_dict("records") if rows is None else rows
        outcomes = [result.outcome for result in imported(client, f"{index}", rows)]
        assert outcomes == ["invalid", "unchanged"]
    ann = contacts.find(email="ann@x.example")
    assert (ann.phone, ann.title) == ("555-0100", "CFO")
    rows = pandas.DataFrame({"number": ["A-1", "A-2"], "subject": ["November", None], "at": [pandas.NaT, pandas.NA]})
    period = Statements(client).period("2026-11")
    period.run(period.plan(rows))
    assert sorted((email["email"], email["subject"]) for email in emulator.outbox)[1][0] == "ann@x.example"
    assert "nan" not in {str(email["subject"]).lower() for email in emulator.outbox}


def test_an_import_takes_no_number_for_an_id(client: invoiced.Client) -> None:
    rows = [{"customer_id": "00002", "email": "a@x.example", "name": "Ann"}, {"customer_id": 3, "email": "b@x.example"}]
    (first, _) = ContactImport(client, "rows").plan(rows)
    assert first.problem == "invalid customer ID '00002' (an ID has no leading zeros; is it a customer number?)"


def test_ids_of_numpy_are_ids(client: invoiced.Client) -> None:
    ids: Any = numpy.array([1, 2])
    assert [row.customer.number for row in Statements(client).period("2026-11").plan(ids)] == ["A-1", "A-2"]


def test_imports_find_people_by_valid_addresses_only(client: invoiced.Client) -> None:
    rows = [
        {"customer_number": "A-1", "email": "n/a", "name": "Bob"},
        {"customer_number": "A-1", "email": "a@x.example; b@x.example", "name": "Two"},
        {"customer_number": "A-1", "email": "Carl <c@x.example>"},
        {"Customer number": "A-1", "Customer": "Acme Inc", "Email": "ann@x.example", "Name": "Ann"},
        {"customer_id": "1", "Customer": "Acme Inc", "Email": "INFO@bücher.example", "Name": "Info"},
    ]
    results = {result.row: result.outcome for result in imported(client, "rows", rows)}
    assert results == {1: "invalid", 2: "invalid", 3: "created", 4: "created", 5: "created"}
    again = [{"customer_id": 1, "email": "info@xn--bcher-kva.example", "phone": "1"}]
    assert [result.outcome for result in imported(client, "again", again)] == ["updated"]


def test_written_files_open_in_a_spreadsheet_and_contain_no_formulas(client: invoiced.Client, tmp_path: Path) -> None:
    client.Customer.create(name="=HYPERLINK(1)", number="A-9", email="z@x.example", phone="+1 555")
    (tmp_path / "rows.csv").write_text("number\nA-9\n")
    words = ("2026-11", "rows.csv", "--yes", "--result", "out.csv")
    assert run("statements", "send", *words).exit_code == 0
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfperiod,")
    assert b",'=HYPERLINK(1)," in content
    listed = run("customers", "list", "--output", "csv", "--columns", "number,name,phone")
    assert "A-9,'=HYPERLINK(1),'+1 555" in listed.stdout
    for format in ("json", "jsonl"):
        assert '"name": "=HYPERLINK(1)"' in run("customers", "list", "--output", format).stdout
    (tmp_path / "listed.csv").write_text(listed.stdout)
    assert [(row["name"], row["phone"]) for row in read_table("listed.csv")][-1] == ("=HYPERLINK(1)", "+1 555")
