"""Prefetching of the next page in a thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

Page = TypeVar("Page")


def prefetch_next(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield the pages in order. While a page is in use, the next page, but no further page, is fetched in a thread.

    An error is raised in place of the page that it concerns. Leaving the loop waits for the request in flight and ends
    the thread.

    Raises:
        RuntimeError: the process was forked after the iteration began; the thread does not exist in the fork.
    """

    def fetch(page: Future[Page | None]) -> None:
        try:
            page.set_result(next(pages, None))
        except BaseException as error:
            page.set_exception(error)

    def start() -> tuple[Future[Page | None], Thread]:
        # Not a ThreadPoolExecutor, which refuses work after the end of the main thread.
        page = Future[Page | None]()
        thread = Thread(target=copy_context().run, args=(fetch, page), name="invoiced-prefetch")
        thread.start()
        return page, thread

    process, (next_page, thread) = os.getpid(), start()
    try:
        while (page := next_page.result()) is not None:
            next_page, thread = start()
            yield page
            del page
            if os.getpid() != process:
                raise RuntimeError("This iterator was created in another process. Create one in each process.")
    finally:
        thread.join()
