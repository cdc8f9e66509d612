"""How texts come into the program and leave it, whatever the locale."""

from __future__ import annotations

import io
import os
import sys


def prepare_streams() -> None:
    """Pipes and files get UTF-8. A terminal gets what it can show, and a question mark for the rest."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started the program
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="replace", newline="\n")


def arguments() -> list[str]:
    """The program's arguments; those that the locale could not decode are UTF-8."""
    return [text if text.isprintable() else _decoded(text) for text in sys.argv[1:]]


def _decoded(text: str) -> str:
    try:
        return os.fsencode(text).decode("utf-8", "surrogateescape")
    except UnicodeError:
        return text


def at_a_terminal() -> bool:
    """Whether somebody is there to be asked: questions go to stderr, answers come from stdin."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def counted(number: int, noun: str) -> str:
    """The number and the noun, which has an s unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str) -> str:
    """The text without line breaks, and with what would steer a terminal spelled out."""
    return "".join(character if character.isprintable() else _spelled(character) for character in text)


def _spelled(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")
