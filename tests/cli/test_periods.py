"""The argument PERIOD of commands, with and without a file after it."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from invoiced.cli.periods import with_period


def called(*options: Any, words: list[str]) -> str:
    """Return what a command with a period gets, or its error."""

    @with_period
    def show(**given: Any) -> None:
        click.echo(given)

    for option in options:
        show = option(show)
    result = CliRunner().invoke(click.command()(show), words)
    return (result.output or str(result.exception)).strip()


OPTION = click.option("--out", "file")


@pytest.mark.parametrize("period", ["2026-11", "2026-Q4", "2026", "2026-11-30"])
def test_a_period_and_a_run_are_checked(period: str) -> None:
    assert called(words=[period, "--run", "reminder-1"]) == f"{{'period': '{period}', 'run': 'reminder-1'}}"
    assert "A period is a month such as 2026-11" in called(words=[f"{period}-x"])
    assert "The name of a run is in small letters" in called(words=[period, "--run", "R 1"])
    assert "The period is missing, such as 2026-11" in called(words=[])


def test_an_option_for_a_file_is_not_the_file_after_the_period() -> None:
    assert "A period is a month such as 2026-11" in called(OPTION, words=["November", "--out", "x.csv"])
    assert "'file': 'x.csv'" in called(OPTION, words=["2026-11", "--out", "x.csv"])
