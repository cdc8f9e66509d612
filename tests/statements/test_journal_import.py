"""Journals of invoiced 4.0, taken over so that moving to a ledger sends nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from journal_writer import describe, execute, tamper, write_journal
from lost_responses import an_account, send

import invoiced
from invoiced.emulator import Emulator
from invoiced.journals import JournalError
from invoiced.ledger import LedgerError
from invoiced.runs import RunError
from invoiced.statements import Period, Statements

ALL = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
def account() -> Iterator[tuple[Emulator, Statements]]:
    with an_account(customers=7) as account:
        yield account


@pytest.fixture
def emulator(account: tuple[Emulator, Statements]) -> Emulator:
    return account[0]


@pytest.fixture
def period(account: tuple[Emulator, Statements]) -> Period:
    return account[1].period("2026-11")


@pytest.fixture
def born(account: tuple[Emulator, Statements]) -> dict[int, int]:
    """When each customer was created."""
    return {customer.id: customer.created_at for customer in account[1]._client.Customer.all()}


def sent_to(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def outcomes(period: Period) -> dict[int, str]:
    return {int(result.customer.id or 0): result.outcome for result in period.results()}


def test_what_a_journal_sent_is_not_sent_again_and_the_rest_is(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    states = ["sent", "sent", "unknown", "failed", "started", "to do", "waiting"]
    path = write_journal(tmp_path / "old.journal", enumerate(states, 1), account=emulator.url, created_at=born)
    taken = period.import_journals(path)
    assert taken.counts == {"old.journal": {"sent": 2, "unknown": 2, "failed": 1, "not tried": 2}}
    assert (taken.taken_over, taken.kept, taken.repeated) == (5, 0, [])
    assert outcomes(period) == {1: "sent", 2: "sent", 3: "unknown", 4: "failed", 5: "unknown"}
    assert send(period, ALL) == {4: "sent", 6: "sent", 7: "sent"}
    assert sent_to(emulator) == [4, 6, 7]
    assert [result.customer.id for result in period.unknown()] == [3, 5]


def test_what_is_taken_over_keeps_its_time_reason_and_key(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    write_journal(tmp_path / "a", [(1, "sent"), (2, "started")], account=emulator.url, created_at=born)
    period.import_journals(tmp_path / "a")
    sent, interrupted = sorted(period.results(), key=lambda result: result.row)
    assert (sent.at, sent.idempotency_key, sent.reason, sent.details) == (
        1_790_000_002,
        "key-1",
        "according to a",
        {"emails": []},
    )
    assert interrupted.reason == "the run was interrupted before a response arrived (a)"
    assert [(event.at, event.state) for event in period.history(1)] == [(1_790_000_002, "sent")]


def test_a_customer_in_two_journals_is_told_and_counts_as_sent(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    first = write_journal(tmp_path / "1", [(1, "failed"), (2, "sent")], account=emulator.url, created_at=born)
    again = write_journal(tmp_path / "2", [(1, "sent"), (2, "unknown")], account=emulator.url, created_at=born)
    taken = period.import_journals(first, again)
    assert taken.repeated == [
        "CUST-00001 Customer 1 is failed in 1 and sent in 2",
        "CUST-00002 Customer 2 is sent in 1 and unknown in 2",
    ]
    assert outcomes(period) == {1: "sent", 2: "sent"}
    assert (period.import_journals(first, again).taken_over, outcomes(period)) == (0, {1: "sent", 2: "sent"})


def test_what_the_ledger_knows_of_is_kept_but_what_only_a_list_says_is_not(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    emulator.fail("POST /customers/2/emails", status=400)
    emulator.fail("POST /customers/3/emails", connection="reset")
    assert send(period, [1, 2, 3]) == {1: "sent", 2: "failed", 3: "unknown"}
    states = ["failed", "sent", "sent"]
    path = write_journal(tmp_path / "a", enumerate(states, 1), account=emulator.url, created_at=born)
    taken = period.import_journals(path)
    assert (taken.taken_over, taken.kept) == (1, 2)
    assert outcomes(period) == {1: "sent", 2: "sent", 3: "unknown"}


def test_skipped_rows_are_left_until_a_list_says_otherwise(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    path = write_journal(tmp_path / "a", [(1, "sent"), (2, "skipped")], account=emulator.url, created_at=born)
    period.import_journals(path)
    assert (period.status().left, period.status().counts) == (1, {"no address": 1, "sent": 1})
    assert send(period, [1, 2]) == {2: "sent"}
    assert period.status().complete


def test_the_content_is_that_of_the_journal_so_that_the_same_one_needs_no_question(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    path = write_journal(
        tmp_path / "a",
        [(1, "sent")],
        account=emulator.url,
        created_at=born,
        content={"type": "open_item", "end": 1_790_000_000},
    )
    period.import_journals(path)
    assert period.plan([1], type="open_item", end=1_790_000_000).notes == []
    assert period.plan([1], type="open_item", end=date(2026, 11, 30)).notes != []


def test_imported_unknown_statements_are_never_sent_again_by_themselves(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoiced.statements.key_check.STORING", 0.0)
    monkeypatch.setattr("invoiced.runs.idempotency.MIN_AGE", 0)
    path = write_journal(tmp_path / "a", [(1, "unknown")], account=emulator.url, created_at=born, at=2**40)
    period.import_journals(path)
    assert Statements(period._client).check_keys("me@example.com", "CUST-00007").verdict == "proven"
    assert period.plan([1], type="open_item").retried == set()


@pytest.mark.parametrize("other", ["api", "customers", "kind"])
def test_a_journal_of_another_account_or_kind_is_refused(
    other: str, period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    good = write_journal(tmp_path / "good", [(1, "sent")], account=emulator.url, created_at=born)
    url = "https://api.invoiced.com" if other == "api" else emulator.url
    path = write_journal(
        tmp_path / "bad",
        [(1, "sent"), (99, "sent")],
        account=url,
        kind="contacts" if other == "kind" else "statements",
        created_at=7 if other == "customers" else {**born, 99: 1},
    )
    with pytest.raises(RunError, match="Nothing was taken over"):
        period.import_journals(good, path)
    assert outcomes(period) == {}


def test_customers_that_were_deleted_do_not_matter_as_long_as_one_is_there(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    rows = [(99, "sent"), (98, "sent"), (1, "sent")]
    path = write_journal(tmp_path / "a", rows, account=emulator.url, created_at={**born, 98: 1, 99: 1})
    assert period.import_journals(path).taken_over == 3


@pytest.mark.parametrize(
    "change",
    [
        *(
            execute("UPDATE rows SET request = ?", json.dumps(request))
            for request in (
                *({"max_retries": 5}, {"idempotency_key": "x"}, {"template": 1}, {"subject": 1}),
                *({"to": each} for each in ([], "x@y.z", 1, {}, [1], ["x@y.z"], [{}], [{"email": 1}], [[]])),
            )
        ),
        *(
            describe(content=content)
            for content in (
                {"max_retries": 5},
                {"type": "paid"},
                {"to": ""},
                {"to": [[1]]},
                {"start": 2026},
                {"start": "b", "end": 1},
            )
        ),
        execute("UPDATE rows SET target = '3'"),
        execute("UPDATE rows SET target = ?, customer_id = ?", "x" * 101, "x" * 101),
        execute("""UPDATE events SET body = replace(body, '"sent"', '"created"')"""),
    ],
)
def test_what_no_run_of_statements_records_is_refused(
    change: Any, period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    path = write_journal(tmp_path / "a", [(1, "sent")], account=emulator.url, created_at=born)
    tamper(path, change)
    with pytest.raises((JournalError, RunError), match=r"cannot be used.*Nothing was taken over|of another account"):
        period.import_journals(path)
    assert outcomes(period) == {}


def test_nothing_is_taken_over_into_a_closed_period(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    send(period, [1])
    period.close()
    path = write_journal(tmp_path / "a", [(2, "sent")], account=emulator.url, created_at=born)
    with pytest.raises(LedgerError, match="closed the period 2026-11"):
        period.import_journals(path)
    assert outcomes(period) == {1: "sent"}


def test_another_program_recognizes_the_account_by_what_was_taken_over(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    path = write_journal(tmp_path / "a", [(1, "sent")], account=emulator.url, created_at=born)
    period.import_journals(path)
    with invoiced.Client("key", base_url=emulator.url) as client:
        assert Statements(client).period("2026-11").status().counts == {"sent": 1}


def test_details_that_no_response_had_can_be_reported(
    period: Period, emulator: Emulator, born: dict[int, int], tmp_path: Path
) -> None:
    path = write_journal(tmp_path / "a", [(1, "sent"), (2, "sent")], account=emulator.url, created_at=born, at=2**50)
    emails = [1, None, [], {"email": 5, "message_id": {}, "id": [1]}, {"email": "\x00\ud800@x"}, {"state": "bounced"}]
    for position, details in ((2, {"emails": emails}), (4, {"emails": "all"})):
        tamper(
            path,
            execute(
                "UPDATE events SET body = json_set(body, '$[3]', json(?)) WHERE position = ?",
                json.dumps(details),
                position,
            ),
        )
    assert period.import_journals(path).taken_over == 2
    assert period.report(tmp_path / "report.xlsx") == period.report(tmp_path / "report.csv") == 2
    (tmp_path / "empty.mbox").touch()
    assert period.settle_from_mailbox(tmp_path / "empty.mbox") == ([], [])
