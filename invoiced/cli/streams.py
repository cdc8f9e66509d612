"""The program's arguments, input and output: their encoding, independent of the locale, and what a terminal may get.

A terminal and stderr only get text: the characters that control a terminal are escaped in whatever is written, so that
no command can forget it. Only rich, which writes tables and progress bars, gets the stream below, from `unescaped`.
"""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterable
from typing import Any, TextIO, cast

from invoiced.display.escaping import escaped, one_line


class EscapedStream:
    """A stream that escapes what controls a terminal: JSON stays the same JSON.

    It has no `buffer`, because click would write to that if it disagrees with the encoding.

    Args:
        unescaped: the stream to write to.
    """

    def __init__(self, unescaped: TextIO) -> None:
        self.unescaped = unescaped

    def write(self, text: str) -> int:
        """Write text, and return the number of its characters."""
        self.unescaped.write(escaped(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of the texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self.unescaped, name)


def unescaped(stream: TextIO) -> TextIO:
    """Return the stream for a writer that escapes what it shows, and controls the terminal itself."""
    return stream.unescaped if isinstance(stream, EscapedStream) else stream


def prepare_streams() -> None:
    """Use UTF-8 for pipes and files. On a terminal, replace characters that it cannot show with question marks.

    A terminal and stderr get escaped text. On stdout, a pipe or a file gets exactly what is written.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the parent process
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")
    if sys.stdout.isatty():
        sys.stdout = cast(TextIO, EscapedStream(sys.stdout))
    sys.stderr = cast(TextIO, EscapedStream(sys.stderr))


def use_utf_8() -> None:
    """Start the program again in Python's UTF-8 mode if its locale only has ASCII characters.

    Python cannot change the encoding of arguments and file names later. By default, it does the same by itself.
    """
    if sys.getfilesystemencoding() == "ascii" and sys.executable and not getattr(sys, "frozen", False):
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def is_new_file_on_stdout() -> bool:
    """Return whether stdout is an empty file. It gets a byte order mark, without which Excel garbles CSV in UTF-8."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):  # closed, or not a file of the system
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


def is_interactive() -> bool:
    """Return whether the program can prompt: on stderr, with input from stdin."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def pluralize(number: int, noun: str) -> str:
    """Return the number and the noun, with an s unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def first_line(text: object) -> str:
    """Return the first line of a text of several lines."""
    return str(text).partition("\n")[0]


def print_line(text: str, *, err: bool = False) -> None:
    """Print text on one line, on stdout or, as a message to the user, on stderr."""
    print(one_line(text), file=sys.stderr if err else sys.stdout, flush=True)
