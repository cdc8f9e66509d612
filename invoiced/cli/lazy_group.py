"""Command groups that load their commands on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple

import click

from invoiced.cli.docstrings import docstring_at


class LazyCommand(NamedTuple):
    """A command that is not loaded yet."""

    summary: str
    """Summary shown in the help of its group."""
    load: Callable[[], click.Command]


def import_command(path: str) -> click.Command:
    """Import the command at a path such as "invoiced.cli.emulator:emulator"."""
    module, _, name = path.partition(":")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command), path
    command.help = docstring_at(path) or command.help
    return command


class LazyGroup(click.Group):
    """A group with `lazy_commands`, each loaded when it runs or its own help is shown."""

    def __init__(self, name: str | None = None, *, lazy_commands: Mapping[str, LazyCommand], **attributes: Any) -> None:
        super().__init__(name, **{"no_args_is_help": False, **attributes})
        self.lazy_commands = lazy_commands

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help if there are no arguments."""
        if not args and not ctx.resilient_parsing:  # versions of click differ in the exit status and the stream
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name. If there is none, the error names a similar one."""
        name, is_option = args[0], args[0].startswith("-")
        if not is_option and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            similar = get_close_matches(name, self.list_commands(ctx), n=1)
            ctx.fail(f"No such command {name!r}.{''.join(f' Did you mean {other!r}?' for other in similar)}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, including lazy ones."""
        return sorted({*super().list_commands(ctx), *self.lazy_commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, and load it if it is lazy."""
        lazy_command = self.lazy_commands.get(cmd_name)
        return lazy_command.load() if lazy_command else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their summaries, without loading any of them."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names), default=0)
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summary(ctx, name, width)) for name in names])

    def _summary(self, ctx: click.Context, name: str, width: int) -> str:
        if name in self.lazy_commands:
            return self.lazy_commands[name].summary
        command = self.get_command(ctx, name)
        return command.get_short_help_str(width) if command else ""
