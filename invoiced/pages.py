"""Reading of a list page by page, while others may change the list.

Pages are numbered by position. If a record leaves the list, the following records move up, and the next page skips
records that were not read yet. The total count reveals this. Pages are then read backwards until one contains a
known record: in a stable order, all unread records come after it. Records that were read before are skipped.

The total count does not reveal it if as many records left the list as joined it. This is harmless if new records come
first, as in a list of all records with `sort="id desc"`. If the total count does not match the records that were read,
or is missing, a warning is logged.
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

REMEMBERED_IDS = 50_000
# Number of consecutive pages without new records after which the total counts are considered wrong.
MAX_REREAD_PAGES = 100
Record = dict[str, Any]
_PAGE_NUMBER = re.compile(r"(?<![^&])page=([0-9]{1,18})(?![^&])")
_NOT_FILTERS = {"page", "per_page", "sort", "expand"}


def iter_pages(fetch: Callable[[str], Response], query: str, path: str) -> Iterator[list[Record]]:
    """Yield the new records of each page, starting with the page of the query. No record is yielded twice.

    `fetch` returns the page of a query; `path` names the list in warnings and errors. Only the queries of `next` links
    are used: their hosts are ignored, because they would receive the credentials.
    """
    number = first = _page_number(query)
    seen, count, size, pages_without_news = _SeenIds(), _TotalCount(query, first), 1, 0
    while True:
        response = fetch(query)
        page, length = List.from_headers(response.headers, ""), len(response.body)
        count.update(page.total_count)
        unseen = seen.unseen(response.body)
        position_lost = count.shrank and len(unseen) == length
        if position_lost and number > first and pages_without_news < MAX_REREAD_PAGES:
            number -= 1
            query = _PAGE_NUMBER.sub(f"page={number}", query)
            continue
        count.uncertain |= position_lost and (number > 1 or seen.forgot)
        seen.add(unseen)
        count.add_records(unseen, response.headers)
        pages_without_news, size = 0 if unseen else pages_without_news + 1, max(size, length)
        yield unseen
        del response, unseen  # so that only one page is in memory at a time
        next_query = _next_query(page, query, number)
        position = (number - first) * size + length
        past_end = pages_without_news > 0 and position >= (count.total or 0)
        if past_end and count.total is not None and not count.misses_records:
            next_query = None  # some servers link to a next page forever
        incomplete = first == 1 and position < (count.total or 0)
        invalid_link = next_query and (past_end or _page_number(next_query) != number + 1)
        if invalid_link or (incomplete and not page.links):
            problem = f"The list ended after {position} of {count.total} records: no valid link to the next page."
            raise ApiError(problem, method="GET", path=path, request_sent=True)
        if next_query is None:
            if incomplete:
                logger.warning("%s may be incomplete: it ended after %d of %d records", path, position, count.total)
            elif count.uncertain or count.misses_records or count.hides_removals:
                logger.warning("%s may be incomplete: it changed while it was being read", path)
            elif count.missing and (number > first or not page.links):
                logger.warning("%s may be incomplete: not every page had a total count", path)
            return
        number, query = number + 1, next_query


def _page_number(query: str) -> int:
    match = _PAGE_NUMBER.search(query)
    return int(match[1]) if match else 1


def _next_query(page: List, query: str, number: int) -> str | None:
    """Return the query of the next page, or None for the last page, which has no link or a link to itself."""
    link = page.links.get("next")
    next_query = urlsplit(link).query if link else query
    is_last = next_query == query or _page_number(next_query) == number or link == page.links.get("self")
    return None if is_last else next_query


class _SeenIds:
    """The IDs that were read, in bounded memory: at least the last REMEMBERED_IDS, at most twice as many."""

    def __init__(self) -> None:
        self._recent, self._older, self.forgot = set[int | str](), set[int | str](), False

    def unseen(self, records: list[Record]) -> list[Record]:
        """Return the records that were not read before, without duplicates, and all records without an ID."""
        ids: set[int | str | None] = set(map(_id, records))
        if len(ids) == len(records) and ids.isdisjoint(self._recent) and ids.isdisjoint(self._older):
            return records  # the usual case
        unseen, ids = list[Record](), set()
        for record in records:
            id = _id(record)
            if id is None or not (id in ids or id in self._recent or id in self._older):
                unseen.append(record)
                ids.add(id)
        return unseen

    def add(self, records: Iterable[Record]) -> None:
        self._recent.update(id for id in map(_id, records) if id is not None)
        if len(self._recent) >= REMEMBERED_IDS:
            self.forgot = self.forgot or bool(self._older)
            self._older, self._recent = self._recent, set()


def _id(record: Record) -> int | str | None:
    id = record.get("id")
    return id if isinstance(id, int) or (isinstance(id, str) and len(id) < 256) else None


class _TotalCount:
    """Total counts of the pages, compared with the records that were read."""

    def __init__(self, query: str, first: int) -> None:
        self.total: int | None = None
        self.shrank = self.missing = self.uncertain = False
        self._from_first_page = first == 1
        filtered = any(name not in _NOT_FILTERS for name, _ in parse_qsl(query, keep_blank_values=True))
        # An edit can also add a record to a filtered list.
        self._dates = ("created_at", "updated_at") if filtered else ("created_at",)
        self._read = self._growth = self._new = 0
        self._started: float | None = None

    def update(self, total: int | None) -> None:
        if total is None:
            self.missing = True
            return
        change = total - (total if self.total is None else self.total)
        self.total, self.shrank = total, self.shrank or change < 0
        self._growth += max(change, 0)

    def add_records(self, records: list[Record], headers: Mapping[str, str]) -> None:
        """Count the new records of a page. All records before them were read, so the position is correct again."""
        self.shrank = False
        if self._started is None:
            date = unix_time(headers.get("Date", ""))
            self._started = math.inf if date is None else date
        self._read += len(records)
        for record in records:
            for name in self._dates:
                time = record.get(name)
                if isinstance(time, int) and time > self._started:
                    self._new += 1
                    break

    @property
    def hides_removals(self) -> bool:
        """Whether more records joined the list than the count grew by: others must have left it."""
        return self._new > self._growth

    @property
    def misses_records(self) -> bool:
        """Whether fewer records were read than existed throughout the iteration."""
        return self._from_first_page and self.total is not None and self._read < self.total - self._growth
