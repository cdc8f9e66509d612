"""Journals of invoiced 4.0, which recorded one run each in a file. They are only read, to move to a ledger."""

from .errors import JournalError
from .journal import Journal, JournalRow, read_journal

__all__ = ["Journal", "JournalError", "JournalRow", "read_journal"]
