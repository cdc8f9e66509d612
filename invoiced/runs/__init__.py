"""Doing the same to many records, once each, with a journal. An optional room: the core never imports it."""

from .errors import JournalError, PlanError, RunError, RunStopped
from .plan import Plan
from .results import Recipient, Report, Result
from .run import Run

__all__ = ["JournalError", "Plan", "PlanError", "Recipient", "Report", "Result", "Run", "RunError", "RunStopped"]
