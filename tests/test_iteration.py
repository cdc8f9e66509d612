"""Iteration over lists that change meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
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
from invoiced.emulator.records import lists


class ChangingList(RuleBasedStateMachine):
    """A program that iterates over all customers while another program creates, updates and deletes customers.

    The model consists of the IDs of the customers that exist, and of those that existed throughout the iteration.
    Each request takes a second, and some take longer than the service remembers the end of a page.
    """

    order: dict[str, str] = {}
    offset_paging = False

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_415_222_128
        session = requests.Session()
        emulator = Emulator(clock=lambda: self.now, offset_paging=self.offset_paging)
        session.mount("https://", emulator.adapter())
        session.hooks["response"].append(self.let_a_second_pass)
        self.client = invoiced.Client("key", session=session)
        self.existing: set[int] = set()
        self.throughout: set[int] = set()
        self.yielded: list[int] = []
        self.finished = False
        self.names = iter(range(10**6))

    def let_a_second_pass(self, response: requests.Response, **_: object) -> None:
        self.now += 1

    @initialize(size=st.integers(0, 12), per_page=st.integers(1, 4))
    def begin(self, size: int, per_page: int) -> None:
        for _ in range(size):
            self.create("m")
        self.throughout = set(self.existing)
        self.loop = self.client.Customer.all(per_page=per_page, **self.order)
        self.other_loop = self.client.Customer.all(per_page=per_page, **self.order)

    @rule(initial=st.sampled_from("amz"))
    def create(self, initial: str) -> None:
        self.existing.add(self.client.Customer.create(name=f"{initial}{next(self.names)}").id)

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
    @rule(place=st.integers(0, 100), initial=st.sampled_from("amz"))
    def rename(self, place: int, initial: str) -> None:
        id = sorted(self.existing)[place % len(self.existing)]
        invoiced.Customer(self.client, id).save(name=f"{initial}{next(self.names)}")

    @rule()
    def pause(self) -> None:
        self.now += 301

    @rule(steps=st.integers(1, 5))
    def read_in_another_loop(self, steps: int) -> None:
        for _ in range(steps):
            next(self.other_loop, None)

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

    @invariant()
    def check_no_duplicates(self) -> None:
        assert len(self.yielded) == len(set(self.yielded))

    def teardown(self) -> None:
        expected = set(self.throughout)
        while not self.finished:
            self.advance(1)
        self.check_no_duplicates()
        assert expected <= set(self.yielded)


@pytest.mark.parametrize("interleavings", [25, pytest.param(3000, marks=pytest.mark.long)])
@pytest.mark.parametrize("offset_paging", [False, True], ids=["the service", "offsets"])
@pytest.mark.parametrize("order", [{}, {"sort": "id desc"}, {"sort": "name asc"}], ids=str)
def test_every_customer_that_exists_throughout_is_yielded_exactly_once(
    order: dict[str, str], offset_paging: bool, interleavings: int
) -> None:
    machine = type("Machine", (ChangingList,), {"order": order, "offset_paging": offset_paging})
    chosen = settings(max_examples=interleavings, derandomize=interleavings == 25, stateful_step_count=30)
    run_state_machine_as_test(machine, settings=settings(chosen, database=None, deadline=None))


# Fetching all changes since a checkpoint, as described on the page about lists. Each request takes a second.

CHANGES = st.lists(st.tuples(st.sampled_from(["create", "edit", "delete", "wait"]), st.integers(0, 100)), max_size=4)


@fuzz(
    50,
    runs=st.lists(st.lists(CHANGES, max_size=8), max_size=3),
    per_page=st.integers(1, 3),
    offset_paging=st.booleans(),
)
def test_incremental_synchronization_misses_no_change(
    runs: list[list[list[tuple[str, int]]]], per_page: int, offset_paging: bool
) -> None:
    clock = SimpleNamespace(now=1_415_222_128)

    def let_a_second_pass(response: requests.Response, **_: object) -> None:
        clock.now += 1

    session = requests.Session()
    session.mount("https://", Emulator(clock=lambda: clock.now, offset_paging=offset_paging).adapter())
    session.hooks["response"].append(let_a_second_pass)
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

    def run(checkpoint: int, changes: Iterator[list[tuple[str, int]]]) -> int:
        started = clock.now - 1
        for customer in client.Customer.all(updated_after=checkpoint, per_page=per_page):
            mirror[customer.id] = customer.notes or ""
            for action, place in next(changes, []):
                change(action, place)
        return started

    mirror: dict[int, str] = {}
    checkpoint = 0
    for _ in range(7):
        change("create", 0)
    for changes in runs:
        checkpoint = run(checkpoint, iter(changes))
    run(checkpoint, iter([]))
    assert {id: notes for id, notes in mirror.items() if id in existing} == existing


# Over real sockets, with changes and links that the emulator produces


@pytest.fixture(params=[False, True], ids=["the service", "offsets"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(offset_paging=request.param) as emulator, invoiced.Client("key", base_url=emulator.url) as client:
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
    ids = read_ids(emulator)
    assert len(ids) == len(set(ids))
    assert set(ids) >= {2, 3, 4, 7, 8, 9, 10}


@pytest.mark.parametrize("order", [{}, {"sort": "id asc"}, {"sort": "id desc"}, {"sort": "name asc"}], ids=str)
def test_an_iteration_that_deletes_its_customers_yields_all_of_them(order: dict[str, str], emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for customer in client.Customer.all(per_page=3, **order):
            customer.delete()
        assert client.Customer.list()[0] == []
    assert len(emulator.requests.to("DELETE /customers/*")) == 10


@pytest.mark.parametrize("order", [{}, {"sort": "id desc"}, {"sort": "name desc"}], ids=str)
def test_a_deletion_on_the_first_page_hides_no_other_customer(order: dict[str, str], emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        customers = client.Customer.all(per_page=3, strict=True, **order)
        first = next(customers)
        first.delete()
        assert sorted([first.id, *(customer.id for customer in customers)]) == list(range(1, 11))


@pytest.mark.parametrize("order", [{}, {"sort": "name asc"}], ids=str)
def test_records_that_join_in_the_second_of_the_first_page_hide_no_others(
    order: dict[str, str], emulator: Emulator
) -> None:
    emulator.set_time(1_415_222_128)
    with invoiced.Client("key", base_url=emulator.url) as client:
        ids = []
        for customer in client.Customer.all(per_page=3, **order):
            ids.append(customer.id)
            if customer.id <= 3:
                customer.delete()
                client.Customer.create(name="New")
    assert len(ids) == len(set(ids))
    assert set(ids) >= {*range(1, 11)}


@pytest.mark.parametrize("params", [{"open_balance": True}, {"exclude": "created_at"}], ids=str)
def test_a_strict_iteration_sees_what_joins_a_list_without_a_new_time(
    params: dict[str, Any], emulator: Emulator
) -> None:
    for id in range(1, 10):
        emulator.set_balance(id, total_outstanding=5)
    emulator.advance(3600)
    with invoiced.Client("key", base_url=emulator.url) as client:
        ids = []
        for customer in client.Customer.all(per_page=3, strict=True, **params):
            ids.append(customer.id)
            if len(ids) == 3:
                emulator.advance(400)  # the service forgets where the page ended
                emulator.set_balance(2, total_outstanding=0)
                emulator.set_balance(10, total_outstanding=5)
    assert set(ids) >= {1, *range(3, 10)}


def test_a_slow_iteration_goes_on_where_the_service_has_forgotten_the_page_before(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lists, "_FIRST_UNREACHABLE_OFFSET", 6)
    with invoiced.Client("key", base_url=emulator.url) as client:
        ids = []
        for customer in client.Customer.all(per_page=3):
            ids.append(customer.id)
            emulator.advance(200)
    assert ids == list(range(1, 11))
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [({}, {}), ({}, {"sort": "id desc"}), ({}, {"per_page": 2}), ({"sort": "name asc"}, {})],
    ids=str,
)
def test_two_loops_over_one_list_do_not_lose_each_others_customers(
    first: dict[str, Any], second: dict[str, Any], emulator: Emulator
) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        loops = [client.Customer.all(**{"per_page": 3, **order}) for order in (first, second)]
        seen: list[list[int]] = [[], []]
        for steps in (4, 1, 2, 3, 20):
            for loop, ids in zip(loops, seen, strict=True):
                ids += [customer.id for customer in islice(loop, steps)]
                if steps == 1:
                    for id in ids[:3]:
                        with suppress(invoiced.NotFoundError):
                            invoiced.Customer(client, id).delete()
        left = {customer.id for customer in client.Customer.all()}
        assert len(left) >= 4
    for ids in seen:
        assert len(ids) == len(set(ids))
        assert left <= set(ids)


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


def test_a_list_whose_next_link_once_leads_to_the_page_itself_is_read_again(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", headers={"Link": '</customers?page=1>; rel="next"'})
    assert read_ids(emulator) == list(range(1, 11))
    assert caplog.text == ""


def test_a_list_whose_next_link_always_leads_to_the_page_itself_logs_a_warning(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", headers={"Link": '</customers?page=1>; rel="next"'}, times=None)
    assert read_ids(emulator) == [1, 2, 3]
    assert "may be incomplete: it kept changing; 3 of 10 records were read" in caplog.text
