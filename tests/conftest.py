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

pytest_plugins = ["pytester", "database_server"]

KEY = "sk_0123456789abcdef"

# Tests whose results do not depend on the Python version: texts, PDFs, encodings and whole programs.
ONCE = (
    "cli/test_application.py",
    "cli/test_collections.py",
    "cli/test_demo.py",
    "cli/test_help.py",
    "cli/test_imports.py",
    "cli/test_month_end.py",
    "cli/test_process.py",
    "cli/test_pyinstaller.py",
    "cli/test_resources.py",
    "cli/test_signals.py",
    "cli/test_statement_downloads.py",
    "cli/test_statement_periods.py",
    "cli/test_statement_settling.py",
    "cli/test_statements.py",
    "cli/test_terminal.py",
    "contract/test_facts.py",
    "emulator/test_any_request.py",
    "emulator/test_autopay.py",
    "emulator/test_bookkeeping.py",
    "emulator/test_brackets.py",
    "emulator/test_catalog.py",
    "emulator/test_charges.py",
    "emulator/test_command.py",
    "emulator/test_container.py",
    "emulator/test_credits.py",
    "emulator/test_documents.py",
    "emulator/test_events.py",
    "emulator/test_fault_delivery.py",
    "emulator/test_files.py",
    "emulator/test_invoices.py",
    "emulator/test_late_fees.py",
    "emulator/test_limits.py",
    "emulator/test_odd_values.py",
    "emulator/test_pages.py",
    "emulator/test_payments.py",
    "emulator/test_pdfs.py",
    "emulator/test_pending_invoices.py",
    "emulator/test_periods.py",
    "emulator/test_resources.py",
    "emulator/test_rooms.py",
    "emulator/test_sample.py",
    "emulator/test_sending.py",
    "emulator/test_settings.py",
    "emulator/test_snapshots.py",
    "emulator/test_subscriptions.py",
    "emulator/test_totals.py",
    "fuzz",
    "ledger",
    "journals",
    "runs/test_outages.py",
    "runs/test_reports.py",
    "statements/test_kill.py",
    "tables/test_bounds.py",
    "tables/test_hostile_workbooks.py",
    "tables/test_old_workbooks.py",
    "test_encoding.py",
    "test_iteration.py",
    "test_older_programs.py",
    "test_outcomes.py",
    "test_project.py",
    "test_reference.py",
    "test_secrets.py",
    "test_threads.py",
    "test_written_resources.py",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that do not need to run on every Python version."""
    path = item.path.relative_to(Path(__file__).parent)
    if {str(path), *map(str, path.parents)} & {*ONCE}:
        item.add_marker("once")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the developer's settings from the environment."""
    for variable in [*os.environ]:
        if variable.startswith("INVOICED_") or variable.lower().endswith(("_proxy", "_ca_bundle")):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("NETRC", os.devnull)


@pytest.fixture(autouse=True)
def ledger_path(clean_environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A ledger of the test's own, in place of the developer's."""
    path = tmp_path / "ledger" / "ledger.sqlite"
    monkeypatch.setenv("INVOICED_LEDGER", str(path))
    return path


class SecretsInTheLog(logging.Handler):
    """A handler that looks for API keys and Authorization headers in all log records."""

    SECRET = re.compile(rf"{KEY}|\b(Basic|Bearer) (?!realm=)[\w+/.-]{{4,}}|Authorization")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if self.SECRET.search(line):
            self.found.append(line)


@pytest.fixture(autouse=True)
def no_log_has_a_secret(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that no log record of any test contains a key, at level DEBUG. `caplog` keeps the test's own level."""
    root, handler = logging.getLogger(), SecretsInTheLog()
    root_level, caplog_level = root.level, caplog.handler.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    caplog.handler.setLevel(caplog_level or logging.WARNING)
    yield
    root.removeHandler(handler)
    root.setLevel(root_level)
    caplog.handler.setLevel(caplog_level)
    assert handler.found == []


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list in which the waits before retries are recorded, without waiting."""
    recorded: list[float] = []
    monkeypatch.setattr("time.sleep", recorded.append)
    return recorded


@pytest.fixture
def client() -> Iterator[invoiced.Client]:
    with invoiced.Client(KEY) as client:
        yield client


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    """Mock single responses of the API, without a server."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture(params=[requests.Session, AnotherSession])
def session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """Yield a session that the caller created."""
    with request.param() as session:
        yield session
