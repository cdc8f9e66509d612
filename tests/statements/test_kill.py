"""Runs whose sender, API or ledger is killed: each customer gets one statement, and no customer is left out."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest
from database_server import DatabaseServer

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Period, RunStopped, Statements

SENDER = Path(__file__).with_name("sender.py")
SEND = "POST /customers/*/emails"


class Size(NamedTuple):
    customers: int
    kills: int


class Storage(NamedTuple):
    """Where the ledger is, and how many programs use it at the same time."""

    server: bool
    senders: int


sizes = pytest.mark.parametrize(
    ("size", "storage"),
    [
        pytest.param(Size(240, 4), Storage(server=False, senders=1), id="SQLite"),
        pytest.param(Size(240, 4), Storage(server=False, senders=2), id="SQLite, two senders"),
        pytest.param(Size(240, 4), Storage(server=True, senders=2), id="PostgreSQL, two senders"),
        pytest.param(Size(10_000, 30), Storage(server=False, senders=1), id="SQLite, long", marks=pytest.mark.long),
        pytest.param(Size(10_000, 10), Storage(server=True, senders=2), id="PostgreSQL, long", marks=pytest.mark.long),
    ],
)


@pytest.fixture
def ledger(storage: Storage, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if storage.server:
        return str(request.getfixturevalue("postgresql").create_database())
    return str(tmp_path / "ledger.sqlite")


def account(path: Path, customers: int) -> Path:
    """Write a snapshot of an account with this number of customers."""
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        client.Customer.create(name="Customer", number="CUST-1", email="office@example.com")
        emulator.snapshot(path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    (customer,) = (line for line in lines if line.get("type") == "customer")
    others = [line for line in lines if line is not customer and line.get("counter") != "id"]
    copies = (
        {**customer, "id": id, "body": {**customer["body"], "id": id, "number": f"CUST-{id}"}}
        for id in range(1, customers + 1)
    )
    content = [{"counter": "id", "last": customers}, *others, *copies]
    path.write_text("".join(json.dumps(line) + "\n" for line in content), encoding="utf-8")
    return path


@contextmanager
def emulator_process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "invoiced.emulator", "--no-idempotency", "--documented-responses", *arguments]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert " listens on " in line, line + process.stdout.read()
        yield process, line.split()[6]
    finally:
        process.kill()
        process.communicate()


class Sender:
    """A program that sends the statements, and tells each result."""

    def __init__(self, url: str, ledger: str) -> None:
        command = [sys.executable, str(SENDER), url, ledger]
        self.process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.printed = list[str]()

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def read(self, lines: int) -> None:
        """Wait for some results, or for the end of the program."""
        assert self.process.stdout is not None
        for _ in range(lines):
            self.printed += filter(None, [self.process.stdout.readline()])

    def kill(self) -> None:
        self.process.kill()
        self.printed += (self.process.communicate()[0] or "").splitlines(keepends=True)

    def finish(self) -> None:
        """Wait until it has sent the rest, or tells why it stopped."""
        output, errors = self.process.communicate(timeout=900)
        assert self.process.returncode == 0, errors
        self.printed += output.splitlines(keepends=True)

    @property
    def problems(self) -> list[str]:
        """What it has printed besides results."""
        return [line for line in self.printed if not line.endswith((" sent\n", " unknown\n", " in flight\n"))]

    @property
    def sent(self) -> set[int]:
        """IDs of the customers whose statement it has printed as sent."""
        return {int(line.split()[0]) for line in self.printed if line.endswith(" sent\n")}


def fetch(url: str, path: str) -> Any:
    with urlopen(Request(f"{url}/_emulator/{path}")) as response:
        return json.loads(response.read())


def times_sent(url: str) -> Counter[int]:
    return Counter(email["customer"] for email in fetch(url, "outbox"))


@contextmanager
def period_of(url: str, ledger: str) -> Iterator[Period]:
    with invoiced.Client("any key", base_url=url).with_options(rate=inf) as client:
        statements = Statements(client, ledger=ledger)
        yield statements.period("2026-11")
        statements.ledger.close()


def assert_once_each(period: Period, sent: Counter[int], customers: int) -> set[Any]:
    """Check that each customer got one statement, or at most one if its outcome is unknown. Return the unknown IDs."""
    outcomes = {result.customer.id: result.outcome for result in period.results()}
    unknown = {id for id, outcome in outcomes.items() if outcome == "unknown"}
    assert set(outcomes) == set(range(1, customers + 1))
    assert {id for id, outcome in outcomes.items() if outcome == "sent"} == set(outcomes) - unknown
    assert {id: sent[id] for id in outcomes if sent[id] != 1 and id not in unknown} == {}
    assert all(sent[id] <= 1 for id in unknown)
    return unknown


def send_the_rest(period: Period, unknown: set[Any], sent: Counter[int]) -> None:
    """Settle what is unknown by the outbox, and send what was not sent."""
    if unknown:
        arrived = {id for id in unknown if sent[id]}
        period.settle(sent=arrived, not_sent=unknown - arrived, reason="seen in the outbox")
    plan = period.plan(period._client.Customer.all(), subject="November")
    period.run(plan)
    assert period.status().complete


@sizes
def test_senders_that_are_killed_repeatedly_send_each_statement_once(
    size: Size, storage: Storage, ledger: str, tmp_path: Path
) -> None:
    generator = random.Random(size.customers)
    snapshot, printed = account(tmp_path / "account.jsonl", size.customers), set[int]()
    with emulator_process("--port", "0", "--load", str(snapshot)) as (_, url):
        for kill in range(size.kills):
            with ExitStack() as running:
                senders = [running.enter_context(Sender(url, ledger)) for _ in range(storage.senders)]
                # A random moment after some results, or while it starts.
                senders[0].read(generator.randrange(size.customers * 2 // size.kills // 3) if kill else 0)
                for sender in senders:
                    time.sleep(generator.uniform(0, 0.004 if kill else 0.3))
                    sender.kill()
                    printed |= sender.sent
        with ExitStack() as running:
            senders = [running.enter_context(Sender(url, ledger)) for _ in range(storage.senders)]
            for sender in senders:
                sender.finish()
                assert not sender.problems
                printed |= sender.sent
        with period_of(url, ledger) as period:
            before = times_sent(url)
            unknown = assert_once_each(period, before, size.customers)
            print(f"{size}, {storage}: {len(unknown)} unknown, of which {sum(before[id] for id in unknown)} sent")
            assert len(unknown) <= 4 * size.kills * storage.senders  # those in flight
            assert not printed & unknown
            with Sender(url, ledger) as sender:
                sender.finish()
            assert times_sent(url) == before  # nothing is left, and what is unknown is not sent again
            send_the_rest(period, unknown, before)
            assert times_sent(url) == dict.fromkeys(range(1, size.customers + 1), 1)


@pytest.mark.parametrize("storage", [Storage(server=False, senders=1)], ids=["SQLite"])
@pytest.mark.parametrize("size", [Size(240, 4), pytest.param(Size(10_000, 20), marks=pytest.mark.long)], ids=str)
def test_with_an_api_that_is_killed_repeatedly_each_statement_is_sent_once(
    size: Size, storage: Storage, ledger: str, tmp_path: Path
) -> None:
    generator, data = random.Random(size.customers), tmp_path / "emulator.db"
    snapshot = account(tmp_path / "account.jsonl", size.customers)
    with emulator_process("--port", "0", "--data", str(data), "--load", str(snapshot)) as (_, url):
        pass
    port = url.rpartition(":")[2]
    for _ in range(size.kills):
        with emulator_process("--port", port, "--data", str(data)) as (api, _), Sender(url, ledger) as sender:
            sender.read(generator.randrange(1, size.customers * 2 // size.kills // 3))
            api.kill()
            api.wait()
            # It notices that, or is killed before.
            time.sleep(generator.uniform(0, 0.1))
    with emulator_process("--port", port, "--data", str(data)):
        with Sender(url, ledger) as sender:
            sender.finish()
            assert not sender.problems
        with period_of(url, ledger) as period:
            sent = times_sent(url)
            unknown = assert_once_each(period, sent, size.customers)
            print(f"{size}: {len(unknown)} unknown, of which {sum(sent[id] for id in unknown)} sent")
            # A process that is being killed may accept four requests more after it has lost those in flight.
            assert len(unknown) <= 8 * size.kills
            send_the_rest(period, unknown, sent)
        assert times_sent(url) == dict.fromkeys(range(1, size.customers + 1), 1)


def test_with_a_database_that_is_stopped_repeatedly_each_statement_is_sent_once(
    postgresql: DatabaseServer, tmp_path: Path
) -> None:
    ledger, generator = postgresql.create_database(), random.Random(7)
    snapshot = account(tmp_path / "account.jsonl", 240)
    with emulator_process("--port", "0", "--load", str(snapshot)) as (_, url):
        for _ in range(4):
            with Sender(url, ledger) as sender:
                sender.read(generator.randrange(10, 30))
                postgresql.end_connections(ledger)
                sender.read(generator.randrange(10, 30))
                postgresql.stop()
                postgresql.start()
                sender.finish()
                assert all("cannot be read or written" in problem for problem in sender.problems), sender.problems
        with period_of(url, ledger) as period:
            send_the_rest(period, {result.customer.id for result in period.unknown()}, times_sent(url))
        assert times_sent(url) == dict.fromkeys(range(1, 241), 1)


@pytest.mark.parametrize("customers", [400, pytest.param(10_000, marks=pytest.mark.long)])
def test_lost_and_refused_requests_never_cause_a_second_statement(
    customers: int, tmp_path: Path, ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoiced.runs.gate.Gate.pause", lambda self, seconds: None)
    snapshot = account(tmp_path / "account.jsonl", customers)
    with Emulator(seed=7, idempotency=False, documented_responses=True) as emulator:
        emulator.load(snapshot)
        share: Any = {"probability": 0.0125, "times": None}
        refused = emulator.fail(SEND, status=429, headers={"Retry-After": "0"}, **share)
        lost = [
            emulator.fail(SEND, status=502, body="<html>Bad Gateway</html>", **share),
            emulator.fail(SEND, connection="reset", **share),
            emulator.fail(SEND, connection="reset", committed=True, **share),
        ]
        with period_of(emulator.url, str(ledger_path)) as period:
            results = list(period.send(period.plan(period._client.Customer.all())))
            assert len(results) == customers
            assert refused.hits
            assert all(rule.hits for rule in lost)
            sent = Counter(email["customer"] for email in emulator.outbox)
            unknown = assert_once_each(period, sent, customers)
            assert len(unknown) == sum(rule.hits for rule in lost)
            assert sum(sent[id] for id in unknown) == lost[2].hits
            # Each request was sent once, except for those that were rate-limited.
            sent_requests = Counter(request.path for request in emulator.requests.to(SEND))
            assert sum(sent_requests.values()) == min(10_000, customers + refused.hits)


def test_rows_do_not_fail_when_the_api_is_unreachable(
    tmp_path: Path, ledger_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("invoiced.runs.gate.Gate.pause", lambda self, seconds: None)
    snapshot = account(tmp_path / "account.jsonl", 20)
    with ExitStack() as stack:
        api, url = stack.enter_context(emulator_process("--port", "0", "--load", str(snapshot)))
        period = stack.enter_context(period_of(url, str(ledger_path)))
        period._concurrency = 2
        results = period.send(period.plan(period._client.Customer.all()))
        next(results)
        api.kill()
        api.wait()
        with pytest.raises(RunStopped, match="no connection to"):
            list(results)
        counts = period._entries_of(period._account.add()).counts()
    assert set(counts) <= {"sent", "unknown", "to do"}
    assert counts.get("unknown", 0) <= 3
