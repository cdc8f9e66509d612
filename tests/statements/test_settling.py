"""Sheets in which people note which unknown statements were sent."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from lost_responses import an_account, lose_responses, send

from invoiced.emulator import Emulator
from invoiced.runs import PlanError, RunError
from invoiced.statements import Period, Statements
from invoiced.tables import TableError


@pytest.fixture
def account() -> Iterator[tuple[Emulator, Statements]]:
    with an_account() as account:
        yield account


@pytest.fixture
def emulator(account: tuple[Emulator, Statements]) -> Emulator:
    return account[0]


@pytest.fixture
def period(account: tuple[Emulator, Statements]) -> Period:
    """A period in which the outcome of customers 2 (sent), 3 (sent) and 4 (not sent) is unknown."""
    emulator, statements = account
    lose_responses(emulator, sent=(2, 3), not_sent=(4,))
    period = statements.period("2026-11")
    assert send(period) == {1: "sent", 2: "unknown", 3: "unknown", 4: "unknown", 5: "sent"}
    return period


def outcomes(period: Period) -> dict[int, str]:
    return {int(result.customer.id or 0): result.outcome for result in period.results()}


def answer(path: Path, answers: dict[str, object]) -> None:
    """Fill in a sheet, by the number of the customer."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [*csv.DictReader(file)]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows({**row, "sent?": answers.get(row["number"], "")} for row in rows)
        return
    book = openpyxl.load_workbook(path)
    header, *rows = book.worksheets[0].iter_rows()
    titles = [cell.value for cell in header]
    for row in rows:
        row[titles.index("sent?")].value = answers.get(row[titles.index("number")].value)
    book.save(path)


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_sheet_lists_unknown_statements_and_takes_yes_or_no(
    ending: str, period: Period, emulator: Emulator, tmp_path: Path
) -> None:
    path = tmp_path / f"unknown{ending}"
    assert period.write_unknown(path) == 3
    answer(path, {"CUST-00002": "yes", "CUST-00004": " No "})
    settled = period.settle_from(path)
    assert [(result.customer.id, result.outcome, result.reason) for result in settled] == [
        (2, "sent", f"according to unknown{ending}"),
        (4, "to do", f"according to unknown{ending}"),
    ]
    assert all(result.decided_by for result in settled)
    assert outcomes(period) == {1: "sent", 2: "sent", 3: "unknown", 4: "to do", 5: "sent"}
    assert send(period) == {4: "sent"}
    assert sorted(email["customer"] for email in emulator.outbox) == [1, 2, 3, 4, 5]


def test_a_sheet_has_addresses_of_contacts_and_the_time_to_the_second(
    account: tuple[Emulator, Statements], tmp_path: Path
) -> None:
    emulator, statements = account
    customer = statements._client.Customer.retrieve(2)
    customer.contacts().create(name="A", email="a@example.com")
    customer.contacts().create(name="B", email="b@example.com", primary=False)
    lose_responses(emulator)
    period = statements.period("2026-11", "reminder-1")
    send(period)
    period.write_unknown(tmp_path / "unknown.csv")
    with (tmp_path / "unknown.csv").open(encoding="utf-8-sig", newline="") as file:
        first, second = csv.DictReader(file)
    assert [*first] == ["period", "run", "number", "customer_id", "name", "email", "sent_to", "time", "reason", "sent?"]
    assert (first["period"], first["run"], first["number"]) == ("2026-11", "reminder-1", "CUST-00002")
    assert (first["sent_to"], second["sent_to"]) == ("a@example.com, 2@example.com", "4@example.com")
    assert abs((datetime.fromisoformat(first["time"]) - datetime.now().astimezone()).total_seconds()) < 60
    assert first["sent?"] == ""


