"""Pytest fixtures: an emulator of the API, and a client for it.

Pytest imports this module in every project, so it is no part of the library, which takes longer to import.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from invoiced import Client
    from invoiced.emulator import Emulator


@pytest.fixture
def invoiced_emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    """A started, empty emulator of the Invoiced API, in memory. Statements are recorded in a ledger of the test."""
    from invoiced.emulator import Emulator

    monkeypatch.setenv("INVOICED_LEDGER", str(tmp_path / "invoiced-ledger.sqlite"))

    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def invoiced_client(invoiced_emulator: Emulator) -> Iterator[Client]:
    """A client for `invoiced_emulator`."""
    from invoiced import Client

    with Client("test-key", base_url=invoiced_emulator.url) as client:
        yield client
