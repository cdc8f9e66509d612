from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import responses
from sessions import AnotherSession

import invoiced

pytest_plugins = ["pytester"]

KEY = "sk_0123456789abcdef"

# Texts, PDFs, encodings and whole programs: no Python version between the oldest and the newest can change them.
ONCE = (
    "cli/test_application.py",
    "cli/test_collections.py",
    "cli/test_output.py",
    "cli/test_statements.py",
    "emulator/test_any_request.py",
    "emulator/test_brackets.py",
    "emulator/test_command.py",
    "emulator/test_fault_delivery.py",
    "emulator/test_snapshots.py",
    "emulator/test_statement_pdfs.py",
    "fuzz",
    "runs/test_journal.py",
    "statements/test_download.py",
    "statements/test_kill.py",
    "test_encoding.py",
    "test_iteration.py",
    "test_outcomes.py",
    "test_project.py",
    "test_secrets.py",
    "test_threads.py",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what one Python version is as good for as another."""
    path = item.path.relative_to(Path(__file__).parent)
    if {str(path), *map(str, path.parents)} & {*ONCE}:
        item.add_marker("once")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the developer has set."""
    for variable in [*os.environ]:
        if variable.startswith("INVOICED_") or variable.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("NETRC", os.devnull)


class SecretsInTheLog(logging.Handler):
    """Looks for keys and Authorization headers in all that is logged."""

    SECRET = re.compile(rf"{KEY}|\b(Basic|Bearer) [\w+/.-]{{4,}}|Authorization")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if self.SECRET.search(line):
            self.found.append(line)


@pytest.fixture(autouse=True)
def no_log_has_a_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test does: no logger, at DEBUG, tells a key. The test itself sees of the log what it asks for."""
    root, handler = logging.getLogger(), SecretsInTheLog()
    before, shown = root.level, caplog.handler.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    caplog.handler.setLevel(shown or logging.WARNING)
    yield
    root.removeHandler(handler)
    root.setLevel(before)
    caplog.handler.setLevel(shown)
    assert handler.found == []


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


@pytest.fixture(params=[requests.Session, AnotherSession])
def session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session of the user's own."""
    with request.param() as session:
        yield session
