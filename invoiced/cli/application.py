"""The root of the command line: all commands, and where each is defined."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

import invoiced
from invoiced.cli.collections import collection_group
from invoiced.cli.discovery import find_collections
from invoiced.cli.errors import exit_on_errors
from invoiced.cli.lazy_group import LazyCommand, LazyGroup, import_command

EXPLICIT_COMMANDS = {
    "contacts import": ("invoiced.cli.contacts:import_contacts", "Create or update contacts from a file."),
    "contract": ("invoiced.cli.contract:contract", "Check whether the service behaves as expected."),
    "demo": ("invoiced.cli.demo:demo", "Send sample statements on a local emulator."),
    "emulator": ("invoiced.cli.emulator:emulator", "Run an emulator of the API on this machine."),
    "invoices import": ("invoiced.cli.invoices:import_invoices", "Create invoices from a file, each once."),
    "statements check-keys": ("invoiced.cli.statement_settling:check_keys", "Check whether responses are repeated."),
    "statements close": ("invoiced.cli.statement_periods:close", "Close a period."),
    "statements download": ("invoiced.cli.statement_downloads:download", "Download statements of a period as PDFs."),
    "statements history": ("invoiced.cli.statement_periods:history", "Show what happened to a customer's statement."),
    "statements import-journal": ("invoiced.cli.statement_journals:import_journal", "Take over a journal of 4.0."),
    "statements report": ("invoiced.cli.statement_periods:report", "Write a report of a period."),
    "statements send": ("invoiced.cli.statements:send", "Send statements by e-mail, to each customer once."),
    "statements settle": ("invoiced.cli.statement_settling:settle", "Record which unknown statements were sent."),
    "statements skip": ("invoiced.cli.statement_periods:skip", "Record who is not sent a statement."),
    "statements status": ("invoiced.cli.statement_periods:status", "Show what was sent, who is left, and why."),
    "statements unknown": ("invoiced.cli.statement_settling:unknown", "List statements that may have been sent."),
}
"""The import path and the summary of each command that is not generated from a collection, by name or by group and
name ("contacts import"). Help texts show the summary without importing the command."""


class Application(LazyGroup):
    """The root group. Errors are printed as one line and set the exit status."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line and exit with its status."""
        with exit_on_errors({}):
            status = super().main(*args, **{**options, "standalone_mode": False})
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and exit on an error."""
        with exit_on_errors(ctx.meta):
            return super().invoke(ctx)


def application() -> click.Group:
    """Build the command line, with a group for each collection of `invoiced.Client`."""
    collections = {info.name: info for info in find_collections(invoiced.Client)}
    commands = {name: _explicit_command(name) for name in EXPLICIT_COMMANDS if " " not in name}
    for group in {name.partition(" ")[0] for name in EXPLICIT_COMMANDS if " " in name} - collections.keys():
        summary, subcommands = f"Work with {group}.", _explicit_commands_in(group)
        commands[group] = LazyCommand(summary, partial(LazyGroup, group, lazy_commands=subcommands, help=summary))
    for name, info in collections.items():
        commands[name] = LazyCommand(info.summary, partial(collection_group, info, _explicit_commands_in(name)))
    version = click.version_option(invoiced.VERSION, prog_name="invoiced", message="%(prog)s %(version)s")
    return version(Application(
        "invoiced",
        lazy_commands=commands,
        help="Command line client for the Invoiced billing API.\n\nThe API key is read from INVOICED_API_KEY or from a "
        "file (--api-key-file), never from an argument.",
        epilog="Example: invoiced customers list --limit 10",
        context_settings={"help_option_names": ["-h", "--help"]},
    ))  # fmt: skip


def _explicit_command(name: str) -> LazyCommand:
    path, summary = EXPLICIT_COMMANDS[name]
    return LazyCommand(summary, partial(import_command, path))


def _explicit_commands_in(group: str) -> dict[str, LazyCommand]:
    prefix = f"{group} "
    return {name.removeprefix(prefix): _explicit_command(name) for name in EXPLICIT_COMMANDS if name.startswith(prefix)}
