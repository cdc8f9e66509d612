"""Downloads in threads that can be left at once.

The threads of `concurrent.futures` would be waited for when the program ends, even if they resolve a name or connect,
which nothing can interrupt.
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from functools import partial
from typing import TypeVar

from .fetching import Fetcher

_ItemT = TypeVar("_ItemT")
_ResultT = TypeVar("_ResultT")
_PATIENCE = 1.0
"""Maximum seconds to wait for threads that were stopped."""


def fetch_all(
    items: Iterable[_ItemT],
    fetch: Callable[[Fetcher, _ItemT], _ResultT],
    *,
    new_fetcher: Callable[[], Fetcher],
    concurrency: int,
    stop: Callable[[], object],
) -> Iterator[_ResultT]:
    """Call `fetch` for each item, in threads. Downloads in flight end when the iterator is closed.

    Args:
        items: the items. At most `concurrency` of them are ahead of the results that were consumed.
        fetch: downloads the file of an item with a fetcher, which no other thread uses at the same time.
        new_fetcher: creates a fetcher.
        concurrency: maximum number of downloads in flight.
        stop: ends anything else that `fetch` waits for.

    Yields:
        The result of each item, in the order of the items.
    """
    fetchers = [new_fetcher() for _ in range(concurrency)]
    running = deque[Future[_ResultT]]()

    def leave() -> None:
        stop()
        for fetcher in fetchers:
            fetcher.stop()
        wait(running, _PATIENCE)
        for fetcher in fetchers:
            fetcher.close()

    atexit.register(leave)  # if the program ends while something refers to the iterator, files would be left unfinished
    try:
        for number, item in enumerate(items):
            if len(running) == concurrency:
                yield _next_result(running)
            slot = number % concurrency
            if fetchers[slot].stopped:
                fetchers[slot].close()
                fetchers[slot] = new_fetcher()
            running.append(Future())  # before it starts: Ctrl-C at any moment must find it
            _start(running[-1], partial(fetch, fetchers[slot], item))
        while running:
            yield _next_result(running)
    finally:
        atexit.unregister(leave)
        leave()


def _next_result(running: deque[Future[_ResultT]]) -> _ResultT:
    result = running[0].result()  # it is running until then
    running.popleft()
    return result


def _start(future: Future[_ResultT], function: Callable[[], _ResultT]) -> None:
    """Call a function in a thread that the end of the program does not wait for."""

    def call() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=call, name="invoiced-download", daemon=True).start()
