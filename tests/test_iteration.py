"""Iteration over lists that change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
import pytest
import requests
from fuzzing import fuzz
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import invoiced
from invoiced.emulator import Emulator


class ChangingList(RuleBasedStateMachine):
    """A program that iterates over all customers while another program creates, updates and deletes customers.

    The model consists of the IDs of the customers that exist, and of those that existed throughout the iteration.
    """

    sort = "id desc"

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator()
        session = requests.Session()
        session.mount("https://", self.emulator.adapter())
        self.client = invoiced.Client("key", session=session)
        session.hooks["response"].append(self.check_visibility)
        self.existing: set[int] = set()
        self.throughout: set[int] = set()
        self.yielded: list[int] = []
        self.created = self.deleted = False
        self.deletions_hidden = False
        self.finished = False
        self.names = iter(range(10**6))

    def check_visibility(self, response: requests.Response, **_: object) -> None:
        """Note whether deletions may be invisible: the total count hides them if customers were created as well."""
        if response.request.method == "GET":
            self.deletions_hidden = self.deletions_hidden or (self.created and self.deleted)
            self.created = self.deleted = False

    @initialize(size=st.integers(0, 12), per_page=st.integers(1, 4))
    def begin(self, size: int, per_page: int) -> None:
        for _ in range(size):
            self.create("m")
        self.throughout = set(self.existing)
        self.created = False
        self.loop = self.client.Customer.all(per_page=per_page, sort=self.sort)

    @rule(initial=st.sampled_from("amz"))
    def create(self, initial: str) -> None:
        self.existing.add(self.client.Customer.create(name=f"{initial}{next(self.names)}").id)
        self.created = True

    @precondition(lambda self: self.existing)
    @rule(place=st.integers(0, 100), number=st.integers(1, 6))
    def delete(self, place: int, number: int) -> None:
        for _ in range(min(number, len(self.existing))):
            self.remove(sorted(self.existing)[place % len(self.existing)])

    @precondition(lambda self: self.yielded and self.yielded[-1] in self.existing)
    @rule()
    def delete_last_yielded(self) -> None:
        self.remove(self.yielded[-1])

    @precondition(lambda self: self.existing)
    @rule(place=st.integers(0, 100))
    def update(self, place: int) -> None:
        invoiced.Customer(self.client, sorted(self.existing)[place % len(self.existing)]).save(notes="changed")

    @rule(steps=st.integers(1, 5))
    def advance(self, steps: int) -> None:
        for _ in range(steps):
            customer = next(self.loop, None)
            if customer is None:
                self.finished = True
                break
            self.yielded.append(customer.id)

    def remove(self, id: int) -> None:
        invoiced.Customer(self.client, id).delete()
        self.existing.discard(id)
        self.throughout.discard(id)
        self.deleted = True

    @invariant()
    def check_no_duplicates(self) -> None:
        assert len(self.yielded) == len(set(self.yielded))

    def teardown(self) -> None:
        expected = set(self.throughout)
        while not self.finished:
            self.advance(1)
        self.check_no_duplicates()
        if self.sort == "id desc" or not self.deletions_hidden:
            assert expected <= set(self.yielded)


@pytest.mark.parametrize("interleavings", [25, pytest.param(3000, marks=pytest.mark.long)])
@pytest.mark.parametrize("order", ["id desc", "id asc", "name asc"])
def test_every_customer_that_exists_throughout_is_yielded_exactly_once(order: str, interleavings: int) -> None:
    machine = type("Machine", (ChangingList,), {"sort": order})
    chosen = settings(max_examples=interleavings, derandomize=interleavings == 25, stateful_step_count=30)
    run_state_machine_as_test(machine, settings=settings(chosen, database=None, deadline=None))


# Fetching all changes since a checkpoint, as described in the README. During an iteration, customers either leave the
# list or join it, because the total count does not reveal both between the same two pages.

CHANGES = st.lists(st.tuples(st.sampled_from(["create", "edit", "delete", "wait"]), st.integers(0, 100)), max_size=4)


@fuzz(
    50, runs=st.lists(st.tuples(st.lists(CHANGES, max_size=8), st.booleans()), max_size=3), per_page=st.integers(1, 3)
)
def test_incremental_synchronization_misses_no_change(
    runs: list[tuple[list[list[tuple[str, int]]], bool]], per_page: int
) -> None:
    clock = SimpleNamespace(now=1_415_222_128)
    session = requests.Session()
    session.mount("https://", Emulator(clock=lambda: clock.now).adapter())
    client = invoiced.Client("key", session=session)
    existing: dict[int, str] = {}
    edits = count()

    def change(action: str, place: int) -> None:
        notes = f"edit {next(edits)}"
        if action == "wait":
            clock.now += place
        elif action == "create" or not existing:
            existing[client.Customer.create(name="Acme", notes=notes).id] = notes
        elif action == "edit":
            id = sorted(existing)[place % len(existing)]
            invoiced.Customer(client, id).save(notes=notes)
            existing[id] = notes
        else:
            id = sorted(existing)[place % len(existing)]
            invoiced.Customer(client, id).delete()
            del existing[id]

    def run(checkpoint: int, changes: Iterator[list[tuple[str, int]]], deletes: bool) -> int:
        started = clock.now - 1
        for customer in client.Customer.all(updated_after=checkpoint, sort="id desc", per_page=per_page):
            mirror[customer.id] = customer.notes or ""
            for action, place in next(changes, []):
                if (action == "delete") == deletes:
                    change(action, place)
        return started

    mirror: dict[int, str] = {}
    checkpoint = 0
    for _ in range(7):
        change("create", 0)
    for changes, deletes in runs:
        checkpoint = run(checkpoint, iter(changes), deletes)
        clock.now += 1
    run(checkpoint, iter([]), False)
    assert {id: notes for id, notes in mirror.items() if id in existing} == existing


# Over real sockets, with changes and links that the emulator produces


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        for number in range(1, 11):
            client.Customer.create(name=f"Customer {number}")
        yield emulator


def read_ids(emulator: Emulator, **params: Any) -> list[int]:
    with invoiced.Client("key", base_url=emulator.url) as client:
        return [customer.id for customer in client.Customer.all(per_page=3, **params)]


def requested_pages(emulator: Emulator) -> list[str]:
    return [dict(request.query).get("page", "1") for request in emulator.requests.to("GET /customers")]


def test_concurrent_changes_do_not_make_an_iteration_miss_other_customers(emulator: Emulator) -> None:
    changes = [["DELETE", f"/customers/{id}"] for id in (1, 5, 6)] + [["PATCH", "/customers/9", {"name": "Nine"}]]
    emulator.fail("GET /customers", query={"page": "2"}, changes=changes)
    emulator.fail("GET /customers", query={"page": "1"}, skip=1, changes=[["POST", "/customers", {"name": "New"}]])
    assert read_ids(emulator) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert requested_pages(emulator) == ["1", "2", "3", "2", "1", "2", "3"]


def test_an_iteration_that_deletes_its_customers_yields_all_of_them(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for customer in client.Customer.all(per_page=3):
            customer.delete()
        assert client.Customer.list() == ([], client.Customer.list()[1])
    assert len(emulator.requests.to("DELETE /customers/*")) == 10


def test_an_iteration_that_changes_the_filtered_field_yields_all_customers(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for customer in client.Customer.all(per_page=3, filter={"chase": False}):
            customer.save(chase=True)
        assert client.Customer.list(filter={"chase": True})[1].total_count == 10


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 429}, {"connection": "reset"}, {"cut": 5}])
def test_an_iteration_survives_a_fault(fault: dict[str, Any], emulator: Emulator, waits: list[float]) -> None:
    emulator.fail("GET /customers", query={"page": "3"}, **fault)
    assert read_ids(emulator) == list(range(1, 11))
    assert requested_pages(emulator) == ["1", "2", "3", "3", "4"]


def test_a_link_to_another_host_is_fetched_from_the_api(emulator: Emulator) -> None:
    with Emulator() as other:
        link = f'<{other.url}/customers?per_page=3&page=2>; rel="next"'
        emulator.fail("GET /customers", headers={"Link": link})
        assert read_ids(emulator) == list(range(1, 11))
        assert other.requests == []


@pytest.mark.parametrize("link", ["<<;,", None, ""])
def test_a_list_that_loses_its_links_raises_an_error(link: str | None, emulator: Emulator) -> None:
    emulator.fail("GET /customers", headers={"Link": link})
    with pytest.raises(invoiced.ApiError, match="ended after 3 of 10 records"):
        read_ids(emulator)


def test_a_next_link_to_the_page_itself_before_the_end_logs_a_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", headers={"Link": '</customers?page=1>; rel="next"'})
    assert read_ids(emulator) == [1, 2, 3]
    assert "may be incomplete: it ended after 3 of 10 records" in caplog.text
