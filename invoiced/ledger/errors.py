"""The error of a ledger that cannot be used."""

from __future__ import annotations

from invoiced.display.escaping import one_line


class LedgerError(Exception):
    """A ledger that cannot be read or written, or that is damaged. It says whether something was sent."""

    def __str__(self) -> str:
        return one_line(super().__str__())
