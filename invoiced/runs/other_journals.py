"""What other runs have just done, according to their journals in the same folder."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from invoiced.display.escaping import one_line

from .journal_format import APPLICATION_ID, check_tables, limit_values, parse_event, read_description
from .rows import RowEvent

logger = logging.getLogger("invoiced")


class OtherEvent(NamedTuple):
    """The last event of a row of another run."""

    run: dict[str, Any]
    """Kind, account, content and source of the run."""
    target: str
    """Key of the record to which the row applies."""
    event: RowEvent
    """What happened to the row."""


def recent_events(journal: Path, seconds: float) -> Iterator[OtherEvent]:
    """Yield the last event of each row in the other journals of the same folder, if it happened within these seconds.

    Other files are not changed. A journal that is in use or damaged cannot be read. It is logged as a warning. An event
    in the future, which was recorded before the clock was set back, counts as an event of this moment.
    """
    now = time.time()
    since = now - seconds
    for path in sorted(journal.absolute().parent.iterdir()):
        if path == journal.absolute() or not _is_recent_journal(path, since):
            continue
        try:
            for each in _events(path):
                if each.event.at >= since:
                    yield each._replace(event=each.event._replace(at=min(each.event.at, int(now))))
        except (sqlite3.Error, ValueError) as error:
            name, problem = one_line(str(path)), "in use" if "locked" in str(error) else "damaged"
            logger.warning("The journal %s is %s, so its run could not be taken into account.", name, problem)


def _is_recent_journal(path: Path, since: float) -> bool:
    """Return whether a file is a journal that changed since a time."""
    try:
        if not path.is_file() or path.stat().st_mtime < since:
            return False
        with closing(_connect(path, "immutable=1")) as connection:  # databases of other programs are not even locked
            application: tuple[int] = connection.execute("PRAGMA application_id").fetchone()
        return application == (APPLICATION_ID,)
    except (OSError, sqlite3.Error):
        return False


def _events(path: Path) -> list[OtherEvent]:
    try:
        return _read(path, "mode=ro")
    except sqlite3.OperationalError as error:
        if "readonly" not in str(error):
            raise
    # The run was killed while it recorded an event, and only the run itself may complete or undo that.
    return _read(path, "immutable=1")


def _read(path: Path, options: str) -> list[OtherEvent]:
    with closing(_connect(path, options)) as connection:
        limit_values(connection)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # otherwise, reading could create a write-ahead log
        check_tables(connection)
        run = read_description(connection)
        # SQLite takes the body from the event with the maximum.
        last = "SELECT target, body, max(position) FROM events JOIN rows ON number = row_number GROUP BY number"
        return [OtherEvent(run, str(target), parse_event(body)) for target, body, _ in connection.execute(last)]


def _connect(path: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?{options}", uri=True, timeout=0)
