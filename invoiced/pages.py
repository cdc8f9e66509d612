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
from collections.abc import Callable, Generator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .errors import ApiError, InvalidRequestError, ListChangedError
from .list import List
from .messages import Response, unix_time

logger = logging.getLogger("invoiced")

MAX_READINGS = 3
"""Number of readings in a row without news after which a list is not read again."""
Record = dict[str, Any]
Pages = Generator[list[Record], None, None]
Fetch = Callable[[str], Response]
"""A function that returns the page of a query."""

_NO_COUNT = "it has no total count"
_UNCLEAR = "other records may have taken the places of records that were skipped"
_NOT_FILTERS = {"page", "per_page", "sort", "expand", "include", "exclude"}


def iter_pages(fetch: Fetch, query: str, path: str, writes: Callable[[], int], strict: bool) -> Pages:
    """Yield the new records of each page, starting with the page of the query. No record is yielded twice.

    `path` names the list in warnings and errors. Only the queries of `next` links are used: their hosts are ignored,
    because they would receive the credentials. `writes` returns the number of writes that the program has sent.

    Raises:
        ApiError: the links of the pages are invalid.
        ListChangedError: with `strict`, if records may be missing; otherwise, a warning is logged.
    """
    known, earlier, without_news = _Ids(), "", 0
    while True:
        before, writes_before = known.number, writes()
        problem = yield from _read(fetch, query, path, known, _Ids() if earlier else known)
        without_news = 0 if known.number > before else without_news + 1
        is_settled = problem in ("", _NO_COUNT) or (problem == _UNCLEAR and not strict and writes() == writes_before)
        if is_settled or without_news == MAX_READINGS or (without_news and problem == earlier):
            break
        earlier = problem
    if problem in ("", _UNCLEAR):  # the last reading was complete, or did not differ from the one before
        return
    if strict:
        raise ListChangedError(f"It may be incomplete: {problem}.", method="GET", path=path, request_sent=True)
    logger.warning("%s may be incomplete: %s", path, problem)


def _read(fetch: Fetch, query: str, path: str, known: "_Ids", read: "_Ids") -> Generator[list[Record], None, str]:
    """Read a list once, and yield the new records of each page.

    `known` are the IDs of all readings, `read` those of this reading: the same object in the first reading.

    Returns:
        Why records may be missing, or an empty text if all records that the first page counted were read.
    """
    first = number = _number_in(query, "page", 1)
    existing, before = (first - 1) * _number_in(query, "per_page", 100), known.number
    filtered = any(name not in _NOT_FILTERS for name, _ in parse_qsl(query, keep_blank_values=True))
    # An edit can also add a record to a filtered list.
    dates = ("created_at", "updated_at") if filtered else ("created_at",)
    counted, started, size, moved, unclear = None, math.inf, 1, False, filtered
    while True:
        try:
            response = fetch(query)
        except InvalidRequestError as error:  # the service has forgotten where the page begins
            if error.status_code != 400 or number == first or known.number == before:
                raise
            return f"page {number} was rejected"
        page, length, records = List.from_headers(response.headers, ""), len(response.body), read.add(response.body)
        if number == first:
            counted, started = page.total_count, unix_time(response.headers.get("Date", "")) or math.inf
        times = [[record.get(name) for record in records] for name in dates]
        late = {at for each in times for at, time in enumerate(each) if isinstance(time, int) and time > started}
        existing += len(records) - len(late)
        unclear |= number > first and (started in times[0] or not {*map(type, times[0])} <= {int})
        moved = moved or len(records) < length or page.total_count not in (None, counted)
        size, total, is_repeated = max(size, length), page.total_count or counted or 0, not records
        yield records if read is known else known.add(records, with_id=True)
        del response, records  # so that only one page is in memory at a time
        position = (number - first) * size + length
        link = page.links.get("next")
        next_query = urlsplit(link).query if link else query
        next_number, past_end = _number_in(next_query, "page", 1), is_repeated and position >= total
        is_last = next_query == query or next_number == number or link == page.links.get("self")
        # Some servers link to a next page forever.
        is_last = is_last or (past_end and counted is not None and existing >= counted)
        has_invalid_link = not is_last and (past_end or next_number != number + 1)
        if has_invalid_link or (first == 1 and position < total and not page.links):
            problem = f"The list ended after {position} of {total} records: no valid link to the next page."
            raise ApiError(problem, method="GET", path=path, request_sent=True)
        if is_last:
            break
        number, query = next_number, next_query
    if counted is None:
        return "" if number == first and page.links else _NO_COUNT
    if existing != counted or (moved and size < counted):
        return f"it kept changing; {existing} of {counted} records were read"
    return _UNCLEAR if unclear and number > first else ""


def _number_in(query: str, name: str, default: int) -> int:
    match = re.search(rf"(?<![^&]){name}=([0-9]{{1,18}})(?![^&])", query)
    return int(match[1]) if match else default


class _Ids:
    """IDs of records that were read: 8 bytes each as long as they ascend."""

    def __init__(self) -> None:
        self._ascending, self._others, self.number = array("q"), set[int | str](), 0

    def add(self, records: list[Record], *, with_id: bool = False) -> list[Record]:
        """Return the records that were not added before, and, unless `with_id`, those without an ID."""
        ids: list[Any] = [record.get("id") for record in records]
        last = self._ascending[-1] if self._ascending else -(2**63) - 1
        if {*map(type, ids)} == {int} and ids == sorted({*ids}) and last < ids[0] and ids[-1] < 2**63:
            self._ascending.extend(ids)  # most pages
            new = records
        else:
            new = [record for record, id in zip(records, ids, strict=True) if self._is_new(id, not with_id)]
        self.number += len(new)
        return new

    def _is_new(self, id: object, default: bool) -> bool:
        if isinstance(id, int) and -(2**63) <= id < 2**63:
            ascending = self._ascending
            if not ascending or id > ascending[-1]:
                ascending.append(id)
                return True
            if ascending[bisect_left(ascending, id)] == id:
                return False
        elif not isinstance(id, int) and not (isinstance(id, str) and len(id) < 256):
            return default
        is_new = id not in self._others
        self._others.add(id)
        return is_new
