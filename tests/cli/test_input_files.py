"""Reading of rows from files."""

from __future__ import annotations

import io
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from invoiced.cli.errors import NotStartedError
from invoiced.cli.input_files import read_rows

KNOWN = {"number", "email"}


def read(path: Path, content: str | bytes) -> list[dict[str, Any]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_rows(str(path), KNOWN))


@pytest.mark.parametrize(
    "content",
    [
        "Number,Name\nA-1,Acme\nA-2,\n",
        "\ufeffNumber;Name\r\nA-1;Acme\r\nA-2;\r\n",
        "name\tNUMBER\nAcme\tA-1\n\tA-2\n",
        'Customers of November,\n,\n"Number","Name"\nA-1,Acme\n,\nA-2\n',
        b"\xff\xfe" + "Number,Name\nA-1,Acme\nA-2,\n".encode("utf-16-le"),
        '{"Number": "A-1", "name": "Acme"}\n\n{"number": "A-2", "name": null}\n',
        '[{"Number": "A-1", "name": "Acme"}, {"number": "A-2", "name": null}]',
    ],
)
def test_files_of_all_formats_are_read_by_their_header(content: str | bytes, tmp_path: Path) -> None:
    rows = read(tmp_path / "rows", content)
    assert [(row["number"], row.get("name")) for row in rows] == [("A-1", "Acme"), ("A-2", None)]


def workbook(path: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_from_the_sheet_with_a_header(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "rows.xlsx",
        Notes=[["Read me"]],
        Kunden=[
            ["As of November"],
            [],
            ["Name", " E-Mail ", "Number", "Since"],
            ["Acme", None, 1001, date(2026, 1, 1)],
        ],
    )
    (row,) = read_rows(str(path), KNOWN)
    assert row == {"name": "Acme", "email": None, "number": 1001, "since": "2026-01-01T00:00:00"}


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ({"A": [["Number"], ["1"]], "B": [["Number"], ["2"]]}, "Several sheets in .* have a header row: A, B"),
        ({"A": [["Name"], ["Acme"]]}, "No sheet in .* has a header row \\(expected one of: email, number\\)"),
    ],
)
def test_a_workbook_without_exactly_one_header_is_rejected(sheets: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match=problem):
        list(read_rows(str(workbook(tmp_path / "rows.xlsx", **sheets)), KNOWN))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Name\nAcme\n", r"No header row in .* \(expected one of: email, number\)"),
        ("", "No header row"),
        ("number,number\n1,2\n", "Duplicate columns in .*: number"),
        ('number,name\nA-1,"Acme\nA-2,Other\n', "Invalid CSV in"),
        ("number,To,to\nA-1,,a@example.com\n", "Duplicate columns in .*: to"),
        ('{"number": "A-1", "Number": "A-2"}\n', "a row has duplicate names"),
        ("[" * 100_000, "Invalid JSON in"),
        ("number,name\nA-1,Acme,Inc.\n", "more cells than the header: A-1, Acme, Inc."),
        ("number\nM\xfcller\n".encode("latin-1"), "is not UTF-8 text"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"PK\x03\x04rest", "Invalid XLSX workbook"),
        ('{"number": 1}\n{"number"', "Invalid JSON in"),
        ("[1]", "a row is not an object"),
    ],
)
def test_an_invalid_file_is_rejected(content: str | bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match=problem):
        read(tmp_path / "rows", content)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="No such file"):
        list(read_rows(str(tmp_path / "rows.csv"), KNOWN))


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"number\nA-1\n")))
    assert list(read_rows("-", KNOWN)) == [{"number": "A-1"}]


def test_a_workbook_with_wrong_dimensions_is_read_completely(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", A=[["Number"], ["A-1"], ["A-2"], ["A-3"]])
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'<dimension ref="A1:A4"', b'<dimension ref="A1"'))
    assert [row["number"] for row in read_rows(str(path), KNOWN)] == ["A-1", "A-2", "A-3"]
