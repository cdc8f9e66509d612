"""Commands of collections: list, get, find and create."""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from invoiced import Client
from invoiced.cli.command_builder import CommandBuilder, idempotency_key_in
from invoiced.cli.confirmation import confirm_if_live
from invoiced.cli.discovery import CollectionInfo, returned_type, with_article
from invoiced.cli.field_options import FIELD_OPTION, with_fields
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given, takes_fields

CONFIRMED = {"charges", "refunds"}
"""Groups whose `create` moves money, and asks for confirmation."""


def list_command(info: CollectionInfo) -> click.Command:
    """Build `customers list`, which writes each record as it is read."""
    method = info.collection.all  # type: ignore[attr-defined]
    builder = CommandBuilder(info, "list", method, without="page", help=f"List {info.nouns}.")
    has_page_size = any(parameter.name == "per_page" for parameter in builder.parameters)

    def run(client: Client, *, output: Output, limit: int | None, parent_id: str | None = None, **options: Any) -> None:
        params = given(builder.parameters, options)
        if limit is not None and limit < info.collection.PAGE_SIZE and has_page_size:
            params.setdefault("per_page", limit)
        records = islice(info.collection_of(client, parent_id).all(**params), limit)
        output.write_rows((record.to_dict() for record in records), fields_of(info.record))

    limit = click.Option(["--limit"], type=click.IntRange(min=1), metavar="NUMBER", help="Maximum number of records.")
    return builder.build(run, options=[limit], example_options=1)


def get_command(info: CollectionInfo) -> click.Command:
    """Build `customers get`, which retrieves a record by its ID."""
    help = f"Retrieve {with_article(info.noun)}{' by its ID' if info.has_ids else ''}."
    builder = CommandBuilder(info, "get", info.collection.retrieve, help=help)  # type: ignore[attr-defined]

    def run(client: Client, *, output: Output, id: str = "", parent_id: str | None = None, **options: Any) -> None:
        ids = [id] if info.has_ids else []
        record = info.collection_of(client, parent_id).retrieve(*ids, **given(builder.parameters, options))
        output.write_row(record.to_dict(), fields_of(info.record))

    return builder.build(run, ids="ID" if info.has_ids else "", example_options=0)


def find_command(info: CollectionInfo) -> click.Command:
    """Build `customers find`, which finds the single record with the given fields."""
    builder = CommandBuilder(info, "find", info.collection.find)  # type: ignore[attr-defined]

    def run(client: Client, *, output: Output, parent_id: str | None = None, **options: Any) -> None:
        fields = given(builder.parameters, options)
        if not fields:
            raise click.UsageError(f"Give at least one option to find {with_article(info.noun)} by.")
        record = info.collection_of(client, parent_id).find(**fields)
        output.write_row(record.to_dict(), fields_of(info.record))

    return builder.build(run, example_options=1)


def create_command(info: CollectionInfo) -> click.Command:
    """Build `customers create`, which creates a record."""
    create = info.collection.create  # type: ignore[attr-defined]
    builder, confirms = CommandBuilder(info, "create", create), info.name in CONFIRMED
    fields = fields_of(returned_type(create, info.record)[0])

    def run(client: Client, *, output: Output, parent_id: str | None = None, yes: bool = False, **options: Any) -> None:
        output.check(fields)
        params = with_fields(given(builder.parameters, options), builder.parameters, options)
        if confirms:
            confirm_if_live(client, f"Create 1 {info.noun}", yes=yes)
        record = info.collection_of(client, parent_id).create(**params, **idempotency_key_in(options))
        if record is not None:
            output.write_row(record.to_dict(), fields)

    return builder.build(run, options=[FIELD_OPTION] if takes_fields(create) else [], confirms=confirms)
