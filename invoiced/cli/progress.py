"""Progress of a run on stderr: a progress bar on a terminal, otherwise one line per result."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

import click

from invoiced.cli.errors import DEBUG
from invoiced.cli.streams import print_line, unescaped
from invoiced.display.escaping import one_line

logger = logging.getLogger("invoiced")

ResultT = TypeVar("ResultT", bound="Any")
QUIET_OUTCOMES = ("sent", "created", "updated", "unchanged", "downloaded", "kept")
"""Outcomes that get no line above the progress bar."""


class _Messages(logging.Handler):
    """Shows the warnings of a run, such as why it pauses, one line each, unless the whole log is shown."""

    def __init__(self, show: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        context = click.get_current_context(silent=True)
        if context is None or not context.meta.get(DEBUG):
            self._show(one_line(record.getMessage()))


@contextmanager
def _messages(show: Callable[[str], object]) -> Iterator[None]:
    handler = _Messages(show)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def with_progress(results: Iterable[ResultT], total: int) -> Iterator[ResultT]:
    """Yield the results of a run, and show its progress: the count, the rate, the time left, and problems."""
    shown = _show_bar(results, total) if sys.stderr.isatty() else _print_lines(results, total)
    with closing(shown):
        yield from shown


def format_result(result: Any) -> str:
    """Format a result as one line."""
    reason = f": {result.reason}" if result.reason else ""
    return one_line(f"row {result.row}, {result.customer}: {result.outcome}{reason}")


def _print_lines(results: Iterable[ResultT], total: int) -> Generator[ResultT, None, None]:
    with _messages(lambda message: print_line(message, err=True)):
        for number, result in enumerate(results, start=1):
            print_line(f"{number}/{total} {format_result(result)}", err=True)
            yield result


def _show_bar(results: Iterable[ResultT], total: int) -> Generator[ResultT, None, None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate, outcomes = (TextColumn(f"{{task.fields[{name}]}}", markup=False) for name in ("rate", "counts"))
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn(), outcomes)
    console = Console(file=unescaped(sys.stderr), highlight=False, markup=False, emoji=False)
    counts = Counter[str]()
    progress = Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)
    with progress, _messages(console.print):
        bar = progress.add_task("", total=total, rate="", counts="")
        for result in results:
            counts[result.outcome] += 1
            speed = progress.tasks[0].speed
            summary = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
            progress.update(bar, advance=1, counts=summary, rate=f"{speed:.1f}/s" if speed else "")
            if result.outcome not in QUIET_OUTCOMES:
                progress.console.print(format_result(result))
            yield result
