from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator


class Copy:
    """The database that the program writes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _select(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._path)) as copy:
            return copy.execute(query).fetchall()

    @property
    def names(self) -> dict[int, str]:
        return {id: json.loads(fields)["name"] for id, fields in self._select("SELECT id, fields FROM customers")}

    @property
    def checkpoints(self) -> list[int]:
        return [began for (began,) in self._select("SELECT began FROM runs ORDER BY rowid")]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "customers.db")


def test_the_first_run_copies_all_customers_and_the_second_only_changes_since_its_start(
    run: Any, copy: Copy, tmp_path: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    start = time.time()
    invoiced_emulator.set_time(start - 3600)
    acme = invoiced_client.Customer.create(name="Acme")
    invoiced_client.Customer.create(name="Beta")
    completed = run("sync_changes.py", "customers.db")
    assert (completed.stdout, completed.stderr, completed.returncode) == ("", "", 0)
    assert copy.names == {1: "Acme", 2: "Beta"}
    assert os.name == "nt" or (tmp_path / "customers.db").stat().st_mode & 0o777 == 0o600
    invoiced_emulator.set_time(start)
    acme.save(name="Acme Corp")
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert copy.names == {1: "Acme Corp", 2: "Beta"}
    first, second = invoiced_emulator.requests.to("GET /customers")
    assert "updated_after" not in first.query
    assert start - 3600 < int(second.query["updated_after"]) == copy.checkpoints[0] < start


def test_the_next_run_finds_a_change_made_during_the_loop_even_if_the_clock_of_the_api_is_slow(
    run: Any, copy: Copy, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.set_time(time.time() - 30)
    invoiced_client.Customer.create(name="Acme")
    invoiced_emulator.fail("GET /customers", changes=[["PATCH", "/customers/1", {"name": "Acme Corp"}]])
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert copy.names == {1: "Acme"}
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert copy.names == {1: "Acme Corp"}


def test_an_error_in_the_loop_keeps_the_checkpoint_and_the_next_run_finds_all_changes(
    run: Any, copy: Copy, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    customers = [invoiced_client.Customer.create(name="Before") for _ in range(101)]
    run("sync_changes.py", "customers.db")
    before = copy.checkpoints
    customers[100].save(name="After")
    invoiced_emulator.fail("GET /customers", query={"page": 2}, status=403)
    completed = run("sync_changes.py", "customers.db")
    assert completed.returncode == 1
    assert "failed with status 403" in completed.stderr
    assert copy.checkpoints == before
    assert copy.names[101] == "Before"
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert len(copy.checkpoints) == 2
    assert copy.names == {**dict.fromkeys(range(1, 101), "Before"), 101: "After"}


def test_a_list_that_may_be_incomplete_is_stored_but_keeps_the_checkpoint(
    run: Any, copy: Copy, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_client.Customer.create(name="Acme")
    invoiced_emulator.fail("GET /customers", headers={"X-Total-Count": "2"}, times=2)
    completed = run("sync_changes.py", "customers.db")
    assert (completed.stdout, completed.returncode) == ("", 1)
    assert completed.stderr == "/customers may be incomplete: it kept changing; 1 of 2 records were read\n"
    assert copy.names == {1: "Acme"}
    assert copy.checkpoints == []
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert "updated_after" not in invoiced_emulator.requests[-1].query


def test_a_second_run_cannot_start_during_the_first(
    run: Any, copy: Copy, tmp_path: Path, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    errors: list[str] = []

    def begin() -> None:
        with closing(sqlite3.connect(tmp_path / "customers.db", timeout=0)) as second:
            try:
                second.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                errors.append(str(error))

    invoiced_client.Customer.create(name="Acme")
    invoiced_emulator.fail("GET /customers", changes=begin)
    assert run("sync_changes.py", "customers.db").returncode == 0
    assert errors == ["database is locked"]
    assert copy.names == {1: "Acme"}
