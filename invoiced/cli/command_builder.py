"""Construction of the commands of collections."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from invoiced.cli.confirmation import yes_option
from invoiced.cli.connection import with_client
from invoiced.cli.discovery import CollectionInfo, kebab
from invoiced.cli.examples import example
from invoiced.cli.output import with_output
from invoiced.cli.parameters import is_write, option_for, parameters_of

_REFERENCE = re.compile(r" \((section|chapter) [^)]*\)")
"""References to the API documentation, which are omitted from help texts."""


class CommandBuilder:
    """Builds a command from a method, with an option for each of its parameters.

    The function of the command gets the `client`, the `output`, and the values of its options by name; `given()`
    selects the values of the method's parameters.
    """

    def __init__(self, info: CollectionInfo, name: str, method: Callable[..., Any], *, without: str = "") -> None:
        self.info, self.name, self.method = info, name, method
        parent_option = kebab(info.parent.record.__name__) if info.parent else ""
        parameters = parameters_of(method, reserved=parent_option)
        self.parameters = [parameter for parameter in parameters if parameter.name != without]
        self.help = _REFERENCE.sub("", (inspect.getdoc(method) or name).partition("\n\n")[0])

    def build(
        self,
        function: Callable[..., Any],
        *,
        ids: str = "",
        options: Sequence[click.Parameter] = (),
        shows_records: bool = True,
        confirms: bool = False,
        example_options: int = 2,
    ) -> click.Command:
        """Build the command.

        Args:
            function: runs the command.
            ids: "ID" for one ID as an argument, "IDS" for one or more.
            options: further options.
            shows_records: whether it takes `--output` and `--columns`.
            confirms: whether it takes `--yes`.
            example_options: number of optional options in its example.
        """
        function = with_client(function)
        function = yes_option(function) if confirms else function
        function = with_output(function) if shows_records else function
        parameters: list[click.Parameter] = [*self._id_parameters(ids), *map(option_for, self.parameters), *options]
        if is_write(self.method):
            parameters.append(_idempotency_key_option())
        epilog = self._epilog(ids, example_options)
        return click.command(self.name, params=parameters, help=self.help, epilog=epilog)(function)

    def _id_parameters(self, ids: str) -> list[click.Parameter]:
        """Return the parameters for the IDs of the records and of their parent."""
        parameters: list[click.Parameter] = []
        if ids:
            multiple = ids == "IDS"
            metavar = "ID..." if multiple else "ID"
            parameters.append(
                click.Argument([ids.lower()], metavar=metavar, nargs=-1 if multiple else 1, required=True)
            )
        if parent := self.info.parent:
            option = f"--{kebab(parent.record.__name__)}"
            parameters.append(
                click.Option([option, "parent_id"], required=True, metavar="ID", help=f"ID of the {parent.noun}.")
            )
        return parameters

    def _epilog(self, ids: str, example_options: int) -> str:
        id = "10403" if self.info.parent else "15444"
        words = [self.info.name, self.name, *([id] if ids else [])]
        if self.info.parent:
            words += [f"--{kebab(self.info.parent.record.__name__)}", "15444"]
        return f"\b\n{example(words, self.parameters, optional=example_options)}"


def _idempotency_key_option() -> click.Option:
    return click.Option(["--idempotency-key"], metavar="TEXT", help="Idempotency key of the request.")


def idempotency_key_in(options: dict[str, Any]) -> dict[str, Any]:
    """Return the idempotency key as a keyword argument of the method, if it was given."""
    key = options.get("idempotency_key")
    return {} if key is None else {"idempotency_key": key}
