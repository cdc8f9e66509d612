"""Doing the same to many records, once each, with a journal. An optional room: the core never imports it."""

from .errors import JournalError, PlanError, RunError, RunStopped
from .results import Result, Results, RunReport
from .rows import CustomerRef
from .run import Run
from .run_plan import RunPlan

__all__ = [
    "CustomerRef",
    "JournalError",
    "PlanError",
    "Result",
    "Results",
    "Run",
    "RunError",
    "RunPlan",
    "RunReport",
    "RunStopped",
]
