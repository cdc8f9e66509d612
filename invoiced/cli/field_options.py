"""The option `--field`, for fields that the library does not declare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from invoiced.cli.parameters import CALL_OPTIONS, Parameter
from invoiced.cli.secret_values import check_argument
from invoiced.cli.values import parse_json_or_text

FIELD_OPTION = click.Option(
    ["--field"],
    multiple=True,
    metavar="NAME=VALUE",
    help="Another field; the value is JSON if it is valid JSON, otherwise text. May be repeated.",
)


def with_fields(values: dict[str, Any], parameters: Iterable[Parameter], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the options together with those of `--field`."""
    known = {parameter.name: parameter.option for parameter in parameters}
    for text in options.get("field", ()):
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.UsageError(f"--field: expected name=value, got {text!r}.")
        if name in known:
            raise click.UsageError(f"--field: use --{known[name]} for {name}.")
        if name in CALL_OPTIONS:
            raise click.UsageError(f"--field: {name} is not a field.")
        if name != "metadata":
            _check(text)
        values[name] = parse_json_or_text(value)
    return values


def _check(text: str) -> None:
    try:
        check_argument(text, instead="send it with a program")
    except ValueError as error:
        raise click.UsageError(f"--field: {error}.") from None
