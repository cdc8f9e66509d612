"""The error of a table that cannot be read."""

from __future__ import annotations


class TableError(ValueError):
    """A table that cannot be read, is ambiguous, or has no rows. Nothing was sent."""
