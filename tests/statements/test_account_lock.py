"""Tests of the second lock in the account: statements are sent once, even if a ledger is lost or not shared."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs import Result
from invoiced.statements import Period, Statements

SEND = "POST /customers/*/emails"
PATCH = "PATCH /customers/*"
SAYS = "sent before, says the account (metadata statement)"
OTHERS = {f"key{number}": "x" for number in range(9)}

PeriodOf = Callable[..., Period]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(idempotency=False) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url, max_retries=0) as client:
        for number in range(1, 4):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com", metadata={"rep": "Eva"})
        emulator.requests.clear()
        yield client


@pytest.fixture
def period(client: invoiced.Client, tmp_path: Path) -> PeriodOf:
    def period(ledger: str = "a", name: str = "2026-11", run: str = "", **options: Any) -> Period:
        path = tmp_path / "ledgers" / f"{ledger}.sqlite"
        fast = client.with_options(rate=10_000)
        return Statements(fast, ledger=path, **{"lock": "metadata", "concurrency": 1, **options}).period(name, run)

    return period


def send(period: Period, recipients: Any = (1, 2, 3), **options: Any) -> dict[Any, Result]:
    plan = period.plan(recipients, **options)
    return {result.customer.id: result for result in period.send(plan)}


def outcomes(results: dict[Any, Result]) -> dict[Any, str]:
    return {id: result.outcome for id, result in results.items()}


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def metadata(client: invoiced.Client, id: int) -> dict[str, Any]:
    return dict(client.Customer.retrieve(id).metadata)


def test_the_period_is_written_before_the_statement_is_sent(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    first = period()
    plan = first.plan([1])
    emulator.requests.clear()
    assert [result.outcome for result in first.send(plan)] == ["sent"]
    writes = [(request.method, request.path) for request in emulator.requests if request.method != "GET"]
    assert writes == [("PATCH", "/customers/1"), ("POST", "/customers/1/emails")]
    assert metadata(client, 1) == {"rep": "Eva", "statement": f"2026-11 ({first.ledger.identity})"}


def test_nothing_is_written_without_a_lock(period: PeriodOf, client: invoiced.Client) -> None:
    assert outcomes(send(period(lock=None), [1])) == {1: "sent"}
    assert metadata(client, 1) == {"rep": "Eva"}
    with pytest.raises(ValueError, match="lock must be metadata or None"):
        period(lock="note")


@pytest.mark.parametrize("recipients", ["records", "IDs"])
def test_another_ledger_sends_nothing_twice(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator, recipients: str
) -> None:
    assert outcomes(send(period("a"), [1, 2])) == {1: "sent", 2: "sent"}
    other = period("b")
    plan = other.plan(client.Customer.all() if recipients == "records" else [1, 2, 3])
    assert plan.counts == {"sent": 2, "to do": 1}
    assert [*plan.findings] == [
        "Row 1, CUST-00001 Customer 1: sent, says the account.",
        "Row 2, CUST-00002 Customer 2: sent, says the account.",
    ]
    results = [*other.send(plan)]
    assert [(result.customer.id, result.outcome, result.reason) for result in results] == [
        (1, "sent", SAYS),
        (2, "sent", SAYS),
        (3, "sent", ""),
    ]
    assert addressees(emulator) == [1, 2, 3]
    assert other.status().complete
    assert [(event.state, event.reason) for event in other.history(1)] == [("sent", SAYS)]
    assert outcomes(send(period("a"))) == {3: "sent"}
    assert addressees(emulator) == [1, 2, 3]


def test_each_period_and_run_has_its_own_lock(period: PeriodOf, client: invoiced.Client, emulator: Emulator) -> None:
    for name, run in (("2026-10", ""), ("2026-11", ""), ("2026-11", "reminder-1")):
        assert outcomes(send(period("a", name, run), [1], template=f"{name}{run}")) == {1: "sent"}
    owner = period("a").ledger.identity
    expected = f"2026-10 ({owner}), 2026-11 ({owner}), 2026-11 reminder-1 ({owner})"
    assert metadata(client, 1)["statement"] == expected
    assert period("b", "2026-11", "reminder-1").plan([1]).counts == {"sent": 1}
    assert period("b", "2026-11", "reminder-2").plan([1]).counts == {"to do": 1}


def test_the_latest_locks_are_kept(period: PeriodOf, client: invoiced.Client) -> None:
    run = "x" * 64
    client.Customer.retrieve(1).save(metadata={"statement": f"2026-08 {run} (7f3a9c), 2026-09 {run}, 2026-10 {run}"})
    send(period("a", "2026-11", run), [1])
    owner = period("a").ledger.identity
    assert metadata(client, 1)["statement"] == f"2026-09 {run}, 2026-10 {run}, 2026-11 {run} ({owner})"


def test_a_customer_without_room_in_the_metadata_is_sent_nothing(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    client.Customer.retrieve(1).save(metadata={**OTHERS, "key9": "x"})
    client.Customer.retrieve(2).save(metadata=OTHERS)
    client.Customer.retrieve(3).save(metadata={"statement": "by post"})
    results = send(period())
    assert {id: (result.outcome, result.reason) for id, result in results.items()} == {
        1: ("invalid", "the metadata of the customer has 10 keys, so there is no room for the lock"),
        2: ("sent", ""),
        3: ("invalid", "the metadata of the customer has a statement that is not a lock"),
    }
    assert metadata(client, 2).keys() == {*OTHERS, "statement"}
    assert metadata(client, 3) == {"statement": "by post"}
    assert addressees(emulator) == [2]


def test_the_metadata_that_others_write_meanwhile_is_kept(period: PeriodOf, client: invoiced.Client) -> None:
    run = period()
    plan = run.plan(client.Customer.all())
    client.Customer.retrieve(1).save(metadata={"rep": "Max", "region": "west"})
    client.Customer.retrieve(2).save(metadata={**OTHERS, "key9": "x"})
    results = {result.customer.id: result for result in run.send(plan)}
    assert outcomes(results) == {1: "sent", 2: "failed", 3: "sent"}
    assert "no room for the lock" in results[2].reason
    assert metadata(client, 1) == {"rep": "Max", "region": "west", "statement": f"2026-11 ({run.ledger.identity})"}


def test_a_customer_whom_another_ledger_locks_meanwhile_is_sent_nothing(period: PeriodOf, emulator: Emulator) -> None:
    late = period("b")
    plan = late.plan([1, 2])
    send(period("a"), [1])
    results = {result.customer.id: result for result in late.send(plan)}
    assert {id: (result.outcome, result.reason) for id, result in results.items()} == {
        1: ("sent", SAYS),
        2: ("sent", ""),
    }
    assert addressees(emulator) == [1, 2]


def test_the_lock_of_a_refused_statement_is_released(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, status=400, body={"message": "The mailbox is full."})
    assert outcomes(send(period("a"), [1])) == {1: "failed"}
    assert metadata(client, 1) == {"rep": "Eva"}
    assert outcomes(send(period("b"), [1])) == {1: "sent"}
    found = send(period("a"), [1])
    assert (found[1].outcome, found[1].reason) == ("sent", SAYS)
    assert addressees(emulator) == [1]


def test_a_lock_that_cannot_be_released_does_not_block_its_own_ledger(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail(SEND, status=400)
    emulator.fail(PATCH, status=400, skip=1)
    assert outcomes(send(period("a"), [1])) == {1: "failed"}
    assert "Customer 1 got no statement, but is still locked in the account" in caplog.text
    assert "statement" in metadata(client, 1)
    assert outcomes(send(period("a"), [1])) == {1: "sent"}
    assert addressees(emulator) == [1]


def test_a_statement_that_may_have_been_sent_keeps_its_lock(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, connection="reset")
    first = period("a")
    assert outcomes(send(first, [1])) == {1: "unknown"}
    assert period("b").plan([1]).counts == {"sent": 1}
    assert period("a").plan([1]).counts == {"unknown": 1}
    first.settle(not_sent=[1], reason="not in the archive")
    assert outcomes(send(first, [1])) == {1: "sent"}
    assert addressees(emulator) == [1]
    assert metadata(client, 1)["statement"] == f"2026-11 ({first.ledger.identity})"


def test_a_lock_without_a_statement_is_named(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program was killed between the lock and the statement, and its ledger was lost."""
    client.Customer.retrieve(1).save(metadata={"statement": "2026-11 (7f3a9c)"})
    run = period("b")
    plan = run.plan([1, 2])
    assert [*plan.findings] == ["Row 1, CUST-00001 Customer 1: sent, says the account."]
    assert {result.customer.id: result.reason for result in run.send(plan)} == {1: SAYS, 2: ""}
    assert [result.reason for result in run.results("sent")] == [SAYS, ""]
    monkeypatch.setattr("invoiced.statements.spacing._SPACING", 0)
    assert outcomes(send(run, [1], again="she got none")) == {1: "sent"}
    assert addressees(emulator) == [1, 2]


