"""Construction of the commands of collections."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click

from invoiced import NotFoundError
from invoiced.cli.confirmation import yes_option
from invoiced.cli.connection import with_client
from invoiced.cli.discovery import CollectionInfo
from invoiced.cli.docstrings import docstring_of
from invoiced.cli.examples import example, quote
from invoiced.cli.output import with_output
from invoiced.cli.parameters import option_for, parameters_of, takes_key

_REFERENCE = re.compile(r" \((section|chapter) [^)]*\)|( and return True)?: (GET|POST|PUT|PATCH|DELETE)\b.*")
"""References to the API documentation, requests, and what follows them, which are omitted from help texts."""


class CommandBuilder:
    """Builds a command from a method, with an option for each of its parameters.

    The function of the command gets the `client`, the `output`, and the values of its options by name; `given()`
    selects the values of the method's parameters.
    """

    def __init__(
        self, info: CollectionInfo, name: str, method: Callable[..., Any], *, without: str = "", help: str = ""
    ) -> None:
        self.info, self.name, self.method = info, name, method
        self._parent_option = info.parent_name
        parameters = parameters_of(method, reserved=self._parent_option)
        self.parameters = [parameter for parameter in parameters if parameter.name != without]
        documented = _REFERENCE.sub("", (docstring_of(method) or name).partition("\n")[0])
        self.help = help or documented.rstrip(".") + "."

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
        function = with_client(self._with_command_line_advice(function))
        function = yes_option(function) if confirms else function
        function = with_output(function) if shows_records else function
        parameters: list[click.Parameter] = [*self._id_parameters(ids), *map(option_for, self.parameters), *options]
        if takes_key(self.method):
            parameters.append(_idempotency_key_option())
        required = [option.opts[0] for option in options if option.required]
        epilog = self._epilog(ids, example_options, [word for option in required for word in (option, "out.pdf")])
        return click.command(self.name, params=parameters, help=self.help, epilog=epilog)(function)

    def _with_command_line_advice(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Replace the advice of a 404, which names a method of the library, with a command if there is one."""

        @wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except NotFoundError as error:
                if error.advice:
                    error.advice = self._find_advice(options.get("id"), options.get("parent_id"))
                raise

        return run

    def _find_advice(self, number: str | None, parent_id: str | None) -> str:
        """Return the command that finds a record by its number, or an empty string if there is no such command."""
        find = getattr(self.info.collection, "find", None)
        parameters = parameters_of(find, reserved=self._parent_option) if find else []
        option = next((parameter.option for parameter in parameters if parameter.name == "number"), None)
        if number is None or option is None:
            return ""
        parent = [f"--{self._parent_option}", parent_id] if parent_id else []
        words = ["invoiced", self.info.name, "find", *parent, f"--{option}", number]
        return f"To search by number: {' '.join(map(quote, words))}"

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
            option = f"--{self._parent_option}"
            parameters.append(
                click.Option([option, "parent_id"], required=True, metavar="ID", help=f"ID of the {parent.noun}.")
            )
        return parameters

    def _epilog(self, ids: str, example_options: int, more: Sequence[str]) -> str:
        id = "10403" if self.info.parent else "15444"
        words = [self.info.name, self.name, *([id] if ids else [])]
        if self.info.parent:
            words += [f"--{self._parent_option}", "15444"]
        words += more
        return f"\b\n{example(words, self.parameters, optional=example_options)}"


def _idempotency_key_option() -> click.Option:
    return click.Option(["--idempotency-key"], metavar="TEXT", help="Idempotency key of the request.")


def idempotency_key_in(options: dict[str, Any]) -> dict[str, Any]:
    """Return the idempotency key as a keyword argument of the method, if it was given."""
    key = options.get("idempotency_key")
    return {} if key is None else {"idempotency_key": key}
