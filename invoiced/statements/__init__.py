"""Statements for many customers: runs that send them. An optional room: the core never imports it."""

from invoiced.runs import JournalError, Plan, PlanError, Recipient, Report, Result, RunError, RunStopped

from .download import Download, StatementDownload, merge
from .run import StatementRun

__all__ = [
    "Download",
    "JournalError",
    "Plan",
    "PlanError",
    "Recipient",
    "Report",
    "Result",
    "RunError",
    "RunStopped",
    "StatementDownload",
    "StatementRun",
    "merge",
]
