"""Entries of a ledger, as tests need them, and programs that use a ledger."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from invoiced.ledger import Ledger
from invoiced.ledger.ledger import RunKey, Session
from invoiced.ledger.run_entries import RunEntries

SENT = {"state": "sent", "reason": "", "details": "{}"}
"""The outcome of a request."""


def entries_of(ledger: Ledger, period: str = "2026-11", name: str = "") -> RunEntries:
    """Return the entries of a run."""
    account = ledger.add_account("https://api.invoiced.com", "acme.invoiced.com")
    return RunEntries(ledger, RunKey(account.id, "statements", period, name))


def row(key: str, state: str = "to do", **values: Any) -> dict[str, Any]:
    """Return a row of a list."""
    customer = {"customer_id": key, "customer_number": f"C-{key}", "customer_name": None, "customer_email": None}
    other = {"row_number": 1, "created_at": 1, "request": "{}", "reason": ""}
    return {"key": key, "state": state, **customer, **other, **values}


def take_over(entries: RunEntries, *rows: dict[str, Any] | str, session: Session | None = None, **options: Any) -> None:
    """Take over a list of rows, or keys, in a session that ends at once unless it is given."""
    of_list = session or entries.ledger.start_session()
    entries.replace_list((row(each) if isinstance(each, str) else each for each in rows), of_list, "{}", **options)
    if session is None:
        of_list.end()


def states_of(entries: RunEntries) -> dict[str, str]:
    """Return the state of each entry."""
    return {entry.key: entry.state for entry in entries.read()}


BEFORE = """
import os, sys, time
from invoiced.ledger import Ledger, LedgerError
from ledger_entries import SENT, entries_of, row, states_of, take_over

def tell(*texts):
    print(*texts, flush=True)

location = sys.argv[1]
ledger = Ledger(location) if location else None
"""


@contextmanager
def running(
    program: str, location: str, *arguments: str, before: Sequence[str] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Run a program that uses a ledger, in a command that begins with `before`. It is killed at the end."""
    code, path = BEFORE + textwrap.dedent(program), os.pathsep.join([str(Path(__file__).parent), *sys.path])
    process = subprocess.Popen(
        [*before, sys.executable, "-c", code, location, *arguments],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> str:
    """Return the next line that a program tells."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate()[1])
    return line.strip()


def output_of(program: str, location: str, *arguments: str, before: Sequence[str] = ()) -> str:
    """Return what a program tells until it ends."""
    with running(program, location, *arguments, before=before) as process:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        return output.strip()
