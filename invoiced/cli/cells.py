"""Formatting of values for the cells of tables and CSV files."""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import Any

from invoiced.cli.json_text import json_text


def cell(value: Any) -> str:
    """Format a value as text: strings as they are, None as an empty string, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def csv_cell(value: Any) -> str:
    """Format a value for a CSV file. Text that a spreadsheet would calculate is preceded by an apostrophe."""
    text = cell(value)
    is_formula = isinstance(value, str) and _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def is_new_file_on_stdout() -> bool:
    """Return whether stdout is an empty file. It gets a byte order mark, without which Excel garbles CSV in UTF-8."""
    try:
        status = os.fstat(sys.stdout.fileno())
    except (OSError, ValueError):  # closed, or not a file of the system
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size == 0


_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*")
