"""Signals that stop `invoiced statements send` and imports, sent to a real process whose requests hang."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Statements

from .conftest import Run, Start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

SEND = "POST /customers/*/emails"
CREATE = "POST /invoices"
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)] if sys.platform != "win32" else []
WORDS = ("statements", "send", "2026-11", "--all", "--type", "open_item", "--yes")
FAST = ("--rate", "1000", "--concurrency", "2")


@pytest.fixture(autouse=True)
def customers(account: invoiced.Client) -> list[invoiced.Customer]:
    return [account.Customer.create(name=f"Customer {n}", email=f"{n}@example.com") for n in range(1, 6)]


@pytest.fixture
def invoices(tmp_path: Path) -> Path:
    path = tmp_path / "invoices.csv"
    rows = (f"{number},{number},Support,10\n" for number in range(1, 6))
    path.write_text(f"reference,customer_id,name,unit_cost\n{''.join(rows)}")
    return path


def addressees(emulator: Emulator) -> list[int]:
    return sorted(email["customer"] for email in emulator.outbox)


def lines_until(process: subprocess.Popen[str], part: str) -> str:
    """Return what a process writes to stderr, up to the line that contains a text."""
    assert process.stderr
    shown = ""
    for line in process.stderr:
        shown += line
        if part in line:
            return shown
    raise AssertionError(shown)


def wait_for_two_in_flight(emulator: Emulator, process: subprocess.Popen[str], request: str = SEND) -> None:
    wait_until(lambda: len(emulator.requests.to(request)) >= 2, process)


def outcomes(file: Path) -> list[str]:
    """Return the outcomes in a result file."""
    with file.open(newline="", encoding="utf-8-sig") as stream:
        return sorted(row["outcome"] for row in csv.DictReader(stream))


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: getattr(value, "name", None))
def test_a_signal_completes_requests_in_flight_and_ends_with_a_summary(
    number: signal.Signals, status: int, start: Start, run: Run, emulator: Emulator
) -> None:
    answer = threading.Event()
    emulator.fail(SEND, changes=lambda: answer.wait(60) and None, times=2)
    process = start(*WORDS, *FAST)
    wait_for_two_in_flight(emulator, process)
    process.send_signal(number)
    shown = lines_until(process, "Stopping")
    answer.set()
    output, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert shown.endswith("\nStopping: 2 in flight, up to 60 s; again to leave them unknown.\n")
    assert "Traceback" not in shown + errors
    assert output.splitlines() == [
        "2 sent, 3 to do",
        "3 are left. They are named, with the reason, by: invoiced statements status 2026-11",
    ]
    assert addressees(emulator) == [1, 2]
    assert run(*WORDS, *FAST).exit_code == 0
    assert addressees(emulator) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: getattr(value, "name", None))
def test_a_second_signal_leaves_requests_that_hang_unknown_and_ends_at_once(
    number: signal.Signals, status: int, start: Start, run: Run, emulator: Emulator, account: invoiced.Client
) -> None:
    emulator.fail(SEND, connection="hang", times=2)
    process = start(*WORDS, *FAST)
    wait_for_two_in_flight(emulator, process)
    process.send_signal(number)
    shown = lines_until(process, "Stopping: 2 in flight")
    assert process.poll() is None
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)  # less than the 60 s for which a response is awaited
    assert process.returncode == status
    assert "Left 2 in flight: they are unknown." in errors.splitlines()
    assert "Traceback" not in shown + errors
    assert output.splitlines()[0] == "3 to do, 2 unknown"
    unknown = Statements(account).period("2026-11").unknown()
    assert [result.customer.id for result in unknown] == [1, 2]
    again = run(*WORDS, *FAST)
    assert (again.exit_code, again.stdout.splitlines()[0]) == (1, "3 sent, 2 unknown")
    assert addressees(emulator) == [3, 4, 5]


def test_a_result_file_is_written_when_the_run_was_stopped(start: Start, emulator: Emulator, tmp_path: Any) -> None:
    emulator.fail(SEND, connection="hang", times=2)
    result = tmp_path / "result.csv"
    process = start(*WORDS, *FAST, "--result", result)
    wait_for_two_in_flight(emulator, process)
    assert not result.exists()
    process.send_signal(signal.SIGTERM)
    lines_until(process, "Stopping: 2 in flight")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130  # as of the last signal
    assert outcomes(result) == ["to do", "to do", "to do", "unknown", "unknown"]


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: getattr(value, "name", None))
def test_a_signal_stops_an_import_in_the_same_way(
    number: signal.Signals, status: int, start: Start, run: Run, emulator: Emulator, invoices: Path
) -> None:
    answer, words = threading.Event(), ("invoices", "import", invoices, "--yes", *FAST)
    emulator.fail(CREATE, changes=lambda: answer.wait(60) and None, times=2)
    process = start(*words, "--result", invoices.with_name("result.csv"))
    wait_for_two_in_flight(emulator, process, CREATE)
    process.send_signal(number)
    shown = lines_until(process, "Stopping")
    answer.set()
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (status, "2 created, 3 to do\n")
    assert shown.endswith("\nStopping: 2 in flight, up to 60 s; again to leave them unknown.\n")
    assert "Traceback" not in shown + errors
    assert outcomes(invoices.with_name("result.csv")) == ["created", "created", "to do", "to do", "to do"]
    again = run(*words)
    assert (again.exit_code, again.stdout) == (0, "5 created\n")
    references = [request.body["metadata"]["reference"] for request in emulator.requests.to(CREATE)]
    assert sorted(references) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: getattr(value, "name", None))
def test_a_second_signal_leaves_what_an_import_has_in_flight(
    number: signal.Signals, status: int, start: Start, emulator: Emulator, invoices: Path
) -> None:
    emulator.fail(CREATE, connection="hang", times=2)
    process = start("invoices", "import", invoices, "--yes", *FAST)
    wait_for_two_in_flight(emulator, process, CREATE)
    process.send_signal(number)
    lines_until(process, "Stopping: 2 in flight")
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)  # less than the 60 s for which a response is awaited
    assert (process.returncode, output) == (status, "3 to do, 2 unknown\n")
    assert "Left 2 in flight: they are unknown." in errors.splitlines()
    assert "Traceback" not in errors


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=lambda value: getattr(value, "name", None))
def test_a_signal_while_the_run_is_planned_ends_the_program(
    number: signal.Signals, status: int, start: Start, emulator: Emulator
) -> None:
    emulator.fail("GET /customers", connection="hang", times=None)
    process = start(*WORDS, *FAST)
    wait_until(lambda: emulator.requests.to("GET /customers"), process)
    process.send_signal(number)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (status, "", "Interrupted.\n")


def test_a_signal_that_the_program_was_started_to_ignore_stays_ignored(start: Start, emulator: Emulator) -> None:
    emulator.fail(SEND, latency=1, times=2)
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as by nohup
    try:
        process = start(*WORDS, *FAST)
    finally:
        signal.signal(signal.SIGHUP, previous)
    wait_for_two_in_flight(emulator, process)
    os.kill(process.pid, signal.SIGHUP)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "5 sent\n")
    assert addressees(emulator) == [1, 2, 3, 4, 5]
