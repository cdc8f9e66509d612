"""Texts of others, as they are printed and logged: on one line, and without what a terminal would obey."""

from __future__ import annotations

_MAX_LENGTH = 100


def printable(text: str) -> str:
    r"""Return a text with line breaks, control characters and invisible ones spelled out, such as `\x1b`."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def shortened(text: str) -> str:
    """Return the start of a text in quotes, for a message."""
    return ascii(text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}...")
