from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ledger_entries import entries_of

from invoiced.ledger import Ledger
from invoiced.ledger.ledger import Session
from invoiced.ledger.run_entries import RunEntries


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger is: the path of a file, or the URL of a database."""
    if request.param == "SQLite":
        return str(tmp_path / "folder" / "ledger.sqlite")
    return str(request.getfixturevalue("postgresql").create_database())


@pytest.fixture
def open_ledger(location: str) -> Iterator[Callable[[], Ledger]]:
    """A function that opens the ledger once more, as another program does."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Ledger(location))


@pytest.fixture
def ledger(open_ledger: Callable[[], Ledger]) -> Ledger:
    return open_ledger()


@pytest.fixture
def entries(ledger: Ledger) -> RunEntries:
    return entries_of(ledger)


@pytest.fixture(autouse=True)
def sessions_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the sessions that a test has started, as the end of its process would."""
    with ExitStack() as left:
        start = Ledger.start_session

        def start_and_remember(ledger: Ledger) -> Session:
            session = start(ledger)
            once = ExitStack()
            once.callback(session.end)
            session.end = once.close
            left.callback(once.close)
            return session

        monkeypatch.setattr(Ledger, "start_session", start_and_remember)
        yield
