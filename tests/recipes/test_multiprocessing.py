"""A pool of processes, in each way that processes start."""

from __future__ import annotations

import multiprocessing
import subprocess
from collections import Counter

import pytest
from recipes.processes import PATIENCE, RECIPES, command_of

import invoiced
from invoiced.emulator import Emulator


@pytest.mark.parametrize("start_method", multiprocessing.get_all_start_methods())
def test_each_customer_is_asked_for_once_in_one_of_the_processes(
    start_method: str, emulator: Emulator, client: invoiced.Client
) -> None:
    for number in range(1, 21):
        customer = client.Customer.create(name=f"Customer-{number}")
        emulator.set_balance(customer.id, total_outstanding=number)
    [python, *arguments, _] = command_of("multiprocessing_pool")
    command = [python, "-W", "error", *arguments, start_method]
    ended = subprocess.run(command, cwd=RECIPES, capture_output=True, text=True, timeout=PATIENCE)
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert sorted(ended.stdout.split("\n")) == sorted(["", *(f"Customer-{number} {number}" for number in range(1, 21))])
    asked = Counter(request.path for request in emulator.requests.to("GET /customers/*/balance"))
    assert asked == Counter(f"/customers/{number}/balance" for number in range(1, 21))
