"""Statements for many customers: runs that send them. An optional room: the core never imports it."""

from invoiced.runs import CustomerRef, JournalError, PlanError, Result, RunError, RunPlan, RunReport, RunStopped

from .download import Download, StatementDownload, merge
from .run import StatementRun

__all__ = [
    "CustomerRef",
    "Download",
    "JournalError",
    "PlanError",
    "Result",
    "RunError",
    "RunPlan",
    "RunReport",
    "RunStopped",
    "StatementDownload",
    "StatementRun",
    "merge",
]
