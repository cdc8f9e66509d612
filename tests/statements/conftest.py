"""The account of most tests. Tests of other accounts have fixtures of their own."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

import invoiced
from invoiced.emulator import Emulator


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    """The client of an account with four customers."""
    with invoiced.Client("sk_0123456789abcdef", base_url=emulator.url) as unlimited:
        client = unlimited.with_options(rate=math.inf)
        for id in range(1, 5):
            client.Customer.create(name=f"Customer {id}", number=f"N/{id}")
        yield client
