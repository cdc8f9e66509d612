"""Reports: what a run did, for people and their spreadsheets."""

from __future__ import annotations

import csv
import os
import stat
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import RunError
from invoiced.runs.reports import COLUMNS, report_row, write_report
from invoiced.runs.results import Result
from invoiced.runs.rows import CustomerRef
from invoiced.statements import Period, Statements

FORMULA = '=HYPERLINK("http://evil.example","Click")'


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(documented_responses=True) as emulator:
        yield emulator


@pytest.fixture
def period(emulator: Emulator) -> Iterator[Period]:
    with invoiced.Client("key", base_url=emulator.url) as client:
        names = ["Müller & Søn 株式会社", FORMULA, "-5", "No address", "Unknown", "00006"]
        for number, name in enumerate(names, start=1):
            email = None if name == "No address" else f"{number}@example.com"
            client.Customer.create(name=name, number=f"{number:05}", email=email)
        emulator.fail("POST /customers/5/emails", connection="reset", committed=True)
        yield Statements(client.with_options(rate=10_000)).period("2026-11", "reminder-1")


def rows_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [*csv.DictReader(file)]
    book = openpyxl.load_workbook(path)
    header, *rows = book.worksheets[0].iter_rows()
    assert all(cell.data_type != "f" for row in rows for cell in row)
    return [dict(zip([cell.value for cell in header], [cell.value for cell in row], strict=True)) for row in rows]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_report_says_of_each_row_what_happened(ending: str, period: Period, tmp_path: Path) -> None:
    before = datetime.now().astimezone().replace(microsecond=0)
    period.run(period.plan([1, 2, 3, 4, 5, 6], type="open_item", to="all@example.com"))
    path = tmp_path / f"report{ending}"
    assert period.report(path) == 6
    rows = {row["number"]: row for row in rows_of(path)}
    first = rows["00001"]
    assert (first["period"], first["run"], str(first["row"]), str(first["customer_id"])) == (
        "2026-11",
        "reminder-1",
        "1",
        "1",
    )
    assert (first["name"], first["email"]) == ("Müller & Søn 株式会社", "1@example.com")
    assert (first["outcome"], first["reason"] or "", first["sent_to"]) == ("sent", "", "all@example.com")
    at = datetime.fromisoformat(first["at"])
    assert before <= at <= datetime.now().astimezone()
    assert at.utcoffset() == before.utcoffset()
    assert first["at"] == at.isoformat(timespec="seconds")
    assert rows["00002"]["name"] == (f"'{FORMULA}" if ending == ".csv" else FORMULA)
    assert (rows["00005"]["outcome"], rows["00005"]["sent_to"]) == ("unknown", "all@example.com")
    assert "reset" in rows["00005"]["reason"].lower() or rows["00005"]["reason"]
    assert len(rows["00001"]["idempotency_key"]) == 32


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_report_says_who_decided_and_why(ending: str, period: Period, tmp_path: Path) -> None:
    period.run(period.plan([1, 4, 5], type="open_item"))
    period.skip("00004", reason="by post")
    period.settle(not_sent=["00005"], reason="asked them")
    path = tmp_path / f"report{ending}"
    period.report(path)
    rows = {row["number"]: row for row in rows_of(path)}
    decided = [(rows[number]["outcome"], rows[number]["reason"]) for number in ("00004", "00005")]
    assert decided == [("skipped", "by post"), ("to do", "asked them")]
    assert rows["00004"]["decided_by"] == rows["00005"]["decided_by"] != ""
    assert not rows["00001"]["decided_by"]
    assert not rows["00004"]["sent_to"]
    period.run(period.plan([1, 4, 5], type="open_item"))
    period.report(path)
    assert not {row["number"]: row for row in rows_of(path)}["00005"]["decided_by"]


def test_a_report_in_csv_begins_with_the_mark_that_excel_needs(period: Period, tmp_path: Path) -> None:
    period.run(period.plan([1], type="open_item"))
    path = tmp_path / "report.csv"
    period.report(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfperiod,run,row,customer_id,number,")


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_only_its_owner_can_read_a_report_and_an_earlier_one_is_replaced(
    ending: str, period: Period, tmp_path: Path
) -> None:
    period.run(period.plan([1], type="open_item"))
    path = tmp_path / f"report{ending}"
    period.report(path)
    path.chmod(0o644)
    period.run(period.plan([1, 2], type="open_item"))
    assert period.report(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(rows_of(path)) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ledger", path.name]


def test_a_file_that_is_no_report_is_not_replaced(period: Period, tmp_path: Path) -> None:
    period.run(period.plan([1], type="open_item"))
    book = openpyxl.Workbook()
    book.save(tmp_path / "mine.xlsx")
    (tmp_path / "mine.csv").write_text("number,name\n1,A\n")
    (tmp_path / "text.xlsx").write_text("period,run,row")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a", "b")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(tmp_path / "mine.csv")
    for path in [each for each in tmp_path.iterdir() if each.suffix]:
        content = path.read_bytes() if path.is_file() else b""
        with pytest.raises(RunError, match="Choose another name"):
            period.report(path)
        assert path.is_dir() or path.read_bytes() == content
    with pytest.raises(RunError, match="there is no folder"):
        period.report(tmp_path / "nowhere" / "report.csv")
    with pytest.raises(ValueError, match=r"must end in \.xlsx or \.csv"):
        period.report(tmp_path / "report.txt")


def test_without_a_list_there_is_no_report(period: Period, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Nothing was sent in 2026-11 yet"):
        period.report(tmp_path / "report.csv")
    assert not (tmp_path / "report.csv").exists()


def results(count: int) -> Iterator[Any]:
    for number in range(1, count + 1):
        ref = CustomerRef(number, f"CUST-{number:05}", f"\0\x07\ud800 {number}\n" * 3, f"{number}@example.com")
        yield report_row("2026-11", "", Result(number, ref, "sent", at=1_795_000_000), [f"{number}@example.com"])


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_no_sheet_can_have_is_replaced(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"report{ending}"
    assert write_report(results(1), path) == 1
    (row,) = rows_of(path)
    assert [*row] == [*COLUMNS]
    assert not {"\0", "\ud800"} & {*row["name"]}


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_report_takes_little_memory_whatever_its_length(ending: str, tmp_path: Path) -> None:
    write_report(results(10), tmp_path / f"first{ending}")  # loads modules
    tracemalloc.start()
    write_report(results(5_000), tmp_path / f"report{ending}")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
