"""Commands of single records: update, delete, and methods that return records, such as send-statement."""

from __future__ import annotations

from typing import Any

import click

from invoiced import Client, Object
from invoiced.cli.command_builder import CommandBuilder, idempotency_key_in
from invoiced.cli.confirmation import confirm_if_live
from invoiced.cli.discovery import CollectionInfo, kebab
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given, is_write
from invoiced.cli.values import Entries


def update_command(info: CollectionInfo) -> click.Command:
    """Build `customers update`, which sends the given fields, and null for the fields to clear."""
    builder = CommandBuilder(info, "update", info.record.save)  # type: ignore[attr-defined]
    clearable = {parameter.option: parameter.name for parameter in builder.parameters if parameter.nullable}

    def run(
        client: Client,
        *,
        output: Output,
        id: str,
        parent_id: str | None = None,
        clear: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        fields = given(builder.parameters, options)
        cleared = {clearable[option]: None for option in clear}
        if both := fields.keys() & cleared.keys():
            raise click.UsageError(f"Cannot set and clear the same field: {', '.join(sorted(map(kebab, both)))}.")
        if not fields and not cleared:
            raise click.UsageError("Nothing to change: give at least one option.")
        output.check(fields_of(info.record))
        record = info.record_of(client, id, parent_id)
        if not info.parent and any(isinstance(value, Entries) for value in fields.values()):
            record.refresh()
        for name, value in fields.items():
            if isinstance(value, Entries):  # the API replaces a mapping as a whole
                fields[name] = {**(record.get(name) or {}), **value}
        record.save(**fields, **cleared, **idempotency_key_in(options))
        output.write_row(record.to_dict(), fields_of(info.record))

    clear = click.Option(
        ["--clear"],
        multiple=True,
        type=click.Choice(list(clearable)),
        metavar="NAME",
        help="Field to set to null. May be repeated.",
    )
    return builder.build(run, ids="ID", options=[clear] if clearable else [])


def delete_command(info: CollectionInfo) -> click.Command:
    """Build `customers delete`, which deletes records in order and stops at the first error."""
    builder = CommandBuilder(info, "delete", info.record.delete)  # type: ignore[attr-defined]

    def run(client: Client, *, ids: tuple[str, ...], yes: bool, parent_id: str | None = None, **options: Any) -> None:
        ids = tuple(dict.fromkeys(ids))
        confirm_if_live(client, f"Delete {len(ids)} {info.noun if len(ids) == 1 else info.nouns}", yes=yes)
        for id in ids:
            params = given(builder.parameters, options)
            info.record_of(client, id, parent_id).delete(**params, **idempotency_key_in(options))
            click.echo(f"Deleted {info.noun} {id}.", err=True)

    return builder.build(run, ids="IDS", shows_records=False, confirms=True)


def method_command(info: CollectionInfo, name: str, returned: type[Object], *, is_list: bool) -> click.Command:
    """Build a command such as `customers balance`, which calls a method of a record. Writes ask for confirmation."""
    method = getattr(info.record, name)
    builder, writes = CommandBuilder(info, kebab(name), method), is_write(method)
    fields = fields_of(returned)

    def run(
        client: Client, *, output: Output, id: str, parent_id: str | None = None, yes: bool = False, **options: Any
    ) -> None:
        if writes:
            output.check(fields)
            confirm_if_live(client, f"{name.replace('_', ' ').capitalize()} for 1 {info.noun}", yes=yes)
        params = given(builder.parameters, options)
        result = getattr(info.record_of(client, id, parent_id), name)(**params, **idempotency_key_in(options))
        if is_list:
            output.write_rows((record.to_dict() for record in result), fields)
        else:
            output.write_row(result.to_dict(), fields)

    return builder.build(run, ids="ID", confirms=writes)
