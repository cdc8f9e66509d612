"""Statements of many customers: sending and downloading. Optional: the core never imports this package."""

from invoiced.runs import CustomerRef, JournalError, PlanError, Result, RunError, RunPlan, RunReport, RunStopped

from .download import Download, StatementDownload
from .merging import merge
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