def test_statements_are_sent_again_by_name_in_spite_of_the_lock(period: PeriodOf, emulator: Emulator) -> None:
    send(period("a"), [1])
    emulator.advance(400)
    assert outcomes(send(period("b"), [1], again="wrong amount")) == {1: "sent"}
    assert addressees(emulator) == [1, 1]


def test_a_ledger_that_was_restored_from_a_backup_sends_nothing_twice(
    period: PeriodOf, emulator: Emulator, tmp_path: Path
) -> None:
    send(period("a"), [3])
    folder = tmp_path / "ledgers"
    with closing(sqlite3.connect(folder / "a.sqlite")) as ledger, closing(sqlite3.connect(folder / "b.sqlite")) as copy:
        ledger.backup(copy)
    send(period("a"), [1, 2, 3])
    restored = period("b")
    assert restored.ledger.identity == period("a").ledger.identity
    assert restored.plan([1, 2, 3]).counts == {"sent": 3}
    send(restored)
    assert addressees(emulator) == [1, 2, 3]


def test_a_rate_limit_keeps_the_lock_for_the_next_attempt(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(SEND, status=429, headers={"Retry-After": "0"})
    assert outcomes(send(period(), [1])) == {1: "sent"}
    assert addressees(emulator) == [1]


def test_a_customer_who_cannot_be_locked_is_sent_nothing(
    period: PeriodOf, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.fail(PATCH, status=403, body={"message": "Not allowed."})
    emulator.fail(PATCH, connection="reset", committed=True)
    results = send(period(), [1, 2])
    assert results[1].reason == (
        "the customer could not be locked in the account, so no statement was sent: Not allowed."
    )
    assert outcomes(results) == {1: "failed", 2: "sent"}
    assert addressees(emulator) == [2]
