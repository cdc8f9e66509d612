"""Runs: one request per row for many rows, recorded in a ledger. Optional: the core never imports this package."""

from .errors import PlanError, RunError, RunStopped
from .plan import Plan
from .results import Outcome, Result, Results, Status
from .rows import CustomerRef
from .run import MAX_CONCURRENCY, Run

__all__ = [
    "MAX_CONCURRENCY",
    "CustomerRef",
    "Outcome",
    "Plan",
    "PlanError",
    "Result",
    "Results",
    "Run",
    "RunError",
    "RunStopped",
    "Status",
]
