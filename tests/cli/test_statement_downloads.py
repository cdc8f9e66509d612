"""`invoiced statements download`, against the emulator over HTTP."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

import invoiced
from invoiced.cli import periods
from invoiced.emulator import Emulator

LINK = "GET /statements/*/pdf"
NOVEMBER = ("statements", "download", "2026-11")
FAST = ("--rate", "1000", "--concurrency", "1")

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def customers(account: invoiced.Client, emulator: Emulator) -> list[invoiced.Customer]:
    customers = [account.Customer.create(name=f"Customer {n}", number=f"N-{n}") for n in range(1, 5)]
    for customer in customers[:2]:
        emulator.set_balance(customer.id, total_outstanding=470)
    emulator.requests.clear()
    return customers


def files(folder: Path) -> list[str]:
    """Return the files and folders in a folder, below it too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def texts(path: Path) -> list[str]:
    """Return the text of each page."""
    with PdfReader(path) as reader:
        return [page.extract_text() for page in reader.pages]


def test_each_period_has_a_folder_with_its_own_statements(run: Any, emulator: Emulator, folder: Path) -> None:
    result = run(*NOVEMBER, "--open-balance", "--type", "open_item", *FAST)
    assert (result.exit_code, result.stdout) == (0, "2 downloaded\n")
    pdfs = ["N-1-1.pdf", "N-2-2.pdf", "statements.json"]
    assert files(folder) == ["statements", "statements/2026-11", *(f"statements/2026-11/{name}" for name in pdfs)]
    next_month = run("statements", "download", "2026-12", "--open-balance", "--type", "open_item", *FAST)
    assert (next_month.exit_code, next_month.stdout) == (0, "2 downloaded\n")
    again = run(*NOVEMBER, "--open-balance", "--type", "open_item", *FAST)
    assert (again.exit_code, again.stdout) == (0, "2 kept\n")
    assert files(folder / "statements" / "2026-12") == pdfs
    assert len(emulator.requests.to(LINK)) == 4


def test_other_options_for_the_same_period_are_refused(run: Any, emulator: Emulator, folder: Path) -> None:
    assert run(*NOVEMBER, "--all", "--to", "pdfs", *FAST).exit_code == 0
    result = run(*NOVEMBER, "--all", "--to", "pdfs", "--type", "open_item")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The folder pdfs/2026-11 contains other statements (default type, not open_item)." in result.stderr


def test_a_folder_of_another_period_is_refused_with_both_names(run: Any, folder: Path) -> None:
    assert run(*NOVEMBER, "--all", *FAST).exit_code == 0
    (folder / "statements" / "2026-11").rename(folder / "statements" / "2026-12")
    result = run("statements", "download", "2026-12", "--all")
    assert result.exit_code == 2
    assert "contains the statements of 2026-11, not of 2026-12" in result.stderr


def test_a_file_may_be_the_only_argument_at_a_terminal(run: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "is_interactive", lambda: True)
    (folder / "rows.csv").write_text("number\nN-1\n")
    result = run("statements", "download", "rows.csv", "--type", "open_item", *FAST, input="2026-11\n")
    assert (result.exit_code, result.stdout) == (0, "1 downloaded\n")
    assert "Period [" in result.stderr
    assert "statements/2026-11" in files(folder)


