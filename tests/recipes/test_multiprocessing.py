"""Tests of the multiprocessing recipe, with each start method."""

from __future__ import annotations

import multiprocessing
import subprocess
from collections import Counter

import pytest
from recipes.processes import PATIENCE, RECIPES, command_of

import invoiced
from invoiced.emulator import Emulator


@pytest.mark.parametrize("start_method", multiprocessing.get_all_start_methods())
def test_the_balance_of_each_customer_is_retrieved_once(
    start_method: str, emulator: Emulator, client: invoiced.Client
) -> None:
    for number in range(1, 21):
        customer = client.Customer.create(name=f"Customer-{number}")
        emulator.set_balance(customer.id, total_outstanding=number)
    [python, *arguments, _] = command_of("multiprocessing_pool")
    command = [python, "-W", "error", *arguments, start_method]
    completed = subprocess.run(command, cwd=RECIPES, capture_output=True, text=True, timeout=PATIENCE)
    assert (completed.stderr, completed.returncode) == ("", 0)
    assert sorted(completed.stdout.split("\n")) == sorted(
        ["", *(f"Customer-{number} {number}" for number in range(1, 21))]
    )
    paths = Counter(request.path for request in emulator.requests.to("GET /customers/*/balance"))
    assert paths == Counter(f"/customers/{number}/balance" for number in range(1, 21))
