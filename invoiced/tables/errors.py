"""The error of a table that cannot be read."""

from __future__ import annotations

from invoiced.display.escaping import one_line


class TableError(ValueError):
    """A table that cannot be read, is ambiguous, or has no rows. Nothing was sent."""

    def __str__(self) -> str:
        return one_line(super().__str__())
