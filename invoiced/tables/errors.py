"""Errors of tables that cannot be read."""

from __future__ import annotations


class TableError(ValueError):
    """A table that cannot be read, is ambiguous, or has no rows. Nothing was sent."""


def other_kind(file: str, kind: str) -> TableError:
    """Return the error of a file that is of another kind than those that are read."""
    return TableError(f"{file} is {kind}. Save it as XLSX or CSV, without a password.")
