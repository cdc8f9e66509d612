"""Runs: one request per row for many rows, with a journal. Optional: the core never imports this package."""

from .errors import JournalError, PlanError, RunError, RunStopped
from .results import Result, Results, RunReport
from .rows import CustomerRef
from .run import MAX_CONCURRENCY, Run
from .run_plan import RunPlan

__all__ = [
    "MAX_CONCURRENCY",
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
