"""Errors of tables that cannot be read."""

from __future__ import annotations

from invoiced.display.escaping import one_line

_MAX_LENGTH = 1000
"""Characters of a message, which may quote what somebody else wrote."""


class TableError(ValueError):
    """A table that cannot be read, is ambiguous, or has no rows. Nothing was sent."""

    def __str__(self) -> str:
        text = super().__str__()
        return one_line(text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}...")


def other_kind(file: str, kind: str) -> TableError:
    """Return the error of a file that is of another kind than those that are read."""
    return TableError(f"{file} is {kind}. Save it as XLSX or CSV, without a password.")


def damaged(file: str, problem: str) -> TableError:
    """Return the error of a workbook that no program would write."""
    return TableError(f"{file} is a damaged workbook: {problem}.")


def too_large(file: str, bound: int, things: str) -> TableError:
    """Return the error of a file that exceeds a bound."""
    return TableError(f"{file} has more than {bound:,} {things}. Save only what is needed, in a smaller file.")
