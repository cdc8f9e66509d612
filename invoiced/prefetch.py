"""Prefetching of the next page in a thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Page = TypeVar("Page")


def prefetch_next(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield the pages in order. While a page is in use, the next page, but no further page, is fetched in a thread.

    An error is raised in place of the page that it concerns. Leaving the loop waits for the request in flight and ends
    the thread.

    Raises:
        RuntimeError: the process was forked after the iteration began; the thread does not exist in the fork.
    """
    from concurrent.futures import ThreadPoolExecutor  # slow to import, and rarely needed

    def fetch() -> Future[Page | None]:
        return thread.submit(copy_context().run, lambda: next(pages, None))

    process = os.getpid()
    with ThreadPoolExecutor(1, "invoiced-prefetch") as thread:
        next_page = fetch()
        while (page := next_page.result()) is not None:
            next_page = fetch()
            yield page
            del page
            if os.getpid() != process:
                raise RuntimeError("This iterator was created in another process. Create one in each process.")
