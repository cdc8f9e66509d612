"""Tracebacks in which every line is escaped: they show messages of the API, and what files contain."""

from __future__ import annotations

import sys
from traceback import TracebackException
from types import TracebackType

from invoiced.display.escaping import one_line


def traceback_of(error: BaseException) -> str:
    """Return the traceback of an error and of its causes. The message of each error is one line."""
    parts = (part.removesuffix("\n") for part in TracebackException.from_exception(error).format())
    # Frames, and the lines between two errors, have lines of their own; the message of an error starts with its class.
    lines = (line for part in parts for line in (part.split("\n") if part.startswith((" ", "\n")) else [part]))
    return "\n".join(map(one_line, lines))


def print_traceback(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    """Print the traceback of a programming error, as `sys.excepthook`."""
    print(traceback_of(error), file=sys.stderr)
