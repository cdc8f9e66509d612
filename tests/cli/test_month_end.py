"""What desks do at a month's end, with the command: nobody gets two statements, and nobody is left out without a word.

The numbers are those of the scenarios that were collected at desks. ELSEWHERE names the tests of the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import invoiced
from invoiced.cli.signals import StopSignals
from invoiced.emulator import Emulator
from invoiced.runs.outages import PAUSE
from invoiced.statements import Statements

from .conftest import Run

SEND = "POST /customers/*/emails"
FAST = ("--type", "open_item", "--yes", "--rate", "10000")
OWING = ("--open-balance", *FAST)
REACHABLE = 12
SCENARIOS = 55
TESTS = Path(__file__).parents[1]
OUTAGES, DOWNLOADS, SHEETS = "runs/test_outages.py", "cli/test_statement_downloads.py", "runs/test_evidence.py"
ELSEWHERE = {
    2: ("cli/test_signals.py", "a_signal_completes_requests_in_flight_and_ends_with_a_summary"),
    3: ("cli/test_signals.py", "a_second_signal_leaves_requests_that_hang_unknown_and_ends_at_once"),
    4: ("statements/test_key_check.py", "an_account_that_ignores_keys_is_disproven"),
    5: (OUTAGES, "a_limit_that_lasts_an_hour_stops_the_run"),
    6: (OUTAGES, "a_key_that_is_revoked_stops_the_run"),
    7: (OUTAGES, "an_api_that_is_down_costs_few_unknown_rows"),
    8: (OUTAGES, "unclear_responses_stop_the_run_after_the_number_of_errors_that_was_chosen"),
    11: (OUTAGES, "lost_responses_of_processed_and_of_other_requests_are_settled_one_by_one"),
    12: (OUTAGES, "responses_that_come_too_late_are_unknown"),
    13: (OUTAGES, "a_response_that_is_not_about_e_mails_is_unknown"),
    14: (OUTAGES, "a_response_without_any_e_mail_is_no_statement"),
    15: (OUTAGES, "a_statement_that_one_of_two_addresses_did_not_get_is_partly_sent"),
    21: ("statements/test_period.py", "each_session_takes_the_list_as_it_is_then"),
    34: (SHEETS, "a_table_says_which_columns_are_used_and_which_are_not"),
    35: ("tables/test_stories.py", "exactly_the_customers_of_a_file_get_a_statement"),
    36: ("runs/test_lookup.py", "a_number_that_differs_only_in_how_it_is_written_is_named"),
    39: (SHEETS, "rows_of_workbooks_have_the_numbers_that_a_spreadsheet_shows"),
    41: (SHEETS, "a_sheet_without_rows_is_an_error"),
    42: ("cli/test_statements.py", "invalid_options_exit_with_2_and_send_nothing"),
    46: ("runs/test_reports.py", "a_report_in_csv_begins_with_the_mark_that_excel_needs"),
    47: ("ledger/test_incidents.py", "nothing_is_lost_when_the_disk_is_full_and_work_goes_on_when_there_is_room"),
    48: (DOWNLOADS, "no_merged_file_is_written_if_a_statement_is_missing"),
    49: (DOWNLOADS, "a_broken_file_is_downloaded_again"),
    50: (DOWNLOADS, "each_period_has_a_folder_with_its_own_statements"),
    51: ("imports/test_contacts.py", "a_lost_response_is_settled_by_looking"),
    52: ("tables/test_stories.py", "imports_find_people_by_valid_addresses_only"),
    53: ("ledger/test_storage.py", "an_unusable_location_is_refused_and_no_password_is_shown"),
    55: ("statements/test_period.py", "a_run_sends_nothing_until_its_results_are_iterated"),
}

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(autouse=True)
def customers(account: invoiced.Client, emulator: Emulator) -> list[invoiced.Customer]:
    """Fifteen customers: twelve that owe something and have an address, one that owes and has none, two that do not."""
    customers = list[invoiced.Customer]()
    for n in range(1, REACHABLE + 4):
        email = None if n == REACHABLE + 1 else f"{n}@example.com"
        customers.append(account.Customer.create(name=f"Customer {n}", email=email))
        emulator.set_balance(customers[-1].id, total_outstanding=470 if n <= REACHABLE + 1 else 0)
    return customers


@pytest.fixture
def send(run: Run) -> Callable[..., Any]:
    """Run `invoiced statements send`, and return its exit status, its count and its plan."""

    def send(*words: object) -> tuple[int, str, str]:
        result = run("statements", "send", *words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        recipients = [line for line in result.stderr.splitlines() if line.startswith("Recipients: ")]
        count, plan = result.stdout.partition("\n")[0], "".join(recipients).removeprefix("Recipients: ")
        return result.exit_code, count, plan

    return send


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def sheet(path: Path, numbers: list[int | str]) -> Path:
    texts = [number if isinstance(number, str) else f"CUST-{number:05}" for number in numbers]
    path.write_text("\n".join(["Number", *texts]) + "\n")
    return path


def test_1_all_who_owe_something_get_one_and_the_rest_can_be_decided(
    send: Any, emulator: Emulator, account: invoiced.Client
) -> None:
    assert send("2026-11", *OWING) == (1, "1 no address, 12 sent", "to send 12, no address 1")
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]
    Statements(account).period("2026-11").skip("CUST-00013", reason="by post")
    assert send("2026-11", *OWING) == (0, "12 sent, 1 skipped", "sent before 12, skipped 1")
    assert len(emulator.outbox) == REACHABLE


def test_9_dead_mailboxes_in_front_block_nobody(send: Any, emulator: Emulator) -> None:
    for id in range(1, 6):
        emulator.fail(f"POST /customers/{id}/emails", status=400, body={"message": "No such mailbox."}, times=None)
    words = ("2026-11", *OWING, "--stop-after-errors", "5", "--concurrency", "1")
    assert send(*words) == (1, "5 failed, 1 no address, 7 to do", "to send 12, no address 1")
    status, count, plan = send(*words)
    assert (status, count) == (1, "5 failed, 1 no address, 7 sent")
    assert plan == "to send 7, failed and tried again 5, no address 1"
    assert addressees(emulator) == [*range(6, REACHABLE + 1)]


@pytest.mark.parametrize("committed", [False, True])
def test_10_lost_answers_are_unknown_and_never_sent_again_by_themselves(
    send: Any, emulator: Emulator, account: invoiced.Client, committed: bool
) -> None:
    assert PAUSE > 3
    for id in (2, 5, 8):
        emulator.fail(f"POST /customers/{id}/emails", connection="reset", committed=committed)
    words = ("2026-11", *OWING, "--concurrency", "1")
    assert send(*words)[:2] == (1, "1 no address, 9 sent, 3 unknown")
    assert send(*words)[2] == "sent before 9, unknown 3, no address 1"
    period = Statements(account).period("2026-11")
    if committed:
        period.settle(sent=[2, 5, 8], reason="the customers confirmed it")
    else:
        period.settle(not_sent=[2, 5, 8], reason="not in the log of the mail server")
    assert send(*words)[:2] == (1, "1 no address, 12 sent")
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]


def test_16_17_a_mended_typo_is_simply_sent(send: Any, emulator: Emulator, folder: Path) -> None:
    sheet(folder / "a.csv", [1, 2, "TYPO"])
    assert send("2026-11", "a.csv", *FAST) == (1, "1 invalid, 2 sent", "to send 2, invalid 1")
    sheet(folder / "a.csv", [1, 2, 3])
    status, count, plan = send("2026-11", "a.csv", *FAST)
    assert (status, count) == (0, "3 sent")
    assert plan == "to send 1, sent before 2, on the earlier list but not on this one 1"
    assert addressees(emulator) == [1, 2, 3]


def test_18_19_a_run_that_was_stopped_goes_on_with_any_list(
    send: Any, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.fail(SEND, status=400, skip=3, times=1)
    words = ("--stop-after-errors", "1", "--concurrency", "1", *FAST)
    assert send("2026-11", sheet(folder / "a.csv", [1, 2, 3, 4, 5, 6]), *words)[1] == "1 failed, 3 sent, 2 to do"
    # Row 2 removed, 7 added, the others reordered, and another name and folder of the file.
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    status, count, plan = send("2026-11", sheet(folder / "sub" / "b.csv", [7, 6, 5, 4, 3, 1]), *words)
    assert (status, count) == (0, "7 sent")
    assert plan == "to send 3, sent before 2, failed and tried again 1"
    assert addressees(emulator) == [1, 2, 3, 4, 5, 6, 7]


def test_18_a_removed_row_that_was_not_sent_is_told_and_not_sent(send: Any, emulator: Emulator, folder: Path) -> None:
    emulator.fail("POST /customers/2/emails", status=400)
    send("2026-11", sheet(folder / "a.csv", [1, 2, 3]), *FAST)
    status, count, plan = send("2026-11", sheet(folder / "a.csv", [1, 3]), *FAST)
    assert (status, count) == (0, "1 not on the list, 2 sent")
    assert plan == "sent before 2, on the earlier list but not on this one 1"
    # It comes back with the row.
    assert send("2026-11", sheet(folder / "a.csv", [1, 2, 3]), *FAST)[:2] == (0, "3 sent")


def test_20_an_address_entered_in_the_account_and_a_new_debtor_are_sent(
    send: Any, emulator: Emulator, customers: list[invoiced.Customer]
) -> None:
    send("2026-11", *OWING)
    customers[REACHABLE].email = "new@example.com"
    customers[REACHABLE].save()
    emulator.set_balance(customers[-1].id, total_outstanding=1)
    assert send("2026-11", *OWING) == (0, "14 sent", "to send 2, sent before 12")
    assert max(Counter(addressees(emulator)).values()) == 1


def test_22_who_has_paid_meanwhile_gets_none(
    send: Any, run: Run, emulator: Emulator, customers: list[invoiced.Customer]
) -> None:
    emulator.fail(SEND, status=401, skip=4, times=None)
    assert send("2026-11", *OWING, "--concurrency", "1")[:2] == (1, "1 no address, 4 sent, 8 to do")
    emulator.clear_faults()
    for customer in customers[4:9]:
        emulator.set_balance(customer.id, total_outstanding=0)
    result = run("statements", "send", "2026-11", *OWING)
    assert "Recipients: to send 3, no address 1, owes nothing now 5\n" not in result.stderr
    assert "sent before 4" in result.stderr
    assert "no address 1, owes nothing now 5\n" in result.stderr
    assert "Owes nothing now: CUST-00005 Customer 5 (to do)\n" in result.stderr
    assert result.stdout.startswith("1 no address, 5 not on the list, 7 sent\n")
    assert addressees(emulator) == [1, 2, 3, 4, 10, 11, 12]


def test_23_25_26_the_same_period_is_sent_once_whatever_the_day(send: Any, emulator: Emulator) -> None:
    send("2026-11", *OWING)
    emulator.advance(86_400 * 31)
    assert send("2026-11", *OWING)[2] == "sent before 12, no address 1"
    assert len(emulator.outbox) == REACHABLE


def test_27_each_month_is_sent_whatever_the_day(send: Any, emulator: Emulator, monkeypatch: Any) -> None:
    send("2026-11", *OWING)
    emulator.advance(86_400 * 30)
    # The ledger has the time of this computer, where less than 5 minutes have passed.
    monkeypatch.setattr("invoiced.statements.spacing._SPACING", 0)
    assert send("2026-12", *OWING)[:2] == (1, "1 no address, 12 sent")
    assert Counter(addressees(emulator)) == dict.fromkeys(range(1, REACHABLE + 1), 2)


def test_28_54_another_folder_and_a_lost_sheet_make_no_difference(
    send: Any, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("2026-11", sheet(folder / "a.csv", [1, 2, 3]), *FAST)
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    assert send("2026-11", sheet(folder / "sub" / "a.csv", [1, 2, 3]), *FAST) == (0, "3 sent", "sent before 3")
    assert send("2026-11", *OWING)[2] == "to send 9, sent before 3, no address 1"
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]


def test_30_two_sheets_of_a_month_that_overlap_send_nobody_two(send: Any, emulator: Emulator, folder: Path) -> None:
    assert send("2026-11", sheet(folder / "overdue.csv", [1, 2, 3, 4]), *FAST)[:2] == (0, "4 sent")
    assert send("2026-11", sheet(folder / "vip.csv", [3, 4, 5, 6]), *FAST) == (0, "6 sent", "to send 2, sent before 2")
    assert addressees(emulator) == [1, 2, 3, 4, 5, 6]


def test_31_a_result_file_as_recipients_sends_nobody_a_second_one(send: Any, emulator: Emulator) -> None:
    send("2026-11", *OWING, "--result", "sent.csv")
    assert send("2026-11", "sent.csv", *FAST)[0] == 2
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]


def test_43_a_missing_file_is_named_for_what_it_is(run: Run, send: Any, emulator: Emulator) -> None:
    send("2026-11", *OWING)
    result = run("statements", "send", "2026-11", "missing.csv", *FAST)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Cannot read missing.csv: No such file" in result.stderr


def test_45_a_dry_run_while_another_session_sends_names_what_is_in_flight(
    send: Any, run: Run, emulator: Emulator, account: invoiced.Client
) -> None:
    period = Statements(account.with_options(rate=10_000), concurrency=1).period("2026-11")
    results = period.send(period.plan([1, 2, 3], type="open_item"))
    views = list[str]()

    def look() -> None:
        views.append(run("statements", "send", "2026-11", *OWING, "--dry-run").stdout)

    emulator.fail("POST /customers/2/emails", changes=look)
    assert [result.outcome for result in results] == ["sent", "sent", "sent"]
    (view,) = views
    assert "row 2, CUST-00002 Customer 2: in flight in another program\n" in view
    assert "CUST-00001" not in view


def test_24_unknown_ones_and_the_turn_of_the_month_send_nobody_a_second_one(send: Any, emulator: Emulator) -> None:
    for id in (2, 5):
        emulator.fail(f"POST /customers/{id}/emails", connection="reset", committed=True)
    send("2026-11", *OWING, "--concurrency", "1")
    emulator.advance(86_400)
    assert send("2026-11", *OWING) == (1, "1 no address, 10 sent, 2 unknown", "sent before 10, unknown 2, no address 1")
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]


def test_29_without_its_ledger_a_period_is_sent_once_if_the_account_has_the_lock(
    send: Any, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("2026-11", *OWING, "--lock", "metadata")
    monkeypatch.setenv("INVOICED_LEDGER", str(folder / "new.sqlite"))
    after = send("2026-11", *OWING, "--lock", "metadata")
    assert after == (1, "1 no address, 12 sent", "sent before 12, no address 1")
    assert addressees(emulator) == [*range(1, REACHABLE + 1)]


@pytest.mark.parametrize("column", ["E-mail", "Name"])
def test_32_33_an_address_or_a_name_of_another_customer_holds_the_row(
    column: str, send: Any, emulator: Emulator, folder: Path
) -> None:
    other = {"E-mail": "2@example.com", "Name": "Customer 2"}[column]
    (folder / "a.csv").write_text(f"Number,{column}\nCUST-00001,{other}\nCUST-00003,\n")
    assert send("2026-11", "a.csv", *FAST)[:2] == (1, "1 held, 1 sent")
    assert addressees(emulator) == [3]
    assert send("2026-11", "a.csv", *FAST, "--trust-numbers")[:2] == (0, "2 sent")
    assert addressees(emulator) == [1, 3]


def test_37_38_rows_without_a_value_and_hidden_rows_are_named(run: Run, emulator: Emulator, folder: Path) -> None:
    book = openpyxl.Workbook()
    for cell in ("Number", '="CUST-00001"', "CUST-00002", "CUST-00003"):
        book.active.append([cell])
    book.active.row_dimensions[4].hidden = True
    book.save(folder / "a.xlsx")
    result = run("statements", "send", "2026-11", "a.xlsx", *FAST)
    assert (result.exit_code, addressees(emulator)) == (1, [2])
    assert result.stdout.startswith("1 invalid, 1 sent\n")
    assert "row 2" in result.stderr
    assert "hidden" in result.stderr


def test_40_case_makes_no_difference_in_an_address(send: Any, emulator: Emulator, folder: Path) -> None:
    (folder / "a.csv").write_text("E-mail\n1@EXAMPLE.com\n")
    assert send("2026-11", "a.csv", *FAST)[:2] == (0, "1 sent")


def test_44_the_result_file_is_the_report_of_the_period_and_never_an_earlier_one(
    send: Any, emulator: Emulator, folder: Path
) -> None:
    emulator.fail(SEND, status=401, skip=4, times=None)
    send("2026-11", *OWING, "--concurrency", "1", "--result", "sent.csv")
    assert (folder / "sent.csv").read_text("utf-8-sig").count(",sent,") == 4
    emulator.clear_faults()
    send("2026-11", *OWING, "--result", "sent.csv")
    assert (folder / "sent.csv").read_text("utf-8-sig").count(",sent,") == REACHABLE


def test_each_scenario_has_a_test() -> None:
    names = re.findall(r"^def test_((?:\d+_)+)", Path(__file__).read_text(), re.MULTILINE)
    here = [int(number) for name in names for number in re.findall(r"\d+", name)]
    assert {*here, *ELSEWHERE} == {*range(1, SCENARIOS + 1)}
    assert not {*here} & {*ELSEWHERE}
    assert [
        test for module, test in ELSEWHERE.values() if f"def test_{test}(" not in (TESTS / module).read_text()
    ] == []


def test_signals_are_as_before_after_the_command(send: Any) -> None:
    import signal

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    send("2026-11", *OWING)
    with StopSignals():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
