"""Tests of the wait between two runs that send statements to the same customers."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.imports import ContactImport
from invoiced.runs.rate_limiter import RateLimiter
from invoiced.statements import StatementRun


@pytest.fixture(params=[False, True], ids=["as the service responds", "as documented"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(documented_responses=request.param) as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        for number in (1, 2, 3):
            client.Customer.create(name=f"Customer {number}", email=f"{number}@example.com")
        yield client


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> list[float]:
    """Return the pauses of runs. They only take time on the emulator's clock."""
    recorded: list[float] = []

    def pause(self: RateLimiter, seconds: float) -> None:
        if seconds:
            recorded.append(seconds)
            emulator.advance(seconds)

    monkeypatch.setattr(RateLimiter, "pause", pause)
    return recorded


def send(client: invoiced.Client, journal: Path, customers: Any, **content: Any) -> list[str]:
    """Send statements, and return the outcomes."""
    run = StatementRun(client, journal, rate=None)
    return [result.outcome for result in run.send(customers, **content)]


def sent(emulator: Emulator) -> list[tuple[int, str]]:
    return [(email["customer"], email["type"]) for email in emulator.outbox]


def test_a_run_waits_until_no_statement_to_the_same_customers_is_dropped(
    client: invoiced.Client, emulator: Emulator, pauses: list[float], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(client, tmp_path / "a", [1, 2], type="open_item") == ["sent"] * 2
    assert send(client, tmp_path / "b", [2, 3], type="balance_forward") == ["sent"] * 2
    (pause,) = pauses
    assert 300 < pause <= 330
    assert sorted(sent(emulator)) == [
        (1, "open_item"),
        (2, "balance_forward"),
        (2, "open_item"),
        (3, "balance_forward"),
    ]
    assert "would drop its statements without an error" in caplog.text


def test_a_statement_with_an_unknown_outcome_counts(
    client: invoiced.Client, emulator: Emulator, pauses: list[float], tmp_path: Path
) -> None:
    emulator.fail("POST /customers/1/emails", connection="reset", committed=True)
    assert send(client, tmp_path / "a", [1], type="open_item") == ["unknown"]
    assert send(client, tmp_path / "b", [1], type="balance_forward") == ["sent"]
    assert len(pauses) == 1
    assert sent(emulator) == [(1, "open_item"), (1, "balance_forward")]


def test_a_resumed_run_waits_for_the_rows_that_are_left(
    client: invoiced.Client, emulator: Emulator, pauses: list[float], tmp_path: Path
) -> None:
    emulator.fail("POST /customers/1/emails", status=400)
    assert sorted(send(client, tmp_path / "a", [1, 2])) == ["failed", "sent"]
    assert send(client, tmp_path / "b", [2], template="other") == ["sent"]
    assert send(client, tmp_path / "c", [1], type="open_item") == ["sent"]
    assert pauses == []
    assert send(client, tmp_path / "a", [1, 2]) == ["sent"]
    assert len(pauses) == 1
    assert [customer for customer, _ in sent(emulator)].count(1) == 2


def test_a_run_does_not_wait_for_statements_that_do_not_matter(
    client: invoiced.Client, emulator: Emulator, pauses: list[float], tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    send(client, tmp_path / "other customers", [1])
    send(client, tmp_path / "other template", [2], template="other")
    send(client, tmp_path / "elsewhere" / "other folder", [2])
    emulator.fail("POST /customers/2/emails", status=400)
    send(client, tmp_path / "failed", [2])
    row = {"customer_id": 2, "name": "Nancy", "email": "nancy@example.com"}
    list(ContactImport(client, tmp_path / "contacts", rate=None).load([row]))
    with Emulator() as other, invoiced.Client("any key", base_url=other.url) as other_client:
        for number in (1, 2):
            other_client.Customer.create(name="Other", email=f"{number}@example.com")
        send(other_client, tmp_path / "other account", [2])
    emulator.advance(300)  # the folder elsewhere
    send(client, tmp_path / "a", [2])
    assert pauses == []


def test_a_run_does_not_wait_for_a_journal_that_is_old(
    client: invoiced.Client, pauses: list[float], tmp_path: Path
) -> None:
    send(client, tmp_path / "a", [1])
    an_hour_ago = time.time() - 3600
    os.utime(tmp_path / "a", (an_hour_ago, an_hour_ago))
    send(client, tmp_path / "b", [1])
    assert pauses == []


def test_other_files_in_the_folder_are_ignored(client: invoiced.Client, pauses: list[float], tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("number,subject\n" * 100)
    (tmp_path / "folder").mkdir()
    with closing(sqlite3.connect(tmp_path / "other database")) as connection:
        connection.execute("CREATE TABLE run (body)")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert send(client, tmp_path / "a", [1]) == ["sent"]
    assert before.items() <= {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}.items()
    assert pauses == []


def test_a_journal_in_use_is_logged(client: invoiced.Client, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = StatementRun(client, tmp_path / "a", rate=None, concurrency=1).send([1, 2])
    next(first)
    with caplog.at_level(logging.WARNING, logger="invoiced"):
        send(client, tmp_path / "b", [3])
    first.close()
    assert f"The journal {tmp_path / 'a'} is in use" in caplog.text
