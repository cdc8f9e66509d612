"""Commands of other methods of records and collections, such as send-statement, void, pdf and preview."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any

import click

from invoiced import Client, Object
from invoiced.cli.command_builder import CommandBuilder, idempotency_key_in
from invoiced.cli.confirmation import confirm_if_live
from invoiced.cli.discovery import CollectionInfo, kebab
from invoiced.cli.errors import NotStartedError
from invoiced.cli.field_options import FIELD_OPTION, with_fields
from invoiced.cli.output import Output, fields_of
from invoiced.cli.parameters import given, is_write, takes_any_field
from invoiced.cli.streams import print_line

READ_ONLY = {"preview"}
"""Methods that take an idempotency key but change nothing."""


def can_be_command(returned: Any) -> bool:
    """Return whether the result of a method can be shown: a record, a PDF, or nothing."""
    return returned in (None, NoneType, bool, bytes) or (isinstance(returned, type) and issubclass(returned, Object))


def method_command(
    info: CollectionInfo, name: str, method: Callable[..., Any], returned: Any, is_list: bool, *, of_record: bool
) -> click.Command:
    """Build a command such as `invoices void`, which calls a method. Writes ask for confirmation."""
    if returned is bytes:
        return _download_command(info, name, method)
    builder = CommandBuilder(info, kebab(name), method, without="id" if of_record else "")  # the ID is an argument
    writes, fields = is_write(method) and name not in READ_ONLY, fields_of(returned) if _is_record(returned) else []

    def run(
        client: Client,
        *,
        output: Output | None = None,
        id: str = "",
        parent_id: str | None = None,
        yes: bool = False,
        **options: Any,
    ) -> None:
        params = with_fields(given(builder.parameters, options), builder.parameters, options)
        if writes:
            if output:
                output.check(fields)
            confirm_if_live(client, f"{name.replace('_', ' ').capitalize()} for 1 {info.noun}", yes=yes)
        target = info.record_of(client, id, parent_id) if of_record else info.collection_of(client, parent_id)
        result = getattr(target, name)(**params, **idempotency_key_in(options))
        returned_records = result[0] if isinstance(result, tuple) else result
        if output is None:
            print_line(f"{name.replace('_', ' ').capitalize()}: done.", err=True)
        elif is_list:
            output.write_rows((record.to_dict() for record in returned_records), fields)
        else:
            output.write_row(returned_records.to_dict(), fields)

    ids = "ID" if of_record and (not info.parent or info.has_ids) else ""
    fields_option = [FIELD_OPTION] if takes_any_field(method) else []
    return builder.build(run, ids=ids, options=fields_option, confirms=writes, shows_records=_is_record(returned))


def _is_record(returned: Any) -> bool:
    return isinstance(returned, type) and issubclass(returned, Object)


def _download_command(info: CollectionInfo, name: str, method: Callable[..., Any]) -> click.Command:
    """Build a command such as `invoices pdf`, which writes a file."""
    builder = CommandBuilder(info, kebab(name), method, without="path")

    def run(client: Client, *, id: str, file: Path, force: bool, parent_id: str | None = None, **options: Any) -> None:
        if file.exists() and not force:
            raise NotStartedError(f"{file} exists already. Pass --force to replace it. Nothing was downloaded.")
        getattr(info.record_of(client, id, parent_id), name)(file, **given(builder.parameters, options))
        print_line(f"Wrote {file}.", err=True)

    file = click.Option(
        ["--file"], required=True, type=click.Path(path_type=Path), metavar="FILE", help="File to write."
    )
    force = click.Option(["--force"], is_flag=True, help="Replace the file if it exists.")
    return builder.build(run, ids="ID", options=[file, force], shows_records=False)
