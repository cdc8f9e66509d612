"""Selection of the customers of a command: rows of a file, or customers of the account."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import wraps
from typing import Any, NamedTuple

import click

from invoiced import Client, Customers
from invoiced.cli.input_files import ReadTable, with_table
from invoiced.cli.parameters import PREFIX, given, option_for, parameters_of
from invoiced.runs.recipients import FIELDS

_NOT_ONE = "Give either a FILE or options that select customers, such as --all or --open-balance."
FILTERS = ("filter", "metadata", "open_balance", "payment_source", "updated_after")

trust_numbers_option = click.option(
    "--trust-numbers", is_flag=True, help="Also take rows whose name or e-mail address does not fit the account."
)
"""Adds `--trust-numbers` to a command; its function gets `trust_numbers`."""


class Selection(NamedTuple):
    """The selected customers."""

    recipients: Iterable[Any]
    owe: bool = False
    """Whether they are selected because they owe something now."""


def with_customers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that select customers to a command; its function gets `by` and `select(client)`.

    `select(client, named)` takes customers that were named one by one in another way.
    """
    parameters = [parameter for parameter in parameters_of(Customers.all) if parameter.name in FILTERS]
    names = {PREFIX + parameter.name for parameter in parameters}

    @with_table
    @wraps(function)
    def run(
        *arguments: Any, file: str | None, all_customers: bool, by: str | None, read: ReadTable, **options: Any
    ) -> Any:
        filters = given(parameters, options)
        others = {name: value for name, value in options.items() if name not in names}

        def select(client: Client, named: Collection[str] = ()) -> Selection:
            if (file is not None) + (all_customers or bool(filters)) + bool(named) != 1:
                raise click.UsageError(_NOT_ONE)
            if by and file is None:
                raise click.UsageError("--by requires a FILE.")
            if file is not None or named:
                return Selection(read(file) if file is not None else [*named])
            chosen: Any = filters
            return Selection(client.Customer.all(strict=True, **chosen), owe=filters.get("open_balance", False))

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
