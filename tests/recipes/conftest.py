from __future__ import annotations

from collections.abc import Iterator

import pytest

import invoiced
from invoiced.emulator import Emulator


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Start an emulator, and set the environment variables so that programs use it."""
    with Emulator() as emulator:
        monkeypatch.setenv("INVOICED_API_KEY", "any-key")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    """Yield a client of the emulator."""
    with invoiced.Client("any-key", base_url=emulator.url) as client:
        yield client
