"""Durability of writes: if the emulator is killed, its file has every acknowledged write and no partial write."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import pytest
import requests
from requests.exceptions import ChunkedEncodingError

ROOT = Path(__file__).parents[2]
AUTH = ("key", "")
CALLERS = 4
NO_WRITE = ("", "", 0)

Record = dict[str, Any]


@contextmanager
def emulator(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start an emulator with a data file, and yield its process and URL. Kill the process at the end."""
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
    """A caller that writes its own customers and remembers the responses."""

    def __init__(self, name: str, random_source: random.Random) -> None:
        self._name, self._random, self._writes = name, random_source, 0
        self.customers: dict[int, Record] = {}
        """Customers by ID, as in the last response."""
        self.deleted: set[int] = set()
        self.emails: set[str] = set()
        """IDs of the e-mails in the responses."""
        self.in_flight = NO_WRITE
        """The write in flight when the emulator was killed: its kind, the name it sets, and the ID of the customer."""

    def write(self, session: requests.Session, url: str) -> None:
        """Send a random write and wait for the response. Raises the exceptions of `requests`."""
        self._writes += 1
        name = f"{self._name} {self._writes}"
        kind = self._random.choice(["create", "update", "statement", "delete"] if self.customers else ["create"])
        customer = 0 if kind == "create" else self._random.choice([*self.customers])
        address = f"{url}/customers/{customer}"
        self.in_flight = (kind, name, customer)
        if kind == "create":
            body = {"name": name, "email": "a@example.com", "metadata": {"name": name}}
            created = _body(session.post(f"{url}/customers", json=body), 201)
            self.customers[created["id"]] = created
        elif kind == "update":
            changed = session.patch(address, json={"name": name, "metadata": {"name": name}})
            self.customers[customer] = _body(changed, 200)
        elif kind == "statement":
            to = [{"email": f"{part}@example.com"} for part in "ab"]
            # With a template of its own, it is not dropped if it follows another e-mail to the same addresses.
            body = {"to": to, "subject": name, "template": name}
            (sent,) = _body(session.post(f"{address}/emails", json=body), 201)
            self.emails.add(sent["message_id"])
        else:
            assert session.delete(address).status_code == 204
            del self.customers[customer]
            self.deleted.add(customer)
        self.in_flight = NO_WRITE

    def settle(self, stored: dict[int, Record], outbox: list[Record]) -> None:
        """Check that the write in flight was processed completely or not at all, and update the expected records."""
        (kind, name, customer), self.in_flight = self.in_flight, NO_WRITE
        if kind == "create":
            found = [record for record in stored.values() if record["name"] == name]
            assert [record["metadata"] for record in found] in ([], [{"name": name}])
            self.customers |= {record["id"]: record for record in found}
        elif kind == "update" and stored[customer] != self.customers[customer]:
            assert (stored[customer]["name"], stored[customer]["metadata"]) == (name, {"name": name})
            self.customers[customer] = stored[customer]
        elif kind == "statement":
            sent = [email["message_id"] for email in outbox if email["subject"] == name]
            assert sent in ([], sent[:1] * 2)
            self.emails.update(sent)
        elif kind == "delete" and customer not in stored:
            del self.customers[customer]
            self.deleted.add(customer)
        assert not self.deleted & {*stored}


def _body(response: requests.Response, status: int) -> Any:
    """Return the body without the origin in links, because the port changes with each start."""
    assert response.status_code == status, response.text
    origin = "/".join(response.url.split("/")[:3])
    return json.loads(response.text.replace(origin, ""))


class Writer(Protocol):
    """A caller that sends writes."""

    def write(self, session: requests.Session, url: str) -> None: ...


def write_until_killed(callers: Sequence[Writer], process: subprocess.Popen[str], url: str, writes: int) -> None:
    """Let all callers write at once, and kill the emulator after a number of responses, with writes in flight."""
    reached, remaining = threading.Event(), iter(range(writes - 1))

    def write(caller: Writer) -> None:
        with requests.Session() as session, suppress(requests.ConnectionError, ChunkedEncodingError):
            session.auth = AUTH
            while True:
                caller.write(session, url)
                if next(remaining, None) is None:
                    reached.set()

    with ThreadPoolExecutor(len(callers)) as threads:
        futures = [threads.submit(write, caller) for caller in callers]
        assert reached.wait(30)
        process.kill()
        for future in futures:
            future.result(timeout=30)


