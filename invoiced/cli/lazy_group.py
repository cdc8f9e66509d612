"""A group of commands that are made when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class LazyCommand(NamedTuple):
    """A command that is not made yet."""

    summary: str
    """What the help of its group says about it."""
    make: Callable[[], click.Command]


def imported(place: str) -> click.Command:
    """The command at a place such as "invoiced.cli.emulator:emulator"."""
    module, _, name = place.partition(":")
    command = getattr(import_module(module), name)
    assert isinstance(command, click.Command), place
    return command


class LazyGroup(click.Group):
    """A group some of whose commands are made by `makers`, each when it runs or its own help is shown."""

    def __init__(self, name: str | None = None, *, makers: Mapping[str, LazyCommand], **attributes: Any) -> None:
        super().__init__(name, **{"no_args_is_help": False, **attributes})
        self.makers = makers

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where there are no arguments."""
        if not args and not ctx.resilient_parsing:  # What the versions of click end differently.
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, those to be made included."""
        return sorted({*super().list_commands(ctx), *self.makers})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make a command, or hand out one that is there."""
        maker = self.makers.get(cmd_name)
        return maker.make() if maker else super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands and their summaries, without making any of them."""
        names = self.list_commands(ctx)
        width = formatter.width - 6 - max(map(len, names), default=0)
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._summary(ctx, name, width)) for name in names])

    def _summary(self, ctx: click.Context, name: str, width: int) -> str:
        if name in self.makers:
            return self.makers[name].summary
        command = self.get_command(ctx, name)
        return command.get_short_help_str(width) if command else ""
