"""The threads of a run, which Python starts only while the main thread of the program runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from .errors import RunStopped

MAIN_THREAD_ENDED = (
    "The run stopped because the main thread of the program has ended, after which Python starts no more threads. "
    "Let the main thread wait for the thread of the run: thread.join(). Then run again to continue."
)


class Threads(ThreadPoolExecutor):
    """Threads that stop the run when Python can start no more of them."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function in a thread.

        Raises:
            RunStopped: the main thread has ended.
        """
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            raise RunStopped(MAIN_THREAD_ENDED) from None
