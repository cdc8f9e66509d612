"""Text that somebody else wrote, spelled out so that it is shown and does nothing else.

Control characters move the cursor or change what a terminal has shown, line breaks forge lines of a log, and invisible
characters make two texts look alike or reverse their order. All of them are escaped, and so are joiners inside of emoji
or Persian words, because others like them hide something.
"""

import json
from collections.abc import Callable
from unicodedata import category

MAX_MARKS = 8
"""Number of combining marks on one character that are shown as they are: more would cover the lines around it."""


def one_line(text: str) -> str:
    """Return text on one line: line breaks and unusual spaces become spaces, and control characters are escaped."""
    return _spelled_out(text, _as_in_python)


def escaped(text: str) -> str:
    r"""Return text with its lines and spaces, and all other control characters escaped as in JSON: `\u001b`.

    JSON with such characters remains the same JSON.
    """
    return _spelled_out(text, _as_in_json)


def _spelled_out(text: str, escape: Callable[[str], str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    shown, marks = list[str](), 0
    for character in text:
        marks = marks + 1 if category(character) in ("Mn", "Me") else 0
        shown.append(character if character.isprintable() and marks <= MAX_MARKS else escape(character))
    return "".join(shown)


def _as_in_python(character: str) -> str:
    return " " if character.isspace() else character.encode("unicode_escape").decode("ascii")


def _as_in_json(character: str) -> str:
    return character if character == "\n" or category(character) == "Zs" else json.dumps(character)[1:-1]
