"""Selection of the customers of a command: rows of a file, or customers of the account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NamedTuple

import click

from invoiced import Client, Customers, encode_json
from invoiced.cli.input_files import ReadTable, with_table
from invoiced.cli.parameters import PREFIX, given, option_for, parameters_of
from invoiced.runs.recipients import FIELDS

_FILTERS = ("filter", "metadata", "open_balance", "payment_source", "updated_after")


class Selection(NamedTuple):
    """The selected customers, and a description of the selection that does not change between runs; None for a file."""

    recipients: Iterable[Any]
    source: str | None


def with_customers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select customers to a command; its function gets `by` and `select(client)`."""
    parameters = [parameter for parameter in parameters_of(Customers.all) if parameter.name in _FILTERS]
    names = {PREFIX + parameter.name for parameter in parameters}

    @with_table
    @wraps(function)
    def run(
        *arguments: Any, file: str | None, all_customers: bool, by: str | None, read: ReadTable, **options: Any
    ) -> Any:
        filters = given(parameters, options)
        others = {name: value for name, value in options.items() if name not in names}

        def select(client: Client) -> Selection:
            return _select(client, read(file) if file else None, all_customers, by, filters)

        return function(*arguments, select=select, by=by, **others)

    options: list[Callable[[Any], Any]] = [
        click.argument("file", required=False, metavar="[FILE]"),
        click.option("--by", type=click.Choice(FIELDS), help="Column that identifies the customer of a row."),
        click.option("--all", "all_customers", is_flag=True, help="Select all customers of the account."),
    ]
    for option in options:
        run = option(run)
    run.__click_params__ += [option_for(parameter) for parameter in reversed(parameters)]  # type: ignore[attr-defined]
    return run


def _select(
    client: Client, rows: Iterable[Any] | None, all_customers: bool, by: str | None, filters: Mapping[str, Any]
) -> Selection:
    if (rows is not None) + (all_customers or bool(filters)) != 1:
        raise click.UsageError("Give either a FILE or options that select customers, such as --all or --open-balance.")
    if rows is not None:
        return Selection(rows, None)
    if by:
        raise click.UsageError("--by requires a FILE.")
    arguments: Any = filters
    return Selection(client.Customer.all(strict=True, **arguments), f"customers {encode_json(filters)}")
