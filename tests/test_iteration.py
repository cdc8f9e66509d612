"""Loops over lists that others, or the loop itself, change meanwhile."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
import requests
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
        if not hasattr(self, "loop"):
            return
        survivors_at_the_end = set(self.always)
        while not self.ended:
            self.go_on(1)
        self.nothing_comes_twice()
        if self.sort == "id desc" or not self.blind:
            assert survivors_at_the_end <= set(self.yielded)


@pytest.mark.parametrize("order", ["id desc", "id asc", "name asc"])
def test_every_customer_that_is_there_all_the_time_comes_exactly_once(order: str) -> None:
    machine = type("Machine", (ChangingList,), {"sort": order})
    run_state_machine_as_test(machine, settings=settings(max_examples=150, stateful_step_count=30, deadline=None))
