"""The argument PERIOD and the option `--run` of commands that work on a period, such as 2026-11."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from invoiced.runs.periods import checked_name, checked_period


def with_period(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add PERIOD and `--run` to a command; its function gets `period` and `run`."""

    @click.argument("period")
    @click.option("--run", metavar="NAME", default="", help="A further run in the period, such as reminder-1.")
    @wraps(function)
    def with_period(*arguments: Any, period: str, run: str, **options: Any) -> Any:
        return function(*arguments, period=checked_period(period), run=checked_name(run), **options)

    return with_period