def test_numbers_can_be_trusted_in_spite_of_other_names(run: Any, folder: Path) -> None:
    (folder / "rows.csv").write_text("number,name\nN-1,Somebody else\nN-2,Customer 2\n")
    held = run(*NOVEMBER, "rows.csv", *FAST)
    assert (held.exit_code, held.stdout) == (1, "1 downloaded, 1 skipped\n")
    trusted = run(*NOVEMBER, "rows.csv", "--trust-numbers", *FAST)
    assert (trusted.exit_code, trusted.stdout) == (0, "1 downloaded, 1 kept\n")


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_a_period_is_required(words: tuple[str, ...], run: Any, emulator: Emulator) -> None:
    result = run("statements", "download", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "The period is missing, such as 2026-11. It is proposed only at a terminal. See: " in result.stderr
    assert not emulator.requests


@pytest.mark.parametrize("words", [("customers.csv",), ("November", "customers.csv"), ("../2026-11", "--all")])
def test_what_is_not_a_period_is_refused_first(
    words: tuple[str, ...], run: Any, emulator: Emulator, folder: Path
) -> None:
    result = run("statements", "download", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.match("Error: (The period is missing|'November' is not a period), such as 2026-11", result.stderr)
    assert not emulator.requests
    assert files(folder) == []


# What is shown first


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--type", "open_item"], "open_item, until now"),
        (["--type", "open_item", "--end", "2026-11-30"], "open_item, until 2026-11-30"),
        (["--start", "2026-11-01"], "balance_forward, from 2026-11-01 until now"),
        (
            ["--type", "balance_forward", "--start", "2026-11-01", "--end", "2026-11-30"],
            "balance_forward, from 2026-11-01 until 2026-11-30",
        ),
        (["--end", "2026-11-30"], "balance_forward, from the first of this month until 2026-11-30"),
    ],
)
def test_type_dates_and_folder_are_shown_first(words: list[str], shown: str, run: Any, folder: Path) -> None:
    result = run(*NOVEMBER, "--all", "--to", "pdfs", *words, *FAST)
    first, second, *_ = result.stderr.splitlines()
    assert first == f"Statements of 2026-11: {shown}, in pdfs/2026-11."
    assert second.startswith("1/4 ")
    assert result.exit_code == 0


def test_statements_of_this_month_for_another_period_are_a_warning(run: Any) -> None:
    this_month = f"{date.today():%Y-%m}"
    last_month = f"{date.today().replace(day=1) - timedelta(days=1):%Y-%m}"
    for period in (last_month, this_month[:4], f"{date.today()}"):
        lines = run("statements", "download", period, "--all", *FAST).stderr.splitlines()
        assert lines[1] == (
            f"Warning: these statements are of this month, not of {period}, because --start and --end are missing."
        )
    assert "Warning" not in run("statements", "download", this_month, "--all", *FAST).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--start", "2026-11-30", "--end", "2026-11-01"], "The period starts after it ends"),
        (["--type", "open_item", "--start", "2026-11-01"], "An open_item statement has no start"),
        (["--start", "20261301"], "invalid time '20261301'"),
        (["--allow-missing"], "--allow-missing requires --merge"),
    ],
)
def test_options_that_contradict_each_other_are_refused_before_anything_is_done(
    words: list[str], message: str, run: Any, emulator: Emulator, folder: Path
) -> None:
    result = run(*NOVEMBER, "--all", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert not emulator.requests
    assert files(folder) == []


# The end


def test_who_has_no_statement_is_named_at_the_end_and_downloaded_the_next_time(
    run: Any, emulator: Emulator, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nN-1\nN-2\nN-9\nN-2\n")
    emulator.fail(LINK, status=404)
    result = run(*NOVEMBER, "rows.csv", "--type", "open_item", *FAST)
    assert (result.exit_code, result.stdout) == (1, "1 downloaded, 1 failed, 2 skipped\n")
    assert result.stderr.splitlines()[-3:] == [
        "row 2, N-1 Customer 1: failed: the server responded 404 Not Found",
        "row 4, N-9: skipped: no customer has the number N-9",
        "row 5, N-2 Customer 2: skipped: duplicate of row 3",
    ]
    again = run(*NOVEMBER, "rows.csv", "--type", "open_item", *FAST)
    assert (again.exit_code, again.stdout) == (1, "1 downloaded, 1 kept, 2 skipped\n")


def test_a_broken_file_is_downloaded_again(run: Any, emulator: Emulator, folder: Path) -> None:
    run(*NOVEMBER, "--all", *FAST)
    broken = folder / "statements" / "2026-11" / "N-2-2.pdf"
    broken.write_bytes(b"%PDF-1.4 ... %%EOF")
    result = run(*NOVEMBER, "--all", *FAST, "--merge", "all.pdf")
    assert (result.exit_code, result.stdout) == (0, "1 downloaded, 3 kept\nall.pdf: 10 pages\n")
    assert "2/4 row 2, N-2 Customer 2: downloaded: the file was broken" in result.stderr.splitlines()


def test_a_command_that_does_nothing_exits_with_2(run: Any, emulator: Emulator, folder: Path) -> None:
    (folder / "rows.csv").write_text("number\nN-8\nN-9\n")
    result = run(*NOVEMBER, "rows.csv", "--merge", "all.pdf")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-3:] == [
        "Row 2, N-8: no customer has the number N-8.",
        "Row 3, N-9: no customer has the number N-9.",
        "Error: All rows are skipped: nothing was done.",
    ]
    nobody = run(*NOVEMBER, "--filter", "name=Nobody")
    assert (nobody.exit_code, nobody.stdout) == (2, "")
    assert nobody.stderr.endswith("Error: No customers selected: nothing was done.\n")
    emulator.fail("GET /customers", status=400, body={"message": "No."})
    refused = run(*NOVEMBER, "--all")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert not emulator.requests.to(LINK)
    assert not (folder / "all.pdf").exists()


# The merged file


def test_statements_are_merged(run: Any, folder: Path) -> None:
    words = (*NOVEMBER, "--open-balance", "--merge", "all.pdf", *FAST)
    result = run(*words)
    assert (result.exit_code, result.stdout) == (0, "2 downloaded\nall.pdf: 5 pages\n")
    assert len(texts(folder / "all.pdf")) == 5
    assert run(*words).stdout == "2 kept\nall.pdf: 5 pages\n"


def test_no_merged_file_is_written_if_a_statement_is_missing(run: Any, emulator: Emulator, folder: Path) -> None:
    emulator.fail(LINK, status=404, times=2)
    words = (*NOVEMBER, "--all", "--merge", "all.pdf", *FAST)
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "2 downloaded, 2 failed\n")
    assert result.stderr.splitlines()[-3:] == [
        "row 1, N-1 Customer 1: failed: the server responded 404 Not Found",
        "row 2, N-2 Customer 2: failed: the server responded 404 Not Found",
        "Error: all.pdf was not written, because 2 statements of those named above are missing. "
        "Run the command again, or use --allow-missing.",
    ]
    assert files(folder)[0] == "statements"
    assert (run(*words).exit_code, len(texts(folder / "all.pdf"))) == (0, 10)


