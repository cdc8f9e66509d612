"""Each cell of the table of outcomes, with the emulator and over real sockets."""

from __future__ import annotations

import select

import outcomes
import pytest
from open_sockets import idle_connection
from waiting import PATIENCE

import invoiced
from invoiced.emulator import Emulator

CELLS = [
    pytest.param(verb, row, outcomes.Outcome(expected, name in row.rolled_back), id=f"{name}: {row.fault}")
    for row in outcomes.ROWS
    for (name, verb), expected in zip(outcomes.VERBS.items(), row.outcomes, strict=True)
]


@pytest.mark.parametrize("idempotency", [True, False], ids=["the service", "keys ignored"])
@pytest.mark.parametrize(("verb", "row", "expected"), CELLS)
def test_the_outcome_matches_the_table(
    verb: outcomes.Verb, row: outcomes.Row, expected: outcomes.Outcome, idempotency: bool, waits: list[float]
) -> None:
    assert outcomes.observe(verb, row, idempotency=idempotency) == expected


@pytest.mark.parametrize("verb", outcomes.VERBS.values(), ids=outcomes.VERBS)
def test_a_connection_that_the_server_closed_while_idle_causes_no_error_and_no_retry(verb: outcomes.Verb) -> None:
    with (
        Emulator(idempotency=False, documented_responses=True) as emulator,
        invoiced.Client("key", base_url=emulator.url) as client,
    ):
        client.Customer.create(name="Acme", email="billing@acmecorp.com")
        emulator.fail("GET /customers/1", connection="close_after")
        client.Customer.retrieve(1)
        wait_until_closed_by_the_server(client, emulator.url)
        verb.call(client)
        assert len(emulator.requests) == 3
        assert verb.times_processed(emulator, client) in (None, 1)


def wait_until_closed_by_the_server(client: invoiced.Client, url: str) -> None:
    """Wait until the server has closed the idle connection of the client."""
    assert select.select([idle_connection(client, url).sock], [], [], PATIENCE)[0]


def test_no_request_is_processed_twice() -> None:
    assert not [outcome for row in outcomes.ROWS for outcome in row.outcomes if "times" in outcome]


def test_the_page_in_the_documentation_contains_the_table() -> None:
    assert outcomes.PAGE.read_text(encoding="utf-8") == outcomes.page()
