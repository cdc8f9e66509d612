"""The argument PERIOD and the option `--run` of commands that work on a period, such as 2026-11."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import wraps
from typing import Any

import click

from invoiced.cli.confirmation import read_answer
from invoiced.cli.streams import is_interactive, print_line
from invoiced.runs.periods import checked_name, checked_period, proposed_period

_EXAMPLE = "such as 2026-11"


def dates_are_missing(period: str, kind: object, start: object, end: object) -> bool:
    """Return whether statements without dates of their own are not those of the period, but of the current month."""
    return kind != "open_item" and not start and not end and period != f"{date.today():%Y-%m}"


def with_period(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add PERIOD and `--run` to a command; its function gets `period` and `run`."""
    return with_run_name(with_only_period(function))


def with_run_name(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--run` to a command; its function gets `run`."""

    def checked(context: click.Context, parameter: click.Parameter, name: str) -> str:
        return checked_name(name)

    what = "A further run in the period, such as reminder-1."
    return click.option("--run", metavar="NAME", default="", callback=checked, help=what)(function)


def with_only_period(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add PERIOD to a command; its function gets `period`.

    At a terminal, a period is proposed if none is given, unless the command has `--yes` and it is given. If the command
    also has an argument `file`, that may be the only one.
    """

    @click.argument("period", required=False, metavar="[PERIOD]")
    @wraps(function)
    def with_period_given(*arguments: Any, period: str | None, **options: Any) -> Any:
        if period is not None and _has_file() and not _is_period(period):
            if options["file"] is not None:
                raise click.UsageError(f"{period!r} is not a period, {_EXAMPLE}. The period comes before the file.")
            period, options["file"] = None, period
        period = _propose(yes=options.get("yes", False)) if period is None else checked_period(period)
        return function(*arguments, period=period, **options)

    return with_period_given


def _propose(*, yes: bool) -> str:
    """Return the period that the user accepts or types.

    Raises:
        UsageError: there is no terminal, or the user does not want to be asked.
    """
    if yes or not is_interactive():
        where = "at a terminal, without --yes" if yes else "at a terminal"
        raise click.UsageError(f"The period is missing, {_EXAMPLE}. It is proposed only {where}.")
    proposed = proposed_period(date.today())
    while True:
        period = read_answer(f"Period [{proposed}]: ") or proposed
        if _is_period(period):
            return period
        print_line("Press Enter to accept the period, or type another one: a month such as 2026-11.", err=True)


def _has_file() -> bool:
    """Return whether the command that runs has an argument FILE after the period."""
    parameters = click.get_current_context().command.params
    return any(isinstance(each, click.Argument) and each.name == "file" for each in parameters)


def _is_period(text: str) -> bool:
    with suppress(ValueError):
        return bool(checked_period(text))
    return False
