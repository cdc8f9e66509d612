"""Loops over lists that others, or the loop itself, change meanwhile."""

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
    """One program loops over all customers while another creates, updates and deletes them.

    The model is a plain dict of the customers that exist, and which of them were there all the time.
    """

    sort = "id desc"

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator()
        session = requests.Session()
        session.mount("https://", self.emulator.adapter())
        self.client = invoiced.Client("key", session=session)
        session.hooks["response"].append(self.note_request)
        self.alive: set[int] = set()
        self.always: set[int] = set()
        self.yielded: list[int] = []
        self.created = self.deleted = False
        self.blind = False
        self.ended = False
        self.names = iter(range(10**6))

    def note_request(self, response: requests.Response, **_: object) -> None:
        """From one page to the next, the total count tells of what was deleted, unless as much was created."""
        if response.request.method == "GET":
            self.blind = self.blind or (self.created and self.deleted)
            self.created = self.deleted = False

    @initialize(size=st.integers(0, 12), per_page=st.integers(1, 4))
    def begin(self, size: int, per_page: int) -> None:
        for _ in range(size):
            self.create("m")
        self.always = set(self.alive)
        self.created = False
        self.loop = self.client.Customer.all(per_page=per_page, sort=self.sort)

    @rule(initial=st.sampled_from("amz"))
    def create(self, initial: str) -> None:
        self.alive.add(self.client.Customer.create(name=f"{initial}{next(self.names)}").id)
        self.created = True

    @precondition(lambda self: self.alive)
    @rule(place=st.integers(0, 100), number=st.integers(1, 6))
    def delete(self, place: int, number: int) -> None:
        for _ in range(min(number, len(self.alive))):
            self.forget(sorted(self.alive)[place % len(self.alive)])

    @precondition(lambda self: self.yielded and self.yielded[-1] in self.alive)
    @rule()
    def delete_what_was_seen(self) -> None:
        self.forget(self.yielded[-1])

    @precondition(lambda self: self.alive)
    @rule(place=st.integers(0, 100))
    def update(self, place: int) -> None:
        invoiced.Customer(self.client, sorted(self.alive)[place % len(self.alive)]).save(notes="changed")

    @rule(steps=st.integers(1, 5))
    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            customer = next(self.loop, None)
            if customer is None:
                self.ended = True
                break
            self.yielded.append(customer.id)

    def forget(self, id: int) -> None:
        invoiced.Customer(self.client, id).delete()
        self.alive.discard(id)
        self.always.discard(id)
        self.deleted = True

    @invariant()
    def nothing_comes_twice(self) -> None:
        assert len(self.yielded) == len(set(self.yielded))

    def teardown(self) -> None:
        survivors_at_the_end = set(self.always)
        while not self.ended:
            self.go_on(1)
        self.nothing_comes_twice()
        if self.sort == "id desc" or not self.blind:
            assert survivors_at_the_end <= set(self.yielded)


@pytest.mark.parametrize("interleavings", [25, pytest.param(3000, marks=pytest.mark.long)])
@pytest.mark.parametrize("order", ["id desc", "id asc", "name asc"])
def test_every_customer_that_is_there_all_the_time_comes_exactly_once(order: str, interleavings: int) -> None:
    machine = type("Machine", (ChangingList,), {"sort": order})
    chosen = settings(max_examples=interleavings, derandomize=interleavings == 25, stateful_step_count=30)
    run_state_machine_as_test(machine, settings=settings(chosen, database=None, deadline=None))


# Fetching what changed since a checkpoint, as the README tells. While such a loop runs, either records vanish from its
# list or others join it, because both between the same two pages could hide from the total count.

CHANGES = st.lists(st.tuples(st.sampled_from(["create", "edit", "delete", "wait"]), st.integers(0, 100)), max_size=4)


