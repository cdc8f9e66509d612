"""The verbs of a record: update, delete, and its methods that answer records, such as send-statement."""

from __future__ import annotations

from typing import Any

import click

from invoiced import Client, Object
from invoiced.cli.confirmation import confirm
from invoiced.cli.discovery import FoundCollection, kebab
from invoiced.cli.found_command import CommandBuilder, key_of
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given, is_write
from invoiced.cli.values import Entries


def update_command(found: FoundCollection) -> click.Command:
    """`customers update`: sends the fields that are given, and null for those to clear."""
    recipe = CommandBuilder(found, "update", found.record.save)  # type: ignore[attr-defined]
    clearable = {one.option: one.name for one in recipe.parameters if one.nullable}

    def run(
        client: Client,
        *,
        output: Output,
        id: str,
        parent_id: str | None = None,
        clear: tuple[str, ...] = (),
        **options: Any,
    ) -> None:
        fields = given(recipe.parameters, options)
        cleared = {clearable[option]: None for option in clear}
        if both := fields.keys() & cleared.keys():
            raise click.UsageError(f"Either set or clear {', '.join(sorted(map(kebab, both)))}, not both.")
        if not fields and not cleared:
            raise click.UsageError("There is nothing to change: give at least one option.")
        output.check(fields_of(found.record))
        record = found.address(client, id, parent_id)
        if not found.parent and any(isinstance(value, Entries) for value in fields.values()):
            record.refresh()
        for name, value in fields.items():
            if isinstance(value, Entries):  # The API replaces a mapping as a whole.
                fields[name] = {**(record.get(name) or {}), **value}
        record.save(**fields, **cleared, **key_of(options))
        output.write_row(record.to_dict(), fields_of(found.record))

    clear = click.Option(
        ["--clear"],
        multiple=True,
        type=click.Choice(list(clearable)),
        metavar="NAME",
        help="Field to set to null. May be repeated.",
    )
    return recipe.command(run, ids="ID", options=[clear] if clearable else [])


def delete_command(found: FoundCollection) -> click.Command:
    """`customers delete`: one or more records, in order, up to the first that cannot be deleted."""
    recipe = CommandBuilder(found, "delete", found.record.delete)  # type: ignore[attr-defined]

    def run(client: Client, *, ids: tuple[str, ...], yes: bool, parent_id: str | None = None, **options: Any) -> None:
        ids = tuple(dict.fromkeys(ids))
        confirm(client, f"Delete {len(ids)} {found.noun if len(ids) == 1 else found.nouns}", yes=yes)
        for id in ids:
            params = given(recipe.parameters, options)
            found.address(client, id, parent_id).delete(**params, **key_of(options))
            click.echo(f"Deleted {found.noun} {id}.", err=True)

    return recipe.command(run, ids="IDS", shows_records=False, asks=True)


def method_command(found: FoundCollection, name: str, answered: type[Object], *, several: bool) -> click.Command:
    """`customers balance`: calls a method of a record. One that changes or sends something is asked for."""
    method = getattr(found.record, name)
    recipe, writes = CommandBuilder(found, kebab(name), method), is_write(method)
    fields = fields_of(answered)

    def run(
        client: Client, *, output: Output, id: str, parent_id: str | None = None, yes: bool = False, **options: Any
    ) -> None:
        if writes:
            output.check(fields)
            confirm(client, f"{name.replace('_', ' ').capitalize()} for 1 {found.noun}", yes=yes)
        params = given(recipe.parameters, options)
        answer = getattr(found.address(client, id, parent_id), name)(**params, **key_of(options))
        if several:
            output.write_rows((record.to_dict() for record in answer), fields)
        else:
            output.write_row(answer.to_dict(), fields)

    return recipe.command(run, ids="ID", asks=writes)
