"""Formatting of values for the cells of tables and CSV files."""

from __future__ import annotations

from typing import Any

from invoiced.cli.json_text import json_text


def cell(value: Any) -> str:
    """Format a value as text: strings as they are, None as an empty string, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def csv_cell(value: Any) -> str:
    """Format a value for a CSV file. Text that a spreadsheet would calculate is preceded by an apostrophe."""
    from invoiced.tables import harmless  # most commands write no CSV

    return harmless(value) if isinstance(value, str) else cell(value)
