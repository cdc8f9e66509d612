"""Every cell of the table of outcomes, against the emulator over real sockets."""

from __future__ import annotations

import gc
import select

import outcomes
import pytest
from urllib3.connection import HTTPConnection

import invoiced
from invoiced.emulator import Emulator

CELLS = [
    pytest.param(verb, row, expected, id=f"{name}: {row.fault}")
    for row in outcomes.ROWS
    for (name, verb), expected in zip(outcomes.VERBS.items(), row.outcomes, strict=True)
]


@pytest.mark.parametrize(("verb", "row", "expected"), CELLS)
def test_the_outcome_is_that_of_the_table(
    verb: outcomes.Verb, row: outcomes.Row, expected: str, waits: list[float]
) -> None:
    assert outcomes.observed(verb, row) == expected


@pytest.mark.parametrize("verb", outcomes.VERBS.values(), ids=outcomes.VERBS)
def test_a_connection_that_the_server_closed_while_it_was_idle_costs_nothing(verb: outcomes.Verb) -> None:
    with Emulator(idempotency=False) as emulator, invoiced.Client("key", base_url=emulator.url) as client:
        client.Customer.create(name="Acme", email="billing@acmecorp.com")
        emulator.fail("GET /customers/1", connection="close_after")
        client.Customer.retrieve(1)
        wait_until_closed_by_the_server()
        verb.call(client)
        assert len(emulator.requests) == 3
        assert verb.applied(emulator, client) in (None, 1)


def wait_until_closed_by_the_server() -> None:
    """The one connection of this process to a server that is idle has reached its end."""
    idle = [one for one in gc.get_objects() if isinstance(one, HTTPConnection) and one.sock is not None]
    assert select.select([idle[-1].sock], [], [], 10)[0]


def test_no_request_is_ever_carried_out_twice() -> None:
    assert not [outcome for row in outcomes.ROWS for outcome in row.outcomes if "times" in outcome]


def test_the_page_of_the_documentation_is_made_from_the_table() -> None:
    assert outcomes.PAGE.read_text(encoding="utf-8") == outcomes.page()
