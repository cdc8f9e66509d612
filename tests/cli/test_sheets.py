"""Rows of files, by the names in their header."""

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

from invoiced.cli.failures import NothingDone
from invoiced.cli.sheets import rows_of

KNOWN = {"number", "email"}


def read(path: Path, content: str | bytes) -> list[dict[str, Any]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(rows_of(str(path), KNOWN))


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
def test_a_file_is_read_by_its_header_whatever_its_form(content: str | bytes, tmp_path: Path) -> None:
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


def test_a_workbook_is_read_from_the_sheet_that_has_the_header(tmp_path: Path) -> None:
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
    (row,) = rows_of(str(path), KNOWN)
    assert row == {"name": "Acme", "email": None, "number": 1001, "since": "2026-01-01T00:00:00"}


@pytest.mark.parametrize(
    ("sheets", "problem"),
    [
        ({"A": [["Number"], ["1"]], "B": [["Number"], ["2"]]}, "several sheets with such a header: A, B"),
        ({"A": [["Name"], ["Acme"]]}, "no sheet with a header with any of these: email, number"),
    ],
)
def test_a_workbook_whose_sheet_is_not_clear_is_refused(sheets: Any, problem: str, tmp_path: Path) -> None:
    with pytest.raises(NothingDone, match=problem):
        list(rows_of(str(workbook(tmp_path / "rows.xlsx", **sheets)), KNOWN))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("Name\nAcme\n", "no header with any of these: email, number"),
        ("", "no header"),
        ("number,number\n1,2\n", "several columns called number"),
        ('number,name\nA-1,"Acme\nA-2,Other\n', "cannot be read as CSV"),
        ("number,To,to\nA-1,,a@example.com\n", "several columns called to"),
        ('{"number": "A-1", "Number": "A-2"}\n', "a row has a name twice"),
        ("[" * 100_000, "cannot be read as lines of JSON"),
        ("number,name\nA-1,Acme,Inc.\n", "more cells than its header: A-1, Acme, Inc."),
        ("number\nM\xfcller\n".encode("latin-1"), "no UTF-8 text"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel workbook"),
        (b"PK\x03\x04rest", "cannot be read as an XLSX workbook"),
        ('{"number": 1}\n{"number"', "cannot be read as lines of JSON"),
        ("[1]", "a row is no object"),
    ],
)
def test_a_file_that_cannot_be_read_as_it_is_meant_is_refused(
    content: str | bytes, problem: str, tmp_path: Path
) -> None:
    with pytest.raises(NothingDone, match=problem):
        read(tmp_path / "rows", content)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingDone, match="No such file"):
        list(rows_of(str(tmp_path / "rows.csv"), KNOWN))


def test_standard_input_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"number\nA-1\n")))
    assert list(rows_of("-", KNOWN)) == [{"number": "A-1"}]


def test_a_workbook_that_tells_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path / "rows.xlsx", A=[["Number"], ["A-1"], ["A-2"], ["A-3"]])
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'<dimension ref="A1:A4"', b'<dimension ref="A1"'))
    assert [row["number"] for row in rows_of(str(path), KNOWN)] == ["A-1", "A-2", "A-3"]
