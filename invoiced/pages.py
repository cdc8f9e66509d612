"""Reading a list page after page, while others may change it.

Pages count by position. Where a record vanishes, the later ones move forward, and the next page begins behind some that
were never seen. The total count tells; then pages are read again, backwards, until one holds a record that was seen: in
a stable order, all that are left come after it. What was seen before is left out.

The count does not tell that as many records left the list as joined it. That is harmless where those that join come
first, as with `sort="id desc"`, if they join by being created. Where the count does not fit what was seen, or is
missing, a warning says so.
"""

import logging
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import ApiError
from .list import List
from .messages import Response, unix_time

logger = logging.getLogger("invoiced")

REMEMBERED = 50_000
# So many pages without news may follow each other before the counts are taken for nonsense.
PATIENCE = 100
Record = dict[str, Any]
_PAGE = re.compile(r"(?<![^&])page=([0-9]{1,18})(?![^&])")
_UNRESTRICTING = {"page", "per_page", "sort", "expand"}


def iter_pages(fetch: Callable[[str], Response], query: str, path: str) -> Iterator[list[Record]]:
    """What is new on each page, from that of the query on. Nothing is answered twice.

    `fetch` answers the page of a query; `path` is the name of the list in warnings and errors. The queries are those of
    the `next` links, whose host is ignored: credentials go along.
    """
    number = first = _number(query)
    seen, count, size, idle = _Seen(), _Count(query, first), 1, 0
    while True:
        response = fetch(query)
        page, length = List.from_headers(response.headers, ""), len(response.body)
        count.note(page.total_count)
        unseen = seen.unseen(response.body)
        adrift = count.shrank and len(unseen) == length
        if adrift and number > first and idle < PATIENCE:
            number -= 1
            query = _PAGE.sub(f"page={number}", query)
            continue
        count.doubtful |= adrift and (number > 1 or seen.forgot)
        seen.add(unseen)
        count.settle(unseen, response.headers)
        idle, size = 0 if unseen else idle + 1, max(size, length)
        yield unseen
        del response, unseen  # so that no two pages are in memory at a time
        following = _following(page, query, number)
        position = (number - first) * size + length
        beyond = idle > 0 and position >= (count.total or 0)
        if beyond and count.total is not None and not count.misses_something:
            following = None  # the links of some servers never end
        short = first == 1 and position < (count.total or 0)
        astray = following and (beyond or _number(following) != number + 1)
        if astray or (short and not page.links):
            problem = f"The list breaks off after {position} of {count.total} records: its links lead nowhere."
            raise ApiError(problem, method="GET", path=path, request_sent=True)
        if following is None:
            if short:
                logger.warning("%s may be incomplete: it broke off after %d of %d records", path, position, count.total)
            elif count.doubtful or count.misses_something or count.hides_something:
                logger.warning("%s changed while it was read, by more than its total counts tell", path)
            elif count.untold and (number > first or not page.links):
                logger.warning("%s may be incomplete: the API did not tell its total count on every page", path)
            return
        number, query = number + 1, following


def _number(query: str) -> int:
    found = _PAGE.search(query)
    return int(found[1]) if found else 1


def _following(page: List, query: str, number: int) -> str | None:
    """Query of the next page; None on the last, whose link is left out or points at the page itself."""
    link = page.links.get("next")
    following = urlsplit(link).query if link else query
    ended = following == query or _number(following) == number or link == page.links.get("self")
    return None if ended else following


class _Seen:
    """The ids that were seen, in bounded memory: the last REMEMBERED at least, twice as many at most."""

    def __init__(self) -> None:
        self._recent, self._older, self.forgot = set[int | str](), set[int | str](), False

    def unseen(self, records: list[Record]) -> list[Record]:
        """Those that were not seen, each once. Without an id, nobody can tell."""
        ids: set[int | str | None] = set(map(_id, records))
        if len(ids) == len(records) and ids.isdisjoint(self._recent) and ids.isdisjoint(self._older):
            return records  # as a rule, all of them
        unseen, ids = list[Record](), set()
        for record in records:
            id = _id(record)
            if id is None or not (id in ids or id in self._recent or id in self._older):
                unseen.append(record)
                ids.add(id)
        return unseen

    def add(self, records: Iterable[Record]) -> None:
        self._recent.update(id for id in map(_id, records) if id is not None)
        if len(self._recent) >= REMEMBERED:
            self.forgot = self.forgot or bool(self._older)
            self._older, self._recent = self._recent, set()


def _id(record: Record) -> int | str | None:
    id = record.get("id")
    return id if isinstance(id, int) or (isinstance(id, str) and len(id) < 256) else None


class _Count:
    """What the total counts of the pages tell, and whether it fits what was seen."""

    def __init__(self, query: str, first: int) -> None:
        self.total: int | None = None
        self.shrank = self.untold = self.doubtful = False
        self._whole = first == 1
        restricted = any(name not in _UNRESTRICTING for name, _ in parse_qsl(query, keep_blank_values=True))
        # A record joins a restricted list by an edit, too.
        self._dates = ("created_at", "updated_at") if restricted else ("created_at",)
        self._seen = self._growth = self._newcomers = 0
        self._started: float | None = None

    def note(self, total: int | None) -> None:
        if total is None:
            self.untold = True
            return
        change = total - (total if self.total is None else self.total)
        self.total, self.shrank = total, self.shrank or change < 0
        self._growth += max(change, 0)

    def settle(self, records: list[Record], headers: Mapping[str, str]) -> None:
        """Note records that are new; none before them is missing, so that a list that shrank is dealt with."""
        self.shrank = False
        if self._started is None:
            began = unix_time(headers.get("Date", ""))
            self._started = math.inf if began is None else began
        self._seen += len(records)
        for record in records:
            for name in self._dates:
                time = record.get(name)
                if isinstance(time, int) and time > self._started:
                    self._newcomers += 1
                    break

    @property
    def hides_something(self) -> bool:
        """Whether more records came than the count grew by: so others vanished at the same time."""
        return self._newcomers > self._growth

    @property
    def misses_something(self) -> bool:
        """Whether fewer records were seen than have been there from the beginning to the end."""
        return self._whole and self.total is not None and self._seen < self.total - self._growth
