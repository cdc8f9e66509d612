"""The statements of a client in the ledger, and the errors of commands that only read or decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from invoiced import Client
from invoiced.cli.errors import NotStartedError
from invoiced.cli.streams import first_line, print_line
from invoiced.journals import JournalError
from invoiced.ledger import LedgerError
from invoiced.runs import PlanError, RunError
from invoiced.statements import Period, Statements

_SHOWN = 20
"""Number of problems that are shown."""


@contextmanager
def statements_of(client: Client) -> Iterator[Statements]:
    """Open the ledger, and refuse the command if something is wrong with it, or with what the command asks for."""
    try:
        statements = Statements(client)
        with statements.ledger:
            yield statements
    except PlanError as error:
        for line in islice(error.problems, _SHOWN):
            print_line(line, err=True)
        raise NotStartedError(first_line(error)) from error
    except (RunError, LedgerError, JournalError) as error:
        raise NotStartedError(str(error)) from error


@contextmanager
def period_of(client: Client, period: str, run: str) -> Iterator[Period]:
    """Open the ledger for one period."""
    with statements_of(client) as statements:
        yield statements.period(period, run)


def name_of(period: str, run: str) -> str:
    """Return a period and the name of a run in it as words of a command line."""
    return f"{period} --run {run}" if run else period
