"""The verbs of a collection: list, get, find, create."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from invoiced import Client
from invoiced.cli.discovery import FoundCollection
from invoiced.cli.found_command import CommandBuilder, key_of
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given

PAGE = 100


def list_command(found: FoundCollection) -> click.Command:
    """`customers list`: every record, as it comes."""
    recipe = CommandBuilder(found, "list", found.collection.all, without="page")  # type: ignore[attr-defined]
    takes_size = any(one.name == "per_page" for one in recipe.parameters)

    def run(client: Client, *, output: Output, limit: int | None, parent_id: str | None = None, **options: Any) -> None:
        params = given(recipe.parameters, options)
        if limit is not None and limit < PAGE and takes_size:
            params.setdefault("per_page", limit)
        records = islice(found.open(client, parent_id).all(**params), limit)
        output.write_rows((record.to_dict() for record in records), fields_of(found.record))

    limit = click.Option(["--limit"], type=click.IntRange(min=1), metavar="NUMBER", help="At most so many records.")
    return recipe.command(run, options=[limit], telling=1)


def get_command(found: FoundCollection) -> click.Command:
    """`customers get`: a record by its id."""
    recipe = CommandBuilder(found, "get", found.collection.retrieve)  # type: ignore[attr-defined]

    def run(client: Client, *, output: Output, id: str, parent_id: str | None = None, **options: Any) -> None:
        record = found.open(client, parent_id).retrieve(id, **given(recipe.parameters, options))
        output.write_row(record.to_dict(), fields_of(found.record))

    return recipe.command(run, ids="ID", telling=0)


def find_command(found: FoundCollection) -> click.Command:
    """`customers find`: the one record that has certain fields."""
    recipe = CommandBuilder(found, "find", found.collection.find)  # type: ignore[attr-defined]

    def run(client: Client, *, output: Output, parent_id: str | None = None, **options: Any) -> None:
        sought = given(recipe.parameters, options)
        if not sought:
            raise click.UsageError(f"Say which {found.noun} to find, by at least one option.")
        record = found.open(client, parent_id).find(**sought)
        output.write_row(record.to_dict(), fields_of(found.record))

    return recipe.command(run, telling=1)


def create_command(found: FoundCollection) -> click.Command:
    """`customers create`: a new record."""
    recipe = CommandBuilder(found, "create", found.collection.create)  # type: ignore[attr-defined]

    def run(client: Client, *, output: Output, parent_id: str | None = None, **options: Any) -> None:
        fields = fields_of(found.record)
        output.check(fields)
        params = given(recipe.parameters, options)
        record = found.open(client, parent_id).create(**params, **key_of(options))
        output.write_row(record.to_dict(), fields)

    return recipe.command(run)
