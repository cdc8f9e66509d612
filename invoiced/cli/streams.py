"""Encoding of the program's arguments, input and output, independent of the locale."""

from __future__ import annotations

import io
import os
import stat
import sys


def prepare_streams() -> None:
    """Use UTF-8 for pipes and files. On a terminal, replace characters that it cannot show with question marks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the parent process
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")


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


def one_line(text: str) -> str:
    """Replace line breaks with spaces, and escape other control characters."""
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def _escape(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")
