"""Tests of the recipes for asyncio, FastAPI and gevent: how many calls are in flight, and what ends them."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from types import ModuleType

import httpx
import pytest
from recipes.processes import PATIENCE, RECIPES, command_of

import invoiced
from invoiced.emulator import Emulator


@pytest.fixture
def customers(emulator: Emulator, client: invoiced.Client) -> list[invoiced.Customer]:
    """Return 20 customers who owe something."""
    customers = [client.Customer.create(name=f"Customer-{number}", number=f"A-{number}") for number in range(1, 21)]
    for number, customer in enumerate(customers, start=1):
        emulator.set_balance(customer.id, total_outstanding=number)
    return customers


def run(recipe: str) -> subprocess.CompletedProcess[str]:
    """Run a recipe. A warning is an error."""
    python, *arguments = command_of(recipe)
    return subprocess.run(
        [python, "-W", "error", *arguments], cwd=RECIPES, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.mark.parametrize("recipe", ["asyncio_calls", "gevent_calls"])
@pytest.mark.usefixtures("customers")
def test_each_balance_is_printed_in_order_and_several_calls_are_in_flight(recipe: str, emulator: Emulator) -> None:
    # Twenty calls one after another would take six seconds.
    emulator.fail("GET /customers/*/balance", latency=0.3, times=None)
    started = time.monotonic()
    completed = run(recipe)
    assert (completed.stderr, completed.returncode) == ("", 0)
    assert time.monotonic() - started < 5
    assert completed.stdout.splitlines() == [f"Customer-{number} {number}" for number in range(1, 21)]
    paths = Counter(request.path for request in emulator.requests.to("GET /customers/*/balance"))
    assert paths == Counter(f"/customers/{number}/balance" for number in range(1, 21))


@pytest.mark.usefixtures("customers")
def test_a_call_that_fails_does_not_end_the_others(emulator: Emulator) -> None:
    emulator.fail("GET /customers/7/balance", status=404, body={"type": "invalid_request", "message": "gone"})
    lines = run("asyncio_calls").stdout.splitlines()
    assert len(lines) == 20
    assert [line for line in lines if "failed" in line] == [lines[6]]
    assert lines[6].startswith("Customer-7 failed: ")


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Iterator[ModuleType]:
    """Yield the FastAPI recipe, imported as a program does."""
    monkeypatch.syspath_prepend(RECIPES)
    yield importlib.import_module("fastapi_application")
    sys.modules.pop("fastapi_application")


def responses_of(recipe: ModuleType, *requests: tuple[str, str]) -> list[httpx.Response]:
    """Return the application's responses to requests that are sent at the same time."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(recipe.application)
        async with (
            recipe.lifespan(recipe.application),
            httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser,
        ):
            return await asyncio.gather(*(browser.request(method, path) for method, path in requests))

    return asyncio.run(send())


@pytest.mark.usefixtures("customers")
def test_the_application_waits_for_several_calls_at_a_time(recipe: ModuleType, emulator: Emulator) -> None:
    emulator.fail("GET /customers/*/balance", latency=1, times=None)
    started = time.monotonic()
    found = responses_of(recipe, *(("GET", f"/balance/A-{number}") for number in range(1, 9)))
    assert [response.json() for response in found] == [*range(1, 9)]
    assert time.monotonic() - started < 5


def test_the_application_says_whether_a_statement_was_sent(
    recipe: ModuleType, emulator: Emulator, client: invoiced.Client
) -> None:
    client.Customer.create(name="Acme", number="A-1", email="a@acme.example")
    client.Customer.create(name="Globex", number="A-2", email="b@globex.example")
    emulator.fail("POST /customers/2/emails", status=502, body="<html>")
    sent, unknown, missing = responses_of(recipe, *(("POST", f"/statements/A-{number}") for number in (1, 2, 3)))
    assert [sent.status_code, unknown.status_code, missing.status_code] == [204, 502, 404]
    assert "It is unknown whether" in unknown.json()["detail"]
    assert [email["email"] for email in emulator.outbox] == ["a@acme.example"]


def test_the_application_closes_its_client(recipe: ModuleType) -> None:
    responses_of(recipe, ("GET", "/balance/A-1"))
    session = recipe.application.state.client._session._session
    assert [len(adapter.poolmanager.pools) for adapter in session.adapters.values()] == [0, 0]
