"""Doing the same to many records, once each, with a journal. An optional room: the core never imports it."""

from .errors import JournalError, PlanError, RunError, RunStopped
from .plan import Plan
from .results import Report, Result, Results
from .run import Run
from .tasks import Recipient

__all__ = [
    "JournalError",
    "Plan",
    "PlanError",
    "Recipient",
    "Report",
    "Result",
    "Results",
    "Run",
    "RunError",
    "RunStopped",
]
