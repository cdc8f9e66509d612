"""Statements to many customers, each once per period, and their PDFs. Optional: the core never imports this package."""

from invoiced.journals import JournalError
from invoiced.ledger import Ledger, LedgerError
from invoiced.runs import CustomerRef, Plan, PlanError, Result, RunError, RunStopped, Status

from .download import Download, StatementDownload
from .journal_import import JournalImport
from .key_check import KeyCheck
from .merging import merge
from .period import Period
from .statements import Statements

__all__ = [
    "CustomerRef",
    "Download",
    "JournalError",
    "JournalImport",
    "KeyCheck",
    "Ledger",
    "LedgerError",
    "Period",
    "Plan",
    "PlanError",
    "Result",
    "RunError",
    "RunStopped",
    "StatementDownload",
    "Statements",
    "Status",
    "merge",
]
