"""Output of records on stdout."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

import invoiced
from invoiced.cli.json_text import json_text
from invoiced.cli.output import fields_of, value_at
from invoiced.emulator import Emulator

from .conftest import Run


@pytest.fixture
def acme(account: invoiced.Client) -> invoiced.Customer:
    return account.Customer.create(
        name="Acme, Inc.", credit_limit=Decimal("0.15"), taxable=False, metadata={"rep": "Zoë", "a.b": 1}
    )


def test_json_lines_are_the_default_in_a_pipe(run: Run, acme: invoiced.Customer) -> None:
    (line,) = run("customers", "list").stdout.splitlines()
    acme.refresh()
    assert json.loads(line) == acme.to_dict()


def test_json_is_an_array_for_a_list_and_an_object_for_a_single_record(run: Run, acme: invoiced.Customer) -> None:
    listed = run("customers", "list", "--output", "json", "--columns", "name,credit_limit").stdout
    assert listed == '[\n{"name": "Acme, Inc.", "credit_limit": 0.15}\n]\n'
    got = run("customers", "get", acme.id, "--output", "json", "--columns", "name").stdout
    assert got == '{"name": "Acme, Inc."}\n'


def test_csv_has_all_fields_and_nested_values_as_json(run: Run, acme: invoiced.Customer) -> None:
    rows = list(csv.DictReader(io.StringIO(run("customers", "list", "--output", "csv").stdout)))
    assert len(rows) == 1
    assert list(rows[0]) == fields_of(invoiced.Customer)
    assert rows[0]["name"] == "Acme, Inc."
    assert (rows[0]["credit_limit"], rows[0]["taxable"], rows[0]["email"]) == ("0.15", "false", "")
    assert json.loads(rows[0]["metadata"]) == {"rep": "Zoë", "a.b": "1"}


def test_every_format_is_well_formed_without_records(run: Run, emulator: Emulator) -> None:
    def listed(format: str, *options: str) -> str:
        return run("customers", "list", "--output", format, *options).stdout

    assert listed("json") == "[]\n"
    assert listed("jsonl") == ""
    assert listed("csv") == ",".join(fields_of(invoiced.Customer)) + "\n"
    assert listed("csv", "--columns", "id,name") == "id,name\n"
    assert listed("table", "--columns", "id,name").split() == ["id", "name"]


def test_columns_may_be_nested_or_undocumented_fields(run: Run, acme: invoiced.Customer) -> None:
    columns = "metadata.rep, metadata.a.b,metadata.none,object,name"
    line = run("customers", "list", "--columns", columns).stdout
    assert json.loads(line) == {
        "metadata.rep": "Zoë", "metadata.a.b": "1", "metadata.none": None, "object": "customer", "name": "Acme, Inc."
    }  # fmt: skip


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv"])
def test_an_unknown_column_is_rejected(run: Run, acme: invoiced.Customer, format: str) -> None:
    for words in (["list"], ["get", acme.id], ["balance", acme.id]):
        result = run("customers", *words, "--output", format, "--columns", "currency,nmae")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("Error: Unknown column nmae")


def test_a_table_omits_empty_fields(run: Run, acme: invoiced.Customer) -> None:
    header, row = run("customers", "list", "--output", "table").stdout.splitlines()
    assert header.split()[:4] == ["id", "name", "number", "autopay"]
    assert "Acme, Inc." in row
    assert "email" not in header


@pytest.mark.parametrize("documents", ["invoices", "credit-notes", "estimates"])
def test_a_table_of_documents_starts_with_their_amounts(
    run: Run, account: invoiced.Client, monkeypatch: pytest.MonkeyPatch, documents: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    acme = account.Customer.create(name="Acme")
    collection = getattr(account, {"invoices": "Invoice", "credit-notes": "CreditNote"}.get(documents, "Estimate"))
    for _ in range(100):
        collection.create(customer=acme.id, items=[{"unit_cost": 123456.78}])
    header, *_ = run(documents, "list", "--output", "table").stdout.splitlines()
    amounts = ["total"] if documents == "estimates" else ["total", "balance"]
    expected = ["id", "number", "customer", "status", "date", *amounts, "currency"]
    assert header.split()[: len(expected)] == expected


def test_a_table_keeps_the_column_widths_of_its_first_page(run: Run, account: invoiced.Client) -> None:
    for _ in range(100):
        account.Customer.create(name="Short")
    account.Customer.create(name="One with a longer name")
    lines = run(
        "customers", "list", "--output", "table", "--columns", "name,id", "--sort", "id asc"
    ).stdout.splitlines()
    assert len(lines) == 102
    assert lines[0].split() == ["name", "id"]
    assert lines[-1].startswith("One …  ")


@pytest.mark.parametrize("width", ["0", "1", "5", "20", "33", "500"])
def test_a_table_is_no_wider_than_the_terminal(
    run: Run, acme: invoiced.Customer, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    for words in (["list"], ["list", "--columns", "id,name,number,metadata"], ["get", acme.id]):
        result = run("customers", *words, "--output", "table")
        assert result.exit_code == 0
        if int(width) > 1:
            assert max(map(len, result.stdout.splitlines())) <= int(width)


def test_a_single_record_is_shown_as_one_field_per_line(run: Run, acme: invoiced.Customer) -> None:
    lines = run("customers", "get", acme.id, "--output", "table", "--columns", "name,credit_limit").stdout.splitlines()
    assert [line.split(maxsplit=1) for line in map(str.strip, lines)] == [
        ["name", "Acme, Inc."],
        ["credit_limit", "0.15"],
    ]


def test_control_characters_and_markup_are_escaped(run: Run, account: invoiced.Client) -> None:
    account.Customer.create(name="[red]A[/red]\n\x1b[31m:smile:\x07")
    for words in (["list"], ["get", 1]):
        output = run("customers", *words, "--output", "table", "--columns", "name").stdout
        assert r"[red]A[/red] \x1b[31m:smile:\x07" in output


def test_values_that_json_cannot_represent_are_replaced() -> None:
    assert json_text({"a": Decimal("1.10"), "b": "half \ud800"}) == '{"a": 1.10, "b": "half ?"}'
    assert json_text([float("nan"), Decimal("Infinity"), 1]) == "[null, null, 1]"


def test_a_key_with_dots_takes_precedence_over_nested_fields() -> None:
    row = {"a.b": 1, "a": {"b": 2, "c.d": 3}}
    assert [value_at(row, column) for column in ("a.b", "a.c.d", "a.x", "x.y")] == [1, 3, None, None]
