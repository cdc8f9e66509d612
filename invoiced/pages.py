"""Reading a list page after page, while others may change it.

Pages count by position. Where a record vanishes, the later ones move forward, and the next page begins behind some that
were never seen. The total count tells; then pages are read again, backwards, until one holds a record that was seen: in
a stable order, all that are left come after it. What was seen before is left out.

The count does not tell that as many records vanished as came, unless those come first, as with `sort="id desc"`. If
records turn up that are newer than the loop, and more of them than the count grew by, a warning says so.
"""

import logging
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .errors import ApiError
from .list import List
from .messages import Response, unix_time

logger = logging.getLogger("invoiced")

REMEMBERED = 50_000
Record = dict[str, Any]
_PAGE = re.compile(r"(?<![^&])page=([0-9]{1,18})(?![^&])")


def unseen_by_page(fetch: Callable[[str], Response], query: str, path: str) -> Iterator[list[Record]]:
    """What is new on each page, from that of the query on. Nothing is answered twice.

    `fetch` answers the page of a query; `path` is the name of the list in warnings and errors. The queries are those of
    the `next` links, whose host is ignored: credentials go along.
    """
    number = first = _number(query)
    seen, count, size, doubtful = _Seen(), _Count(), 0, False
    while True:
        response = fetch(query)
        page = List.from_headers(response.headers, "")
        count.note(page.total_count)
        unseen, length = seen.leave_out(response.body), len(response.body)
        adrift = count.shrank and len(unseen) == length
        if adrift and number > first:
            number -= 1
            query = _PAGE.sub(f"page={number}", query)
            continue
        doubtful = doubtful or (adrift and (seen.forgot or first > 1))
        seen.add(unseen)
        count.settle(unseen, response.headers)
        news, size = bool(unseen), max(size, length)
        yield unseen
        del response, unseen  # so that no two pages are in memory at a time
        read, total, following = (number - first) * size + length, count.total or 0, _following(page, query, number)
        short = first == 1 and read < total
        astray = following and (_number(following) != number + 1 or not (news or read < total))
        if astray or (short and not page.links):
            problem = f"The list breaks off after {read} of {total} records: its links lead nowhere."
            raise ApiError(problem, method="GET", path=path, request_sent=True)
        if following is None:
            if short:
                logger.warning("%s may be incomplete: it broke off after %d of %d records", path, read, total)
            if doubtful or count.hides_something:
                logger.warning("%s changed while it was read, by more than its total counts tell", path)
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
    """The records that were seen, in bounded memory: the last REMEMBERED at least, twice as many at most."""

    def __init__(self) -> None:
        self._recent, self._older, self.forgot = set[object](), set[object](), False

    def leave_out(self, records: Iterable[Record]) -> list[Record]:
        """Those that were not seen, each once."""
        by_id = {_id(record): record for record in records}
        return [record for id, record in by_id.items() if id not in self._recent and id not in self._older]

    def add(self, records: Iterable[Record]) -> None:
        self._recent.update(map(_id, records))
        if len(self._recent) >= REMEMBERED:
            self.forgot = self.forgot or bool(self._older)
            self._older, self._recent = self._recent, set()


def _id(record: Record) -> object:
    """What nobody can have seen before stands for an id that is none."""
    return record["id"] if isinstance(record.get("id"), (int, str)) else object()


class _Count:
    """What the total counts of the pages tell."""

    def __init__(self) -> None:
        self.total: int | None = None
        self.shrank = False
        self._growth = self._newcomers = 0
        self._started: float | None = None

    def note(self, total: int | None) -> None:
        if total is not None:
            change = total - (total if self.total is None else self.total)
            self.total, self.shrank = total, self.shrank or change < 0
            self._growth += max(change, 0)

    def settle(self, records: Iterable[Record], headers: Mapping[str, str]) -> None:
        """Note that all up to these records, which are seen for the first time, is read."""
        self.shrank = False
        if self._started is None:
            began = unix_time(headers.get("Date", ""))
            self._started = math.inf if began is None else began
        ages = [record.get("created_at") for record in records]
        self._newcomers += sum(1 for age in ages if isinstance(age, int) and age > self._started)

    @property
    def hides_something(self) -> bool:
        """Whether more records came than the count grew by: so others vanished at the same time."""
        return self._newcomers > self._growth
