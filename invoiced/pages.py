"""Reading of a list page by page, while others may change the list.

A page is a range of positions. When records leave the list or join it, other records move, and the next page may skip
some. The service avoids this in ID order: a page starts behind the last ID of the previous page. But it forgets that ID
after five minutes, and shares it among all readers of the list.

That shows: fewer records are read than the first page counted, a record is read twice, or the total count changes. The
list is then read again, without the records that were read before, until nothing moves or a reading brings nothing new.
"""

import logging
import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import ApiError, InvalidRequestError, ListChangedError
from .list import List
from .messages import Response, unix_time

logger = logging.getLogger("invoiced")

MAX_READINGS_WITHOUT_NEWS = 3
Record = dict[str, Any]
_NO_COUNT = "it has no total count"
_NOT_FILTERS = {"page", "per_page", "sort", "expand", "include", "exclude"}


def iter_pages(
    fetch: Callable[[str], Response], query: str, path: str, *, strict: bool = False
) -> Iterator[list[Record]]:
    """Yield the new records of each page, starting with the page of the query. No record is yielded twice.

    `fetch` returns the page of a query; `path` names the list in warnings and errors. Only the queries of `next` links
    are used: their hosts are ignored, because they would receive the credentials.

    Raises:
        ApiError: the links of the pages are invalid.
        ListChangedError: with `strict`, if records may be missing; otherwise, a warning is logged.
    """
    known, earlier, without_news = _Ids(), "", 0
    reading = _Reading(fetch, query, path, known)
    while True:
        news = False
        for records in reading.pages():
            unseen = records if reading.ids is known else known.new(records)
            news = news or bool(unseen)
            yield unseen
            del records, unseen  # so that only one page is in memory at a time
        without_news = 0 if news else without_news + 1
        if without_news and reading.failure:
            raise reading.failure
        if reading.problem in ("", _NO_COUNT):
            break
        if without_news == MAX_READINGS_WITHOUT_NEWS or (without_news and reading.problem == earlier):
            break
        earlier, reading = reading.problem, _Reading(fetch, query, path, _Ids())
    if reading.problem:
        problem = f"{path} may be incomplete: {reading.problem}"
        if strict:
            raise ListChangedError(problem, method="GET", path=path, request_sent=True)
        logger.warning("%s", problem)


class _Reading:
    """One reading of a list, from its first page to its last. `ids` are those that were read in it."""

    def __init__(self, fetch: Callable[[str], Response], query: str, path: str, ids: "_Ids") -> None:
        self._fetch, self._query, self._path, self.ids = fetch, query, path, ids
        self._first = self._number = _number_in(query, "page", 1)
        self._size, self._position, self._has_news, self._moved = 1, 0, False, False
        self._total: int | None = None
        self._started = math.inf
        self._existing = (self._first - 1) * _number_in(query, "per_page", 100)
        filtered = any(name not in _NOT_FILTERS for name, _ in parse_qsl(query, keep_blank_values=True))
        # An edit can also add a record to a filtered list.
        self._dates = ("created_at", "updated_at") if filtered else ("created_at",)
        self.problem = ""
        """Why records may be missing; empty if all records were read that were there when the reading began."""
        self.failure: InvalidRequestError | None = None
        """Rejection of a later page: the service does not know any more where it begins."""

    def pages(self) -> Iterator[list[Record]]:
        """Yield the records of each page, without those of earlier pages."""
        query: str | None = self._query
        while query is not None:
            try:
                response = self._fetch(query)
            except InvalidRequestError as error:
                if error.status_code != 400 or self._number == self._first:
                    raise
                self.failure, self.problem = error, f"page {self._number} was rejected"
                return
            records, page = self.ids.new(response.body), List.from_headers(response.headers, "")
            self._count(response, page, records)
            yield records
            del response, records  # so that only one page is in memory at a time
            query = self._next_query(page, query)
        if self._total is None:
            self.problem = "" if self._number == self._first and page.links else _NO_COUNT
        elif self._existing != self._total or (self._moved and self._size < self._total):
            self.problem = f"it kept changing; {self._existing} of {self._total} records were read"

    def _count(self, response: Response, page: List, records: list[Record]) -> None:
        if self._number == self._first:
            self._total = page.total_count
            self._started = unix_time(response.headers.get("Date", "")) or math.inf
        self._size = max(self._size, len(response.body))
        self._position = (self._number - self._first) * self._size + len(response.body)
        self._has_news = bool(records)
        self._moved = self._moved or len(records) < len(response.body) or page.total_count not in (None, self._total)
        self._existing += sum(
            not any(_is_after(record.get(name), self._started) for name in self._dates) for record in records
        )

    def _next_query(self, page: List, query: str) -> str | None:
        """Return the query of the next page, or None after the last page, which has no link or a link to itself."""
        link = page.links.get("next")
        next_query = urlsplit(link).query if link else query
        number, total = _number_in(next_query, "page", 1), page.total_count or self._total or 0
        is_last = next_query == query or number == self._number or link == page.links.get("self")
        past_end = not self._has_news and self._position >= total
        if past_end and self._total is not None and self._existing >= self._total:
            is_last = True  # some servers link to a next page forever
        ends_early = self._first == 1 and self._position < total and not page.links
        if ends_early or (not is_last and (past_end or number != self._number + 1)):
            problem = f"The list ended after {self._position} of {total} records: no valid link to the next page."
            raise ApiError(problem, method="GET", path=self._path, request_sent=True)
        if is_last:
            return None
        self._number += 1
        return next_query


class _Ids:
    """IDs that were read: 8 bytes each as long as they ascend."""

    def __init__(self) -> None:
        self._ascending, self._others = array("q"), set[int | str]()

    def new(self, records: list[Record]) -> list[Record]:
        """Return the records whose IDs are new, and remember the IDs. Records without an ID are always new."""
        return [record for record in records if self._is_new(record.get("id"))]

    def _is_new(self, id: object) -> bool:
        if isinstance(id, int) and -(2**63) <= id < 2**63:
            ascending = self._ascending
            if not ascending or id > ascending[-1]:
                ascending.append(id)
                return True
            if ascending[bisect_left(ascending, id)] == id:
                return False
        elif not isinstance(id, int) and not (isinstance(id, str) and len(id) < 256):
            return True
        is_new = id not in self._others
        self._others.add(id)
        return is_new


def _number_in(query: str, name: str, default: int) -> int:
    match = re.search(rf"(?<![^&]){name}=([0-9]{{1,18}})(?![^&])", query)
    return int(match[1]) if match else default


def _is_after(time: object, started: float) -> bool:
    return isinstance(time, int) and time > started
