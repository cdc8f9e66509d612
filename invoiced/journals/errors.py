"""The error of a journal that cannot be read."""

from __future__ import annotations

from invoiced.display.escaping import one_line


class JournalError(Exception):
    """A journal that is damaged, in use, or that the library did not write. Nothing was taken over."""

    def __str__(self) -> str:
        return one_line(super().__str__())
