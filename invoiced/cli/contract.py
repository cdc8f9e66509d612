"""`invoiced contract`: checks the facts that the client and the emulator rest on."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

import invoiced
from invoiced.cli.confirmation import host_of
from invoiced.cli.connection import Connect, with_connection
from invoiced.cli.docstrings import docstring_of
from invoiced.cli.errors import FAILED, NotStartedError
from invoiced.cli.output import Output, with_output
from invoiced.cli.streams import pluralize, print_line, unescaped
from invoiced.contract.hosts import SANDBOX_HOST, is_live

if TYPE_CHECKING:
    from invoiced.contract.account import Account
    from invoiced.contract.check import Result


@click.command(epilog="Example: invoiced contract --sandbox --read-only")
@click.option("--read-only", is_flag=True, help="Only check what can be checked with GET requests.")
@with_output
@with_connection
@click.pass_context
def contract(context: click.Context, connect: Connect, *, output: Output, read_only: bool) -> None:
    """Check whether the service behaves as this library expects, in the sandbox or on an emulator.

    Creates a few records with a marker in an account of the sandbox, with at most 80 requests, and deletes them. The
    output contains no data of the account. A live account is refused.
    """
    from invoiced.contract.account import Account  # loads requests
    from invoiced.contract.chapters import FACTS
    from invoiced.contract.check import Result, check
    from invoiced.contract.wire import Wire

    output.check(Result._fields)
    wire = Wire(read_only=read_only)
    with wire.session() as session, connect(session) as client:
        if is_live(client.api_url):
            raise NotStartedError(
                f"{host_of(client)} has live accounts. A contract is checked with a key of the sandbox (--sandbox), or "
                "on an emulator. Nothing was sent."
            )
        account = Account(client, wire)
        account.check_key()
        facts = [fact._replace(sentence=docstring_of(fact.check)) for fact in FACTS if not (read_only and fact.writes)]
        with _reporting_what_is_left(account), account:
            results = [*_with_progress(check(facts, account), len(facts))]
        where = "the sandbox" if host_of(client) == SANDBOX_HOST else "an emulator"
    _write(output, results)
    counts = Counter(result.outcome for result in results)
    summary = ", ".join(f"{number} {outcome}" for outcome, number in counts.items())
    print_line(
        f"invoiced {invoiced.VERSION}, {where}, {pluralize(wire.sent, 'request')}, "
        f"{pluralize(len(facts), 'fact')}: {summary}",
        err=True,
    )
    if len(counts) > 1 or "holds" not in counts or account.left or account.uncertain:
        context.exit(FAILED)


@contextmanager
def _reporting_what_is_left(account: Account) -> Iterator[None]:
    """At the end, write to stderr what was made and not deleted; after Ctrl-C, also that everything was deleted."""
    try:
        yield
    except KeyboardInterrupt:
        if not account.left and not account.uncertain:
            print_line("All records that were created have been deleted.", err=True)
        raise
    finally:
        left = [f"Not deleted: {path}" for path in account.left]
        left += [f"Not deleted: {kind} that may have been created" for kind in account.uncertain]
        for line in left:
            print_line(line, err=True)
        if left:
            print_line(f'Delete them in the sandbox. Search for "{account.marker}".', err=True)


def _with_progress(results: Iterator[Result], total: int) -> Iterator[Result]:
    if not sys.stderr.isatty():
        return results
    with click.progressbar(results, length=total, label="Checking", file=unescaped(sys.stderr)) as bar:
        return iter([*bar])


def _write(output: Output, results: Sequence[Result]) -> None:
    rows, fields = [result._asdict() for result in results], results[0]._fields
    if output.format != "table":
        output.write_rows(rows, fields)
        return
    from invoiced.cli.tables import write_wrapped_table  # loads rich

    write_wrapped_table(rows, output.columns or fields, wrapped=("sentence", "seen"))
