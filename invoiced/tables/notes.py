"""What is said of a table that is read: what is assumed, and what is left out."""

from __future__ import annotations

import logging

from invoiced.display.escaping import one_line

_MAX_LENGTH = 200
"""Characters that are logged of a value."""

logger = logging.getLogger("invoiced.tables")


def note(text: str, *values: object) -> None:
    """Log a warning with values that somebody else wrote, such as names of files and cells, each on one line."""
    logger.warning(text, *(one_line(str(value)[:_MAX_LENGTH]) for value in values), stacklevel=2)
