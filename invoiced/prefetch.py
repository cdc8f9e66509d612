"""One page ahead: while the loop goes over a page, a thread fetches the next."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Page = TypeVar("Page")


def prefetch_next(pages: Iterator[Page]) -> Iterator[Page]:
    """Yield the pages in their order, each fetched while the one before is in use, and never more than that one.

    An error comes where its page would. Leaving the loop waits for the page under way: then the thread is gone.

    Raises:
        RuntimeError: this is a fork of the process that began, where the thread is not.
    """
    from concurrent.futures import ThreadPoolExecutor  # which only this needs

    def fetch() -> Future[Page | None]:
        return thread.submit(copy_context().run, lambda: next(pages, None))

    process = os.getpid()
    with ThreadPoolExecutor(1, "invoiced-prefetch") as thread:
        following = fetch()
        while (page := following.result()) is not None:
            following = fetch()
            yield page
            del page
            if os.getpid() != process:
                raise RuntimeError("This loop began in another process. Begin one in each.")
