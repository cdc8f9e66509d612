"""Commands of single records: update and delete."""

from __future__ import annotations

from typing import Any

import click

from invoiced import Client
from invoiced.cli.command_builder import CommandBuilder, idempotency_key_in
from invoiced.cli.confirmation import confirm_if_live
from invoiced.cli.discovery import CollectionInfo, kebab
from invoiced.cli.field_options import FIELD_OPTION, with_fields
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given
from invoiced.cli.streams import pluralize, print_line
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
        fields = with_fields(given(builder.parameters, options), builder.parameters, options)
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
    options = [*([clear] if clearable else []), FIELD_OPTION]
    return builder.build(run, ids="ID", options=options)


def delete_command(info: CollectionInfo) -> click.Command:
    """Build `customers delete`, which deletes records in order and stops at the first error."""
    method = info.record.delete  # type: ignore[attr-defined]
    builder = CommandBuilder(info, "delete", method, help=f"Delete {info.nouns}.")

    def run(client: Client, *, ids: tuple[str, ...], yes: bool, parent_id: str | None = None, **options: Any) -> None:
        ids = tuple(dict.fromkeys(ids))
        confirm_if_live(client, f"Delete {pluralize(len(ids), info.noun)}", yes=yes)
        for id in ids:
            params = given(builder.parameters, options)
            info.record_of(client, id, parent_id).delete(**params)
            print_line(f"Deleted {info.noun} {id}.", err=True)

    return builder.build(run, ids="IDS", shows_records=False, confirms=True)
