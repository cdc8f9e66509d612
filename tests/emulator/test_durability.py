"""The emulator is killed while it writes: what it answered is in the file, and nothing is there by halves."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.exceptions import ChunkedEncodingError

ROOT = Path(__file__).parents[2]
AUTH = ("key", "")
CALLERS = 4
NOTHING = ("", "", 0)

Record = dict[str, Any]


@contextmanager
def emulator(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that keeps its records in the file, and its address. It ends by being killed."""
    command = [sys.executable, "-m", "invoiced.emulator", "--port", "0", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert " listens on " in line, process.communicate()
        yield process, line.split()[6]
    finally:
        process.kill()
        process.communicate()


class Caller:
    """Writes customers of its own, and remembers what was answered."""

    def __init__(self, name: str, chance: random.Random) -> None:
        self._name, self._chance, self._turn = name, chance, 0
        self.customers: dict[int, Record] = {}
        """As they were last answered."""
        self.deleted: set[int] = set()
        self.emails: set[str] = set()
        """The IDs of those that were answered."""
        self.connection_error_for = NOTHING
        """The write under way when the emulator was killed: its kind, its name, and the customer it is about."""

    def write(self, session: requests.Session, url: str) -> None:
        """One write of any kind, answered before it returns. Raises what `requests` raises if it was not."""
        self._turn += 1
        name = f"{self._name} {self._turn}"
        kind = self._chance.choice(["create", "update", "statement", "delete"] if self.customers else ["create"])
        customer = 0 if kind == "create" else self._chance.choice([*self.customers])
        address = f"{url}/customers/{customer}"
        self.connection_error_for = (kind, name, customer)
        if kind == "create":
            body = {"name": name, "email": "a@example.com", "metadata": {"name": name}}
            created = _answered(session.post(f"{url}/customers", json=body), 201)
            self.customers[created["id"]] = created
        elif kind == "update":
            changed = session.patch(address, json={"name": name, "metadata": {"name": name}})
            self.customers[customer] = _answered(changed, 200)
        elif kind == "statement":
            to = [{"email": f"{part}@example.com"} for part in "ab"]
            sent = _answered(session.post(f"{address}/emails", json={"to": to, "subject": name}), 201)
            self.emails |= {email["id"] for email in sent}
        else:
            assert session.delete(address).status_code == 204
            del self.customers[customer]
            self.deleted.add(customer)
        self.connection_error_for = NOTHING

    def settle(self, stored: dict[int, Record], outbox: list[Record]) -> None:
        """Checks that each answered write is there, and the connection_error_for one wholly or not at all."""
        (kind, name, customer), self.connection_error_for = self.connection_error_for, NOTHING
        if kind == "create":
            found = [record for record in stored.values() if record["name"] == name]
            assert [record["metadata"] for record in found] in ([], [{"name": name}])
            self.customers |= {record["id"]: record for record in found}
        elif kind == "update" and stored[customer] != self.customers[customer]:
            assert (stored[customer]["name"], stored[customer]["metadata"]) == (name, {"name": name})
            self.customers[customer] = stored[customer]
        elif kind == "statement":
            sent = {email["id"] for email in outbox if email["subject"] == name}
            assert len(sent) in {0, 2}
            self.emails |= sent
        elif kind == "delete" and customer not in stored:
            del self.customers[customer]
            self.deleted.add(customer)
        assert not self.deleted & {*stored}


def _answered(answer: requests.Response, status: int) -> Any:
    """What was answered. Links to statements are without the port, which is another after each start."""
    assert answer.status_code == status, answer.text
    origin = "/".join(answer.url.split("/")[:3])
    return json.loads(answer.text.replace(origin, ""))


def write_until_killed(callers: list[Caller], process: subprocess.Popen[str], url: str, writes: int) -> None:
    """All callers write at once; after so many answers, the emulator is killed among the writes under way."""
    reached, answered = threading.Event(), iter(range(writes - 1))

    def write(caller: Caller) -> None:
        with requests.Session() as session, suppress(requests.ConnectionError, ChunkedEncodingError):
            session.auth = AUTH
            while True:
                caller.write(session, url)
                if next(answered, None) is None:
                    reached.set()

    with ThreadPoolExecutor(len(callers)) as threads:
        writing = [threads.submit(write, caller) for caller in callers]
        assert reached.wait(30)
        process.kill()
        for one in writing:
            one.result(timeout=30)


def stored_in(session: requests.Session, url: str) -> dict[int, Record]:
    """All customers by ID."""
    customers: list[Record] = []
    link = f"{url}/customers?per_page=100"
    while link:
        page = session.get(link)
        customers += _answered(page, 200)
        link = page.links.get("next", {}).get("url", "")
    return {customer["id"]: customer for customer in customers}


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.long)])
def test_every_answered_write_survives_a_kill_at_any_moment(rounds: int, tmp_path: Path) -> None:
    chance = random.Random(rounds)
    callers = [Caller(f"Caller {number}", random.Random(number)) for number in range(CALLERS)]
    data = tmp_path / "data.db"
    for _ in range(rounds):
        with emulator(data) as (process, url):
            check(callers, url)
            write_until_killed(callers, process, url, writes=chance.randint(1, 60))
    with emulator(data) as (_, url):
        check(callers, url)


def check(callers: list[Caller], url: str) -> None:
    """What is stored is what the callers know of, and nothing else."""
    with requests.Session() as session:
        session.auth = AUTH
        stored, outbox = stored_in(session, url), _answered(session.get(f"{url}/_emulator/outbox"), 200)
    for caller in callers:
        caller.settle(stored, outbox)
    assert stored == {id: customer for caller in callers for id, customer in caller.customers.items()}
    assert sorted(email["id"] for email in outbox) == sorted(id for caller in callers for id in caller.emails)
