from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import responses

import invoiced

pytest_plugins = ["pytester"]

KEY = "sk_0123456789abcdef"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the developer has set."""
    for variable in [*os.environ]:
        if variable.startswith("INVOICED_") or variable.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("NETRC", os.devnull)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits before repeats, which are recorded and not waited."""
    recorded: list[float] = []
    monkeypatch.setattr("time.sleep", recorded.append)
    return recorded


@pytest.fixture
def client() -> Iterator[invoiced.Client]:
    with invoiced.Client(KEY) as client:
        yield client


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """Single answers of the API, without a server."""
    with responses.RequestsMock() as mock:
        yield mock