@fuzz(
    50, runs=st.lists(st.tuples(st.lists(CHANGES, max_size=8), st.booleans()), max_size=3), per_page=st.integers(1, 3)
)
def test_no_change_is_lost_to_a_program_that_fetches_what_changed_since_its_last_run(
    runs: list[tuple[list[list[tuple[str, int]]], bool]], per_page: int
) -> None:
    clock = SimpleNamespace(now=1_415_222_128)
    session = requests.Session()
    session.mount("https://", Emulator(clock=lambda: clock.now).adapter())
    client = invoiced.Client("key", session=session)
    alive: dict[int, str] = {}
    counted = count()

    def change(what: str, place: int) -> None:
        notes = f"edit {next(counted)}"
        if what == "wait":
            clock.now += place
        elif what == "create" or not alive:
            alive[client.Customer.create(name="Acme", notes=notes).id] = notes
        elif what == "edit":
            id = sorted(alive)[place % len(alive)]
            invoiced.Customer(client, id).save(notes=notes)
            alive[id] = notes
        else:
            id = sorted(alive)[place % len(alive)]
            invoiced.Customer(client, id).delete()
            del alive[id]

    def run(checkpoint: int, changes: Iterator[list[tuple[str, int]]], deletes: bool) -> int:
        began = clock.now - 1
        for customer in client.Customer.all(updated_after=checkpoint, sort="id desc", per_page=per_page):
            mirror[customer.id] = customer.notes or ""
            for what, place in next(changes, []):
                if (what == "delete") == deletes:
                    change(what, place)
        return began

    mirror: dict[int, str] = {}
    checkpoint = 0
    for _ in range(7):
        change("create", 0)
    for changes, deletes in runs:
        checkpoint = run(checkpoint, iter(changes), deletes)
        clock.now += 1
    run(checkpoint, iter([]), False)
    assert {id: notes for id, notes in mirror.items() if id in alive} == alive


# Over real sockets, with changes and links that the emulator provokes


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        for number in range(1, 11):
            client.Customer.create(name=f"Customer {number}")
        yield emulator


def ids_of_a_loop(emulator: Emulator, **params: Any) -> list[int]:
    with invoiced.Client("key", base_url=emulator.url) as client:
        return [customer.id for customer in client.Customer.all(per_page=3, **params)]


def pages_asked_for(emulator: Emulator) -> list[str]:
    return [dict(request.query).get("page", "1") for request in emulator.requests.to("GET /customers")]


def test_customers_that_others_delete_update_and_create_while_a_loop_runs_cost_it_none_of_the_others(
    emulator: Emulator,
) -> None:
    changes = [["DELETE", f"/customers/{id}"] for id in (1, 5, 6)] + [["PATCH", "/customers/9", {"name": "Nine"}]]
    emulator.fail("GET /customers", query={"page": "2"}, changes=changes)
    emulator.fail("GET /customers", query={"page": "1"}, skip=1, changes=[["POST", "/customers", {"name": "New"}]])
    assert ids_of_a_loop(emulator) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert pages_asked_for(emulator) == ["1", "2", "3", "2", "1", "2", "3"]


def test_a_loop_that_deletes_what_it_sees_sees_everything(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for customer in client.Customer.all(per_page=3):
            customer.delete()
        assert client.Customer.list() == ([], client.Customer.list()[1])
    assert len(emulator.requests.to("DELETE /customers/*")) == 10


def test_a_loop_that_changes_what_it_filters_by_sees_everything(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for customer in client.Customer.all(per_page=3, filter={"chase": False}):
            customer.save(chase=True)
        assert client.Customer.list(filter={"chase": True})[1].total_count == 10


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 429}, {"connection": "reset"}, {"cut": 5}])
def test_a_fault_in_the_middle_of_a_loop_costs_nothing(
    fault: dict[str, Any], emulator: Emulator, waits: list[float]
) -> None:
    emulator.fail("GET /customers", query={"page": "3"}, **fault)
    assert ids_of_a_loop(emulator) == list(range(1, 11))
    assert pages_asked_for(emulator) == ["1", "2", "3", "3", "4"]


def test_a_link_to_another_host_is_read_from_the_api_and_the_other_host_hears_nothing(emulator: Emulator) -> None:
    with Emulator() as other:
        link = f'<{other.url}/customers?per_page=3&page=2>; rel="next"'
        emulator.fail("GET /customers", headers={"Link": link})
        assert ids_of_a_loop(emulator) == list(range(1, 11))
        assert other.requests == []


@pytest.mark.parametrize("link", ["<<;,", None, ""])
def test_a_list_that_loses_its_links_is_an_error(link: str | None, emulator: Emulator) -> None:
    emulator.fail("GET /customers", headers={"Link": link})
    with pytest.raises(invoiced.ApiError, match="breaks off after 3 of 10 records"):
        ids_of_a_loop(emulator)


def test_a_list_whose_next_link_points_at_the_page_itself_too_early_is_a_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", headers={"Link": '</customers?page=1>; rel="next"'})
    assert ids_of_a_loop(emulator) == [1, 2, 3]
    assert "may be incomplete: it broke off after 3 of 10 records" in caplog.text
