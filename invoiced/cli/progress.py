"""How far a run has come: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any, TypeVar

import click

from invoiced.cli.streams import one_line

Told = TypeVar("Told", bound="Any")
WELL = ("sent", "created", "updated", "unchanged", "downloaded", "kept")
"""Outcomes that need no line of their own."""


def with_progress(results: Iterable[Told], total: int) -> Iterator[Told]:
    """The results of a run, with progress on stderr as they come: their number, the rate, the time left, and what went wrong."""
    shown = _on_terminal(results, total) if sys.stderr.isatty() else _in_lines(results, total)
    with closing(shown):
        yield from shown


def line_of(result: Any) -> str:
    """A result in one line."""
    reason = f": {result.reason}" if result.reason else ""
    return one_line(f"row {result.row}, {result.customer}: {result.outcome}{reason}")


def _in_lines(results: Iterable[Told], total: int) -> Generator[Told, None, None]:
    for place, result in enumerate(results, start=1):
        click.echo(f"{place}/{total} {line_of(result)}", err=True)
        yield result


def _on_terminal(results: Iterable[Told], total: int) -> Generator[Told, None, None]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    console = Console(stderr=True, highlight=False, markup=False)
    counts = Counter[str]()
    with Progress(*columns, TextColumn("{task.fields[counts]}", markup=False), console=console) as progress:
        bar = progress.add_task("", total=total, rate="", counts="")
        for result in results:
            counts[result.outcome] += 1
            speed = progress.tasks[0].speed
            said = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
            progress.update(bar, advance=1, counts=said, rate=f"{speed:.1f}/s" if speed else "")
            if result.outcome not in WELL:
                progress.console.print(line_of(result))
            yield result