def stored_in(session: requests.Session, url: str) -> dict[int, Record]:
    """Return all customers by ID."""
    return {customer["id"]: customer for customer in all_of(session, f"{url}/customers?per_page=100")}


def all_of(session: requests.Session, link: str) -> list[Record]:
    """Return the records of all pages of a list."""
    records: list[Record] = []
    while link:
        page = session.get(link)
        records += _body(page, 200)
        link = page.links.get("next", {}).get("url", "")
    return records


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.long)])
def test_every_acknowledged_write_survives_a_kill_at_any_moment(rounds: int, tmp_path: Path) -> None:
    random_source = random.Random(rounds)
    callers = [Caller(f"Caller {number}", random.Random(number)) for number in range(CALLERS)]
    data = tmp_path / "data.db"
    for _ in range(rounds):
        with emulator(data) as (process, url):
            check(callers, url)
            write_until_killed(callers, process, url, writes=random_source.randint(1, 60))
    with emulator(data) as (_, url):
        check(callers, url)


def check(callers: list[Caller], url: str) -> None:
    """Check that exactly the records that the callers wrote are stored."""
    with requests.Session() as session:
        session.auth = AUTH
        stored, outbox = stored_in(session, url), _body(session.get(f"{url}/_emulator/outbox"), 200)
    for caller in callers:
        caller.settle(stored, outbox)
    assert stored == {id: customer for caller in callers for id, customer in caller.customers.items()}
    expected = [id for caller in callers for id in caller.emails]
    assert sorted(email["message_id"] for email in outbox) == sorted(2 * expected)


class Payer:
    """A caller that creates invoices and pays them in parts, and remembers what was confirmed."""

    def __init__(self, customer: int, random_source: random.Random) -> None:
        self._customer, self._random = customer, random_source
        self.paid: dict[int, int] = {}
        """By invoice, the confirmed payments."""

    def write(self, session: requests.Session, url: str) -> None:
        """Send a random write and wait for the response. Raises the exceptions of `requests`."""
        if not self.paid or self._random.random() < 0.3:
            body = {"customer": self._customer, "items": [{"unit_cost": 50}, {"unit_cost": 50}]}
            self.paid[_body(session.post(f"{url}/invoices", json=body), 201)["id"]] = 0
            return
        invoice = self._random.choice([*self.paid])
        applied = [{"type": "invoice", "invoice": invoice, "amount": 10}]
        payment = {"customer": self._customer, "amount": 10, "applied_to": applied}
        assert session.post(f"{url}/payments", json=payment).status_code == 201
        self.paid[invoice] += 1


@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.long)])
def test_no_document_is_half_there_after_a_kill(rounds: int, tmp_path: Path) -> None:
    random_source, data = random.Random(rounds), tmp_path / "data.db"
    with emulator(data) as (_, url), requests.Session() as session:
        session.auth = AUTH
        for number in range(CALLERS):
            session.post(f"{url}/customers", json={"name": f"Customer {number}"})
    callers = [Payer(number, random.Random(number)) for number in range(1, CALLERS + 1)]
    for _ in range(rounds):
        with emulator(data) as (process, url):
            write_until_killed(callers, process, url, writes=random_source.randint(1, 60))
    with emulator(data) as (_, url), requests.Session() as session:
        session.auth = AUTH
        invoices = all_of(session, f"{url}/invoices?include=amount_paid")
        payments = all_of(session, f"{url}/payments?include=applied_to")
    applied = [part for payment in payments for part in payment["applied_to"]]
    for invoice in invoices:
        paid = sum(part["amount"] for part in applied if part["invoice"] == invoice["id"])
        assert (invoice["amount_paid"], invoice["balance"]) == (paid, 100 - paid)
        assert (invoice["total"], len(invoice["items"]), invoice["paid"]) == (100, 2, paid >= 100)
    amounts = {invoice["id"]: invoice["amount_paid"] for invoice in invoices}
    confirmed = {id: 10 * count for caller in callers for id, count in caller.paid.items()}
    assert all(amounts[id] >= amount for id, amount in confirmed.items())
    # Of each caller, one write at a time may have been processed without a response.
    assert sum(amounts.values()) <= sum(confirmed.values()) + 10 * CALLERS * rounds
