from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import KEY

import invoiced
from invoiced.contract.account import Account
from invoiced.contract.wire import Wire
from invoiced.emulator import Emulator

OpenAccount = Callable[..., AbstractContextManager[Account]]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator that behaves like the service."""
    with Emulator(api_key=KEY) as emulator:
        yield emulator


@pytest.fixture
def open_account() -> OpenAccount:
    """Open the account of an emulator for a contract. What is made there is not deleted yet at the end of the block."""

    @contextmanager
    def open_account(emulator: Emulator, wire: Wire) -> Iterator[Account]:
        with wire.session() as session, invoiced.Client(KEY, base_url=emulator.url, session=session) as client:
            yield Account(client, wire)

    return open_account


def records_in(emulator: Emulator) -> list[str]:
    """Return the types of all records of an emulator."""
    with TemporaryDirectory() as folder:
        emulator.snapshot(Path(folder) / "state.jsonl")
        lines = (Path(folder) / "state.jsonl").read_text(encoding="utf-8").splitlines()
    types = [json.loads(line).get("type") for line in lines]
    return [type for type in types if type in {"customer", "contact", "invoice"}]
