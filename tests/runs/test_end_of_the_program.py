"""Runs in threads that outlive the main thread, in daemon threads and in exit handlers."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

BEFORE = """
import atexit, sys, threading, time, invoiced
from invoiced.emulator import Emulator
from invoiced.runs import RunStopped
from invoiced.statements import StatementDownload, Statements

emulator = Emulator().start()
client = invoiced.Client("any key", base_url=emulator.url)
customers = [client.Customer.create(name=f"{i}", email=f"{i}@example.com") for i in range(8)]

def send(rate=5):
    period = Statements(client.with_options(rate=rate), concurrency=2, ledger=sys.argv[1]).period("2026-11")
    try:
        for result in period.send(period.plan(customers)):
            print(result.outcome, flush=True)
    except RunStopped as error:
        print("stopped:", error, flush=True)

def download():
    try:
        for result in StatementDownload(client, sys.argv[1], period="2026-11", concurrency=2).fetch(customers):
            print(result.outcome, flush=True)
    except RunStopped as error:
        print("stopped:", error, flush=True)
"""

ENDS = {
    "a run that begins late": """
def late():
    threading.main_thread().join()
    send()
threading.Thread(target=late).start()
""",
    "a running run": """
threading.Thread(target=send).start()
while not emulator.outbox: time.sleep(0.01)
""",
    "an exit handler": "atexit.register(send)",
    "a download that begins late": """
def late():
    threading.main_thread().join()
    download()
threading.Thread(target=late).start()
""",
}


def ran(program: str, path: Path) -> list[str]:
    completed = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEFORE + textwrap.dedent(program), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (completed.returncode, completed.stderr) == (0, "")
    return completed.stdout.splitlines()


@pytest.mark.parametrize("program", ENDS.values(), ids=ENDS.keys())
def test_a_run_stops_when_the_main_thread_has_ended_and_can_be_continued(program: str, tmp_path: Path) -> None:
    ledger = tmp_path / "run"
    *outcomes, reason = ran(program, ledger)
    assert set(outcomes) <= {"sent"}
    assert reason.startswith("stopped: The run stopped because the main thread of the program has ended")
    if "download" not in program:
        with closing(sqlite3.connect(ledger)) as connection:
            counts = dict(connection.execute("SELECT state, count(*) FROM invoiced_entries GROUP BY state"))
        assert counts.get("sent", 0) == len(outcomes)
        assert counts["to do"] == 8 - len(outcomes)


def test_the_last_rows_are_completed_or_the_run_stops(tmp_path: Path) -> None:
    program = """
    customers = customers[:2]
    threading.Thread(target=send, kwargs={"rate": 1}).start()
    while not emulator.outbox: time.sleep(0.01)
    """
    first, second = ran(program, tmp_path / "run")
    assert first == "sent"
    assert second == "sent" or second.startswith("stopped: ")  # Python versions differ in what ends first


def test_a_run_in_a_thread_that_is_joined_is_completed(tmp_path: Path) -> None:
    program = (
        "thread = threading.Thread(target=send, kwargs={'rate': 1000}, daemon=True); thread.start(); thread.join()"
    )
    assert ran(program, tmp_path / "run") == ["sent"] * 8
