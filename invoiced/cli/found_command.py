"""What the commands of all collections have in common."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from invoiced.cli.confirmation import yes_option
from invoiced.cli.connection import with_client
from invoiced.cli.discovery import FoundCollection, kebab
from invoiced.cli.examples import example
from invoiced.cli.output import with_output
from invoiced.cli.parameters import is_write, option_for, parameters_of

_WHERE = re.compile(r" \((section|chapter) [^)]*\)")
"""Where the API reference says it: what readers of code want to know."""


class CommandBuilder:
    """What a command is made of: a method, its parameters as options, and what is added to them.

    The function of the command gets the `client`, the `output`, and the values of its options by name; `given()` picks
    those of the method's parameters.
    """

    def __init__(self, found: FoundCollection, name: str, method: Callable[..., Any], *, without: str = "") -> None:
        self.found, self.name, self.method = found, name, method
        taken = kebab(found.parent.record.__name__) if found.parent else ""
        parameters = parameters_of(method, taken=taken)
        self.parameters = [one for one in parameters if one.name != without]
        self.help = _WHERE.sub("", (inspect.getdoc(method) or name).partition("\n\n")[0])

    def command(
        self,
        function: Callable[..., Any],
        *,
        ids: str = "",
        options: Sequence[click.Parameter] = (),
        shows_records: bool = True,
        asks: bool = False,
        telling: int = 2,
    ) -> click.Command:
        """The command. `ids` is "ID", or "IDS" for one or more; `telling` options are in its example."""
        function = with_client(function)
        function = yes_option(function) if asks else function
        function = with_output(function) if shows_records else function
        parameters: list[click.Parameter] = [*self._addresses(ids), *map(option_for, self.parameters), *options]
        if is_write(self.method):
            parameters.append(_idempotency_key())
        made = click.command(self.name, params=parameters, help=self.help, epilog=self._epilog(ids, telling))
        return made(function)

    def _addresses(self, ids: str) -> list[click.Parameter]:
        """The arguments and options that say which record is meant."""
        arguments: list[click.Parameter] = []
        if ids:
            several = ids == "IDS"
            metavar = "ID..." if several else "ID"
            arguments.append(click.Argument([ids.lower()], metavar=metavar, nargs=-1 if several else 1, required=True))
        if parent := self.found.parent:
            option = f"--{kebab(parent.record.__name__)}"
            arguments.append(
                click.Option([option, "parent_id"], required=True, metavar="ID", help=f"Id of the {parent.noun}.")
            )
        return arguments

    def _epilog(self, ids: str, telling: int) -> str:
        id = "10403" if self.found.parent else "15444"
        words = [self.found.name, self.name, *([id] if ids else [])]
        if self.found.parent:
            words += [f"--{kebab(self.found.parent.record.__name__)}", "15444"]
        return f"\b\n{example(words, self.parameters, optional=telling)}"


def _idempotency_key() -> click.Option:
    return click.Option(["--idempotency-key"], metavar="TEXT", help="By which the API may know a repeated request.")


def key_of(options: dict[str, Any]) -> dict[str, Any]:
    """The idempotency key as an argument of the method, if there is one."""
    key = options.get("idempotency_key")
    return {} if key is None else {"idempotency_key": key}
