"""The entries of a run: each is started once, and no list resets what was sent, started or decided."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from ledger_entries import SENT, entries_of, output_of, row, running, states_of, take_over, told
from waiting import wait_until

from invoiced.ledger import Ledger, LedgerError
from invoiced.ledger.entries import Entry
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import DECIDED, DONE, ON_THE_LIST, STATES

Open = Callable[[], Ledger]

# One start


def test_an_entry_is_started_once(entries: RunEntries, open_ledger: Open) -> None:
    take_over(entries, "1")
    session, other = entries.ledger.start_session(), open_ledger()
    assert entries.start("1", "key", session)
    assert not entries.start("1", "key", session)
    assert not entries_of(other).start("1", "other key", other.start_session())
    entry = entries.entry("1")
    assert entry
    assert (entry.state, entry.idempotency_key, entry.attempts, entry.session_id) == ("started", "key", 1, session.id)


def test_of_many_threads_with_connections_of_their_own_one_starts_an_entry(
    entries: RunEntries, open_ledger: Open
) -> None:
    keys = [str(number) for number in range(20)]
    take_over(entries, *keys)
    ledgers = [open_ledger() for _ in range(3)]
    barrier, started = threading.Barrier(9), Counter[str]()

    def start(ledger: Ledger) -> None:
        own, session = entries_of(ledger), ledger.start_session()
        barrier.wait()
        started.update(key for key in keys if own.start(key, "key", session))

    threads = [threading.Thread(target=start, args=(ledger,)) for ledger in ledgers * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == Counter(keys)


def test_of_two_processes_one_starts_an_entry(entries: RunEntries, location: str) -> None:
    keys = [str(number) for number in range(100)]
    take_over(entries, *keys)
    program = """
    entries, session = entries_of(ledger), ledger.start_session()
    tell("ready")
    sys.stdin.readline()
    tell(*[key for key in map(str, range(100)) if entries.start(key, "key", session)])
    """
    with running(program, location) as first, running(program, location) as second:
        assert told(first) == told(second) == "ready"
        for process in (first, second):
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        assert sorted([*told(first).split(), *told(second).split()]) == sorted(keys)


def test_only_an_entry_to_do_or_failed_can_be_started(entries: RunEntries) -> None:
    take_over(entries, *(row(state, state) for state in STATES))
    session = entries.ledger.start_session()
    assert [state for state in STATES if entries.start(state, "key", session)] == ["to do", "failed"]


def test_an_entry_that_is_not_listed_cannot_be_started(entries: RunEntries) -> None:
    session = entries.ledger.start_session()
    assert not entries.start("1", "key", session)
    take_over(entries, "1")
    assert not entries.start("2", "key", session)


def test_each_period_and_each_run_has_entries_of_its_own(ledger: Ledger) -> None:
    session, runs = ledger.start_session(), [("2026-11", ""), ("2026-11", "reminder-1"), ("2026-12", "")]
    for period, name in runs:
        take_over(entries_of(ledger, period, name), "1")
        assert entries_of(ledger, period, name).start("1", "key", session)


def test_accounts_have_entries_of_their_own(ledger: Ledger) -> None:
    mine = entries_of(ledger)
    other = ledger.add_account("https://api.invoiced.com", "other.invoiced.com")
    theirs = RunEntries(ledger, mine.key._replace(account_id=other.id))
    take_over(mine, "1")
    take_over(theirs, "2")
    assert (states_of(mine), states_of(theirs)) == ({"1": "to do"}, {"2": "to do"})


# Outcomes


def test_the_outcome_of_a_request_is_recorded_with_its_time_and_key(entries: RunEntries) -> None:
    take_over(entries, "1")
    session = entries.ledger.start_session()
    entries.start("1", "key", session)
    entries.finish("1", session, {"state": "failed", "reason": "full", "details": '{"status_code": 400}'}, "key")
    entry = entries.entry("1")
    assert entry
    assert (entry.state, entry.reason, entry.details) == ("failed", "full", '{"status_code": 400}')
    assert entry.started_at
    assert entry.ended_at
    assert entry.ended_at >= entry.started_at
    (event,) = entries.events("1")
    assert event == (entry.ended_at, "failed", "full", "", "key")


def test_the_outcome_of_an_earlier_request_does_not_count(entries: RunEntries) -> None:
    take_over(entries, "1")
    session, other = entries.ledger.start_session(), entries.ledger.start_session()
    entries.start("1", "first", session)
    entries.finish("1", session, {"state": "failed", "reason": "", "details": "{}"}, "first")
    entries.start("1", "second", other)
    entries.finish("1", session, SENT, "first")
    entries.finish("1", other, SENT, "first")
    entries.finish("1", session, SENT, "second")
    assert states_of(entries) == {"1": "started"}
    entries.finish("1", other, SENT, "second")
    assert states_of(entries) == {"1": "sent"}
    assert [event.state for event in entries.events("1")] == ["failed", "sent"]


def test_a_request_that_is_put_back_can_be_started_again(entries: RunEntries) -> None:
    take_over(entries, row("1", "failed", reason="before"))
    session = entries.ledger.start_session()
    entries.start("1", "first", session)
    entries.put_back("1", session, "failed", "second")
    entry = entries.entry("1")
    assert entry
    assert (entry.state, entry.idempotency_key) == ("failed", "second")
    assert entries.start("1", "second", session, ("failed",))
    entry = entries.entry("1")
    assert entry
    assert entry.attempts == 2


def test_only_the_session_that_started_a_request_puts_it_back(entries: RunEntries) -> None:
    take_over(entries, "1")
    entries.start("1", "key", entries.ledger.start_session())
    entries.put_back("1", entries.ledger.start_session(), "to do", "other")
    assert states_of(entries) == {"1": "started"}


# Lists


def test_a_list_never_resets_what_was_sent_started_or_decided(entries: RunEntries) -> None:
    take_over(entries, *(row(state, state, reason="before", customer_name="before") for state in STATES))
    take_over(entries, *(row(state, reason="", customer_name="after") for state in STATES))
    for entry in entries.read():
        changes = entry.key in (*ON_THE_LIST, "not on the list")
        assert entry.state == ("to do" if changes else entry.key)
        assert entry.reason == ("" if changes else "before")
        assert entry.customer_name == ("after" if changes or entry.key == "failed" else "before")


def test_a_failed_entry_stays_failed_with_its_reason_unless_it_cannot_be_sent_any_more(entries: RunEntries) -> None:
    take_over(entries, row("1", "failed", reason="full"), row("2", "failed", reason="full"))
    take_over(entries, "1", row("2", "no address", reason="none"))
    assert [(entry.state, entry.reason) for entry in entries.read()] == [("failed", "full"), ("no address", "none")]


def test_what_was_sent_is_reopened_by_name_only(entries: RunEntries) -> None:
    take_over(entries, row("1", "sent"), row("2", "sent"), row("3", "partly sent"), row("4"))
    take_over(entries, "1", "3", reopened=("sent", "partly sent"), withdraws=False)
    assert states_of(entries) == {"1": "to do", "2": "sent", "3": "to do", "4": "to do"}


def test_open_entries_that_the_new_list_does_not_have_are_withdrawn(entries: RunEntries) -> None:
    take_over(entries, *(row(state, state) for state in STATES))
    take_over(entries, "new")
    withdrawn, mistakes = ("to do", "no address", "failed"), ("held", "invalid")
    others = {state: state for state in STATES if state not in (*withdrawn, *mistakes)}
    assert states_of(entries) == {**others, **dict.fromkeys(withdrawn, "not on the list"), "new": "to do"}


def test_the_list_of_a_session_that_runs_stays_in_force(entries: RunEntries) -> None:
    session = entries.ledger.start_session()
    take_over(entries, "1", "2", session=session)
    take_over(entries, "2", "3")
    assert states_of(entries) == {"1": "to do", "2": "to do", "3": "to do"}
    session.end()
    take_over(entries, "3")
    assert states_of(entries) == {"1": "not on the list", "2": "not on the list", "3": "to do"}


def test_a_withdrawn_entry_is_to_do_when_a_list_has_it_again(entries: RunEntries) -> None:
    take_over(entries, "1")
    take_over(entries, "2")
    take_over(entries, "1", "2")
    assert states_of(entries) == {"1": "to do", "2": "to do"}


def test_a_list_that_fails_while_it_is_read_changes_nothing(entries: RunEntries) -> None:
    take_over(entries, "1")

    def rows() -> object:
        yield from (row(str(number)) for number in range(2, 2000))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        entries.replace_list(rows(), entries.ledger.start_session(), "{}")  # type: ignore[arg-type]
    assert states_of(entries) == {"1": "to do"}


def test_a_list_can_be_longer_than_a_statement_of_the_database(entries: RunEntries) -> None:
    take_over(entries, *map(str, range(2345)))
    assert entries.counts() == {"to do": 2345}
    assert [entry.key for entry in entries.read()] == sorted(map(str, range(2345)))


@pytest.mark.parametrize(
    "text", ["Ünïcode 株式会社 😀", "a\tb\nc", "O'Brien; DROP TABLE invoiced_entries", "x" * 100_000]
)
def test_texts_are_kept_as_they_are(text: str, entries: RunEntries) -> None:
    values = {"customer_name": text, "customer_email": text, "reason": text, "request": json.dumps({"to": text})}
    take_over(entries, row("1", **values), row(text[:100]))
    entry = entries.entry("1")
    assert entry
    assert (entry.customer_name, entry.customer_email, entry.reason) == (text, text, text)
    assert json.loads(entry.request) == {"to": text}
    assert entries.entry(text[:100])


def test_lists_are_taken_over_while_other_programs_send(entries: RunEntries, open_ledger: Open) -> None:
    keys = [str(number) for number in range(400)]
    take_over(entries, *keys)
    barrier, problems = threading.Barrier(4), list[Exception]()

    def send(ledger: Ledger, first: int) -> None:
        own, session = entries_of(ledger), ledger.start_session()
        barrier.wait()
        for key in reversed(keys[first::2]):
            if own.start(key, key, session):
                own.finish(key, session, SENT, key)

    def list_again(ledger: Ledger) -> None:
        own = entries_of(ledger)
        barrier.wait()
        for _ in range(10):
            take_over(own, *keys)

    def watched(function: Callable[..., None], *arguments: Any) -> None:
        try:
            function(*arguments)
        except LedgerError as error:
            problems.append(error)

    ledgers = [open_ledger() for _ in range(4)]
    work = [(send, ledgers[0], 0), (send, ledgers[1], 1), (list_again, ledgers[2]), (list_again, ledgers[3])]
    threads = [threading.Thread(target=watched, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert entries.counts() == {"sent": 400}


# Interrupted sessions


def test_what_was_in_flight_when_its_process_was_killed_is_unknown(entries: RunEntries, location: str) -> None:
    program = """
    entries, session = entries_of(ledger), ledger.start_session()
    take_over(entries, "1", "2", "3", session=session)
    entries.start("1", "key of 1", session)
    entries.finish("1", session, SENT, "key of 1")
    entries.start("2", "key of 2", session)
    tell("started")
    sys.stdin.read()
    """
    with running(program, location) as process:
        assert told(process) == "started"
        entries = entries_of(entries.ledger)
        assert entries.recover() == []
        assert states_of(entries) == {"1": "sent", "2": "started", "3": "to do"}
        process.kill()
        process.wait()
        recovered: list[Entry] = []
        wait_until(lambda: recovered.extend(entries.recover()) or recovered)  # a server notices it a moment later
    assert [(entry.key, entry.state, entry.idempotency_key) for entry in recovered] == [("2", "unknown", "key of 2")]
    assert states_of(entries) == {"1": "sent", "2": "unknown", "3": "to do"}
    (event,) = entries.events("2")
    assert event.reason == "the run was interrupted before a response arrived"
    assert entries.recover() == []


def test_a_session_of_the_same_process_that_runs_is_not_interrupted(entries: RunEntries, open_ledger: Open) -> None:
    take_over(entries, "1")
    session, other = entries.ledger.start_session(), entries_of(open_ledger())
    entries.start("1", "key", session)
    assert entries.recover() == other.recover() == []
    session.end()
    assert [entry.key for entry in other.recover()] == ["1"]


def test_several_programs_see_at_the_same_time_that_a_session_has_ended(entries: RunEntries, open_ledger: Open) -> None:
    session = entries.ledger.start_session()
    session.end()
    ledgers, seen, barrier = [open_ledger() for _ in range(4)], list[bool](), threading.Barrier(4)

    def look(ledger: Ledger) -> None:
        barrier.wait()
        seen.extend(ledger.is_running(session.id) for _ in range(50))

    threads = [threading.Thread(target=look, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [False] * 200


def test_a_response_that_arrives_after_all_settles_an_entry_that_was_taken_for_interrupted(entries: RunEntries) -> None:
    take_over(entries, "1", "2")
    session = entries.ledger.start_session()
    entries.start("1", "key of 1", session)
    entries.start("2", "key of 2", session)
    session.end()
    entries.recover()
    assert entries.decide("2", "to do", "nothing arrived", allowed=("unknown",))
    entries.finish("1", session, SENT, "key of 1")
    entries.finish("2", session, SENT, "key of 2")
    assert states_of(entries) == {"1": "sent", "2": "to do"}  # a person has the last word


def test_what_another_session_has_started_meanwhile_is_not_taken_for_interrupted(
    entries: RunEntries, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_over(entries, "1")
    ended, session = entries.ledger.start_session(), entries.ledger.start_session()
    entries.start("1", "first", ended)
    ended.end()
    is_running, calls = entries.ledger.is_running, count()

    def start_meanwhile(session_id: int) -> bool:
        if next(calls) == 0:
            entries.recover()
            entries.decide("1", "to do", "not sent", allowed=("unknown",))
            entries.start("1", "second", session)
        return is_running(session_id)

    monkeypatch.setattr(entries.ledger, "is_running", start_meanwhile)
    assert entries.recover() == []
    assert states_of(entries) == {"1": "started"}


# Decisions


def test_a_decision_is_kept_with_who_and_when(entries: RunEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "eva")
    monkeypatch.setattr("time.time", lambda: 1_795_000_000.9)
    take_over(entries, row("1", "unknown", reason="no response"))
    assert entries.decide("1", "sent", "seen in the mailbox", allowed=("unknown",))
    assert not entries.decide("1", "to do", "or not", allowed=("unknown",))
    entry, (event,) = entries.entry("1"), entries.events("1")
    assert entry
    assert (entry.state, entry.reason, entry.ended_at) == ("sent", "seen in the mailbox", 1_795_000_000)
    assert event == (1_795_000_000, "sent", "seen in the mailbox", "eva", None)


def test_decisions_work_without_a_name_of_the_user(entries: RunEntries, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_name() -> str:
        raise OSError("no such user")

    monkeypatch.setattr("getpass.getuser", no_name)
    take_over(entries, "1")
    assert entries.decide("1", "skipped", "by post", allowed=("to do",))
    assert entries.events("1")[0].decided_by == "unknown"


def test_entries_are_found_by_number_and_else_by_id(entries: RunEntries) -> None:
    take_over(entries, row("1", customer_number="2"), row("2", customer_number="A"))
    assert [entry.key for entry in entries.find("2")] == ["1"]
    assert [entry.key for entry in entries.find("1")] == ["1"]
    assert [entry.key for entry in entries.find("A")] == ["2"]
    assert entries.find("none") == []


# Closed runs


def test_a_closed_run_starts_nothing_and_takes_no_list(entries: RunEntries, open_ledger: Open) -> None:
    take_over(entries, row("1", "sent"), row("2", "skipped"))
    entries.close()
    closed = entries.closed
    assert closed
    with pytest.raises(LedgerError, match=r"closed the period 2026-11 on \d{4}-\d\d-\d\d. Nothing was sent."):
        take_over(entries_of(open_ledger()), "3")
    assert set(states_of(entries)) == {"1", "2"}
    entries.close()
    assert entries.closed == closed


def test_a_run_with_an_open_entry_cannot_be_closed(ledger: Ledger) -> None:
    for state in (state for state in STATES if state not in (*DONE, *DECIDED)):
        entries = entries_of(ledger, name=state.replace(" ", "-"))
        take_over(entries, row("1", "sent"), row("2", state))
        with pytest.raises(LedgerError, match="has open entries, so it cannot be closed"):
            entries.close()
        assert entries.closed is None


def test_an_entry_of_a_closed_run_cannot_be_started(entries: RunEntries) -> None:
    take_over(entries, row("1", "sent"))
    entries.close()
    assert entries.decide("1", "to do", "by mistake", allowed=("sent",))
    assert not entries.start("1", "key", entries.ledger.start_session())


# Programs that begin at the same time


def test_programs_that_begin_at_the_same_time_share_one_ledger_account_and_run(location: str) -> None:
    program = """
    entries = entries_of(ledger)
    take_over(entries, "1")
    tell(ledger.accounts("https://api.invoiced.com"), ledger.add_run(entries.key))
    """
    with running(program, location) as first, running(program, location) as second, running(program, location) as third:
        assert told(first) == told(second) == told(third) == "[Account(id=1, name='acme.invoiced.com')] 1"


@pytest.mark.skipif("not hasattr(os, 'fork')", reason="requires os.fork()")
def test_a_forked_process_uses_the_ledger_with_connections_of_its_own(location: str) -> None:
    program = """
    entries, session = entries_of(ledger), ledger.start_session()
    take_over(entries, "1", "2", "3", session=session)
    entries.start("1", "key", session)
    child = os.fork()
    if child == 0:
        own = ledger.start_session()
        for _ in range(20):
            assert states_of(entries)["1"] == "started"
        assert not entries.start("1", "key", own) and entries.start("2", "key", own)
        entries.finish("2", own, SENT, "key")
        session.end()  # a copy, whose end is not that of the session
        own.end()
        os._exit(0)
    for _ in range(20):
        assert states_of(entries)["1"] == "started"
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.is_running(session.id)
    entries.finish("1", session, SENT, "key")
    tell(states_of(entries))
    """
    assert output_of(program, location) == "{'1': 'sent', '2': 'sent', '3': 'to do'}"


@pytest.mark.skipif("not hasattr(os, 'fork')", reason="requires os.fork()")
def test_a_process_forks_while_threads_write(location: str) -> None:
    program = """
    import threading
    entries, session = entries_of(ledger), ledger.start_session()
    take_over(entries, *map(str, range(1000)), session=session)
    started, stop = [], threading.Event()

    def write(keys):
        for key in keys:
            if stop.is_set():
                return
            assert entries.start(str(key), "key", session)
            started.append(key)

    threads = [threading.Thread(target=write, args=(range(first, 1000, 4),)) for first in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        while len(started) < 8:
            time.sleep(0.001)
        child = os.fork()
        if child == 0:
            os._exit(0 if entries.counts()["started"] >= 8 else 1)
        assert os.waitpid(child, 0)[1] == 0
    stop.set()
    for thread in threads:
        thread.join()
    tell(entries.counts()["started"] == len(started))
    """
    assert output_of(program, location) == "True"
