"""Excerpts of what a caller sent, for messages."""

from __future__ import annotations

_MAX_LENGTH = 100


def excerpt(text: str) -> str:
    """Return the start of a text in quotes, in ASCII."""
    return ascii(text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}...")
