"""Tests of runs whose sender or API is killed: each customer gets one statement, and no customer is left out."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.runs.journal import Journal
from invoiced.statements import RunStopped, StatementRun

SENDER = Path(__file__).with_name("sender.py")
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "statements.py"
SEND = "POST /customers/*/emails"
SHORT, LONG = (240, 4), (10_000, 20)
"""Number of customers, and number of kills."""

sizes = pytest.mark.parametrize(("customers", "kills"), [SHORT, pytest.param(*LONG, marks=pytest.mark.long)])


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


@contextmanager
def sender(url: str, journal: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(SENDER), url, str(journal), *options]
    process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def kill_after(process: subprocess.Popen[str], results: int, generator: random.Random) -> None:
    """Kill the process at a random moment after this number of results, or while it starts."""
    assert process.stdout is not None
    for _ in range(results):
        process.stdout.readline()
    time.sleep(generator.uniform(0, 0.3 if results == 0 else 0.004))  # a random moment, not a wait for an event
    process.kill()
    process.wait()


def finish(url: str, journal: Path, *options: str) -> str:
    with sender(url, journal, *options) as process:
        output, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors
        return output


def fetch(url: str, path: str) -> Any:
    with urlopen(Request(f"{url}/_emulator/{path}")) as response:
        return json.loads(response.read())


def times_sent(url: str) -> Counter[int]:
    return Counter(email["customer"] for email in fetch(url, "outbox"))


def outcome_by_customer(journal: Path) -> dict[Any, str]:
    with invoiced.Client("any key", base_url="http://127.0.0.1:1") as client:
        return {result.customer.id: result.outcome for result in StatementRun(client, journal).results()}


def assert_once_each(journal: Path, sent: Counter[int], customers: int) -> set[int]:
    """Check that each customer got one statement, or at most one if its outcome is unknown. Return the unknown IDs."""
    outcomes = outcome_by_customer(journal)
    unknown = {id for id, outcome in outcomes.items() if outcome == "unknown"}
    assert {id for id, outcome in outcomes.items() if outcome == "sent"} == set(range(1, customers + 1)) - unknown
    assert all(sent[id] == 1 for id in outcomes if id not in unknown)
    assert all(sent[id] <= 1 for id in unknown)
    return unknown


@sizes
def test_a_sender_that_is_killed_repeatedly_sends_each_statement_once(
    customers: int, kills: int, tmp_path: Path
) -> None:
    generator, journal = random.Random(customers), tmp_path / "run.journal"
    snapshot = account(tmp_path / "account.jsonl", customers)
    with emulator_process("--port", "0", "--load", str(snapshot)) as (_, url):
        for kill in range(kills):
            with sender(url, journal) as process:
                kill_after(process, 0 if kill == 0 else generator.randrange(customers * 2 // kills // 3), generator)
        finish(url, journal)
        unknown = assert_once_each(journal, times_sent(url), customers)
        assert len(unknown) <= 4 * kills  # those in flight
        before = times_sent(url)
        finish(url, journal)
        assert times_sent(url) == before  # nothing is left, and unknown rows are not retried by default
        finish(url, journal, "retry_unknown")
        assert set(outcome_by_customer(journal).values()) == {"sent"}
        assert set(times_sent(url)) == set(range(1, customers + 1))
        assert all(count == 1 for id, count in times_sent(url).items() if id not in unknown)


@sizes
def test_with_an_api_that_is_killed_repeatedly_each_statement_is_sent_once(
    customers: int, kills: int, tmp_path: Path
) -> None:
    generator, journal, data = random.Random(customers), tmp_path / "run.journal", tmp_path / "emulator.db"
    snapshot = account(tmp_path / "account.jsonl", customers)
    with emulator_process("--port", "0", "--data", str(data), "--load", str(snapshot)) as (_, url):
        pass
    port = url.rpartition(":")[2]
    for _ in range(kills):
        with emulator_process("--port", port, "--data", str(data)) as (api, _), sender(url, journal) as process:
            assert process.stdout is not None
            for _ in range(generator.randrange(1, customers * 2 // kills // 3)):
                process.stdout.readline()
            api.kill()
            api.wait()
            if generator.random() < 0.5:
                process.kill()  # otherwise it waits for the API, and reports that it cannot connect
    with emulator_process("--port", port, "--data", str(data)):
        finish(url, journal)
        unknown = assert_once_each(journal, times_sent(url), customers)
    # A process that is being killed may accept four requests more after it has lost those in flight.
    assert len(unknown) <= 8 * kills


def without_waits(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    monkeypatch.setattr("invoiced.runs.rate_limiter.RateLimiter.pause", lambda self, seconds: None)
    return monkeypatch.undo


@pytest.mark.parametrize("customers", [400, pytest.param(10_000, marks=pytest.mark.long)])
def test_lost_and_refused_requests_never_cause_a_second_statement(
    customers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waits(monkeypatch)
    snapshot, journal = account(tmp_path / "account.jsonl", customers), tmp_path / "run.journal"
    with (
        Emulator(seed=7, idempotency=False, documented_responses=True) as emulator,
        invoiced.Client("any key", base_url=emulator.url) as client,
    ):
        emulator.load(snapshot)
        share: Any = {"probability": 0.0125, "times": None}
        refused = emulator.fail(SEND, status=429, headers={"Retry-After": "0"}, **share)
        lost = [
            emulator.fail(SEND, status=502, body="<html>Bad Gateway</html>", **share),
            emulator.fail(SEND, connection="reset", **share),
            emulator.fail(SEND, connection="reset", committed=True, **share),
        ]
        results = list(StatementRun(client, journal, rate=None).send(client.Customer.all()))
        assert len(results) == customers
        assert refused.hits
        assert all(rule.hits for rule in lost)
        sent = Counter(email["customer"] for email in emulator.outbox)
        unknown = assert_once_each(journal, sent, customers)
        assert len(unknown) == sum(rule.hits for rule in lost)
        assert sum(sent[id] for id in unknown) == lost[2].hits
        # Each request was sent once, except for those that were rate-limited.
        sent_requests = Counter(request.path for request in emulator.requests.to(SEND))
        assert sum(sent_requests.values()) == min(10_000, customers + refused.hits)


def test_rows_do_not_fail_when_the_api_is_unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)
    snapshot, journal = account(tmp_path / "account.jsonl", 20), tmp_path / "run.journal"
    with emulator_process("--port", "0", "--load", str(snapshot)) as (api, url):
        with invoiced.Client("any key", base_url=url) as client:
            run = StatementRun(client, journal, rate=None, concurrency=2)
            results = run.send(client.Customer.all())
            next(results)
            api.kill()
            api.wait()
            with pytest.raises(RunStopped, match="no connection to"):
                list(results)
    with closing(Journal(journal)) as opened:
        assert set(opened.counts()) <= {"sent", "unknown", "waiting", "to do"}
        assert opened.counts()["unknown"] <= 3


def peak_megabytes_of(output: str) -> float:
    (line,) = (line for line in output.splitlines() if line.startswith("peak memory"))
    return float(line.split()[2])


@pytest.mark.long
def test_a_run_with_100_000_recipients_takes_less_than_150_megabytes() -> None:
    process = subprocess.run([sys.executable, str(BENCHMARK)], capture_output=True, text=True, check=True)
    print(process.stdout)
    assert peak_megabytes_of(process.stdout) < 150


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only")
def test_the_memory_of_a_run_does_not_include_that_of_its_parent_process() -> None:
    program = f"""
import subprocess, sys
memory = b"x" * 300_000_000
subprocess.run([sys.executable, {str(BENCHMARK)!r}, "10"], check=True)
"""
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert peak_megabytes_of(process.stdout) < 150