def test_a_sheet_in_which_something_may_be_noted_is_not_replaced(period: Period, tmp_path: Path) -> None:
    path = tmp_path / "unknown.xlsx"
    period.write_unknown(path)
    content = path.read_bytes()
    with pytest.raises(RunError, match="already exists"):
        period.write_unknown(path)
    assert path.read_bytes() == content


def test_spreadsheets_may_turn_yes_into_true_and_ids_into_numbers(period: Period, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["Customer ID", "Sent?"], [2, True], [4.0, False]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "own.xlsx")
    assert [result.outcome for result in period.settle_from(tmp_path / "own.xlsx", reason="phone")] == ["sent", "to do"]
    assert {result.reason for result in period.results("to do")} == {"phone"}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["CUST-00002,yes", "CUST-00003,perhaps"], "Row 3: sent? is 'perhaps' (expected yes or no"),
        (["CUST-00001,yes"], "Row 2: customer CUST-00001 has no unknown statement in 2026-11"),
        (["TYPO,no"], "Row 2: customer TYPO has no unknown statement in 2026-11"),
        ([",yes"], "Row 2: no number or customer_id"),
        (["CUST-00002,yes", "CUST-00002,no"], "Row 3: an earlier row says the opposite"),
        (["CUST-00002,=1+1"], "Row 2: sent: the formula"),
    ],
)
def test_a_sheet_with_a_wrong_row_is_refused_and_nothing_is_recorded(
    lines: list[str], problem: str, period: Period, tmp_path: Path
) -> None:
    path = tmp_path / "own.csv"
    path.write_text("\n".join(["number,sent?", *lines]))
    with pytest.raises(PlanError) as raised:
        period.settle_from(path)
    assert "nothing was recorded" in str(raised.value)
    assert problem in str(raised.value)
    assert len(period.unknown()) == 3


def test_a_row_of_another_customer_run_or_request_is_refused(
    period: Period, account: tuple[Emulator, Statements], tmp_path: Path
) -> None:
    path = tmp_path / "unknown.csv"
    period.write_unknown(path)
    answer(path, {"CUST-00002": "yes"})
    text = path.read_text()
    for old, new, problem in (
        ("CUST-00002,2", "CUST-00003,2", "customer 2 has the number CUST-00002, not CUST-00003"),
        ("2026-11,,", "2026-10,,", "it is of 2026-10"),
        ("2026-11,,", "2026-11,reminder-1,", "it is of 2026-11 reminder-1"),
        ("CUST-00002,2,Customer 2,2@example.com,2@example.com,20", "CUST-00002,2,,,,19", "but the unknown statement"),
        ("CUST-00002,2,Customer 2,2@example.com,2@example.com,20", "CUST-00002,2,,,,on 20", "is not as it was written"),
    ):
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(PlanError, match="nothing was recorded") as raised:
            period.settle_from(path)
        assert problem in str(raised.value)
    path.write_text(text)
    with pytest.raises(PlanError, match="no unknown statement in 2026-12"):
        account[1].period("2026-12").settle_from(path)
    assert len(period.unknown()) == 3
    assert len(period.settle_from(path)) == 1


def test_a_sheet_without_answers_or_of_another_kind_is_refused(period: Period, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    period.report(report)
    with pytest.raises(PlanError, match=r"no column sent\?"):
        period.settle_from(report)
    with pytest.raises(TableError):
        period.settle_from(tmp_path / "missing.xlsx")


def test_settled_by_name_and_skipped_statements_keep_who_when_and_why(period: Period) -> None:
    period.settle(sent=["CUST-00002"], not_sent=[4], reason="phone")
    with pytest.raises(RunError, match="Customer CUST-00009 has no unknown statement in 2026-11"):
        period.settle(sent=["CUST-00003", "CUST-00009"], reason="phone")
    assert [result.customer.id for result in period.unknown()] == [3]
    history = period.history("CUST-00004")
    assert [(event.state, event.reason, bool(event.decided_by)) for event in history] == [
        ("unknown", history[0].reason, False),
        ("to do", "phone", True),
    ]
