"""Warnings of what the API accepts in silence, although it may be a typing error."""

from __future__ import annotations

import logging

from invoiced.display.escaping import one_line

_LOGGER = logging.getLogger("invoiced.emulator")


def warn(message: str) -> None:
    """Log a warning."""
    _LOGGER.warning("%s", one_line(message))
