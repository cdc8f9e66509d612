"""Which customers a command is about: those of a file, or those of the account, all or some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NamedTuple

import click

from invoiced import Client, Customers, encode_json
from invoiced.cli.parameters import PREFIX, given, option_for, parameters_of
from invoiced.cli.sheets import rows_of
from invoiced.runs.recipients import FIELDS, columns_of

_RESTRICTING = ("filter", "metadata", "open_balance", "payment_source", "updated_after")


class Selection(NamedTuple):
    """The recipients, and what they are in words that stay the same."""

    recipients: Iterable[Any]
    source: str | None


def with_customers(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that select customers, and its function `select`, which takes the client."""
    parameters = [one for one in parameters_of(Customers.all) if one.name in _RESTRICTING]
    names = {PREFIX + one.name for one in parameters}

    @wraps(function)
    def run(*arguments: Any, file: str | None, every: bool, by: str | None, **options: Any) -> Any:
        restrictions = given(parameters, options)
        others = {name: value for name, value in options.items() if name not in names}

        def select(client: Client) -> Selection:
            return _selected(client, file, every, by, restrictions)

        return function(*arguments, select=select, by=by, **others)

    options: list[Callable[[Any], Any]] = [
        click.argument("file", required=False, metavar="[FILE]"),
        click.option("--by", type=click.Choice(FIELDS), help="The only column that names the customer of a row."),
        click.option("--all", "every", is_flag=True, help="All customers of the account, in place of a FILE."),
    ]
    for option in options:
        run = option(run)
    run.__click_params__ += [option_for(one) for one in reversed(parameters)]  # type: ignore[attr-defined]
    return run


def _selected(
    client: Client, file: str | None, every: bool, by: str | None, restrictions: Mapping[str, Any]
) -> Selection:
    if bool(file) + (every or bool(restrictions)) != 1:
        raise click.UsageError("Name a FILE, or say --all, --open-balance, --filter or the like: one of the two.")
    if file:
        fields = (by,) if by else FIELDS
        return Selection(rows_of(file, {column for field in fields for column in columns_of(field)}), None)
    if by:
        raise click.UsageError("--by is for the rows of a FILE.")
    # In an order that does not change, and in which those who join come first.
    arguments: Any = {"sort": "id desc", **restrictions}
    return Selection(client.Customer.all(**arguments), f"customers {encode_json(restrictions)}")
