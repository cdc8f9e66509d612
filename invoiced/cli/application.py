"""The root of the command line: which commands there are, and where each is made."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import click

import invoiced
from invoiced.cli.collections import collection_group
from invoiced.cli.discovery import find_collections
from invoiced.cli.failures import failures_end_the_program
from invoiced.cli.lazy_group import LazyCommand, LazyGroup, imported

WRITTEN = {
    "contacts import": ("invoiced.cli.contacts:import_contacts", "Create or update contacts from a file."),
    "demo": ("invoiced.cli.demo:demo", "Show what there is, on an emulator of its own."),
    "emulator": ("invoiced.cli.emulator:emulator", "Run a stand-in for the API on this machine."),
    "statements download": ("invoiced.cli.statements:download", "Download statements as PDFs."),
    "statements send": ("invoiced.cli.statements:send", "Send statements by e-mail, to each customer once."),
}
"""The commands that are written rather than found, by name or by group and name ("contacts import"): the place of
each, and its summary, which the help of the root or of its group shows without importing it."""


class Application(LazyGroup):
    """The root group. However it is run, its errors end in one line and an exit status."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line and end the program with its exit status."""
        with failures_end_the_program({}):
            status = super().main(*args, **{**options, "standalone_mode": False})
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error ends the program."""
        with failures_end_the_program(ctx.meta):
            return super().invoke(ctx)


def application() -> click.Group:
    """The command line, with a group for each collection of `invoiced.Client`."""
    found = {one.name: one for one in find_collections(invoiced.Client)}
    makers = {name: _written_command(name) for name in WRITTEN if " " not in name}
    for name in {name.partition(" ")[0] for name in WRITTEN if " " in name} - found.keys():
        inside = _written_inside(name)
        summary = f"{name.capitalize()}: {', '.join(inside)}."
        makers[name] = LazyCommand(summary, partial(LazyGroup, name, makers=inside, help=summary))
    for name, one in found.items():
        makers[name] = LazyCommand(one.summary, partial(collection_group, one, _written_inside(name)))
    version = click.version_option(invoiced.VERSION, prog_name="invoiced", message="%(prog)s %(version)s")
    return version(Application(
        "invoiced",
        makers=makers,
        help="The Invoiced billing API on the command line.\n\nThe API key comes from INVOICED_API_KEY or from a file "
        "(--api-key-file), never from an argument.",
        epilog="Example: invoiced customers list --limit 10",
        context_settings={"help_option_names": ["-h", "--help"]},
    ))  # fmt: skip


def _written_command(name: str) -> LazyCommand:
    place, summary = WRITTEN[name]
    return LazyCommand(summary, partial(imported, place))


def _written_inside(group: str) -> dict[str, LazyCommand]:
    within = f"{group} "
    return {name.removeprefix(within): _written_command(name) for name in WRITTEN if name.startswith(within)}