def test_an_earlier_merged_file_is_not_mistaken_for_the_new_one(run: Any, emulator: Emulator, folder: Path) -> None:
    (folder / "all.pdf").write_bytes(b"earlier")
    emulator.fail(LINK, status=404)
    result = run(*NOVEMBER, "--all", "--merge", "all.pdf", *FAST)
    assert result.exit_code == 1
    assert "all.pdf was not written, because 1 statement of those named above is missing. " in result.stderr
    assert "The existing all.pdf is an earlier one." in result.stderr
    assert (folder / "all.pdf").read_bytes() == b"earlier"


def test_the_first_page_of_the_merged_file_lists_those_that_may_be_missing(
    run: Any, emulator: Emulator, folder: Path
) -> None:
    (folder / "rows.csv").write_text("number\nN-1\nN-2\nN-9\n")
    emulator.fail(LINK, status=404)
    result = run(*NOVEMBER, "rows.csv", "--merge", "all.pdf", "--allow-missing", *FAST)
    assert (result.exit_code, result.stdout) == (
        1,
        "1 downloaded, 1 failed, 1 skipped\nall.pdf: 4 pages, without 2 statements\n",
    )
    first, second, *_ = texts(folder / "all.pdf")
    assert first.splitlines() == [
        "2 of 3 statements are missing",
        "Row 2, N-1 Customer 1: failed: the server responded 404 Not Found",
        "Row 4, N-9: skipped: no customer has the number N-9",
    ]
    assert "Customer 2" in second


def test_a_customer_of_two_rows_is_not_missing_in_the_merged_file(run: Any, folder: Path) -> None:
    (folder / "rows.csv").write_text("number\nN-1\nN-2\nN-1\n")
    result = run(*NOVEMBER, "rows.csv", "--merge", "all.pdf", *FAST)
    assert (result.exit_code, result.stdout) == (1, "2 downloaded, 1 skipped\nall.pdf: 5 pages\n")
