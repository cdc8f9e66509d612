"""What other runs have just done, according to their journals in the same folder."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from invoiced.display.escaping import one_line

from .row_table import APPLICATION_ID
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

    A journal that is in use cannot be read. It is logged as a warning. An event in the future, which was recorded
    before the clock was set back, counts as an event of this moment.
    """
    now = time.time()
    since = now - seconds
    for path in sorted(journal.absolute().parent.iterdir()):
        if path != journal.absolute() and path.is_file() and path.stat().st_mtime >= since:
            try:
                for each in _events(path):
                    if each.event.at >= since:
                        yield each._replace(event=each.event._replace(at=min(each.event.at, int(now))))
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    name = one_line(str(path))
                    logger.warning("The journal %s is in use, so its run could not be taken into account.", name)
            except (sqlite3.Error, ValueError):
                continue  # Another file, or a damaged journal


def _events(path: Path) -> list[OtherEvent]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0)) as connection:
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            return []
        run = json.loads(connection.execute("SELECT body FROM run").fetchone()[0])
        # SQLite takes the body from the event with the maximum.
        last = "SELECT target, body, max(position) FROM events JOIN rows ON number = row_number GROUP BY number"
        return [OtherEvent(run, target, RowEvent(*json.loads(body))) for target, body, _ in connection.execute(last)]
