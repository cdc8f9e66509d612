"""Errors of tables that cannot be read."""

from __future__ import annotations

from invoiced.display.escaping import one_line


class TableError(ValueError):
    """A table that cannot be read, is ambiguous, or has no rows. Nothing was sent."""

    def __str__(self) -> str:
        return one_line(super().__str__())


def other_kind(file: str, kind: str) -> TableError:
    """Return the error of a file that is of another kind than those that are read."""
    return TableError(f"{file} is {kind}. Save it as XLSX or CSV, without a password.")
