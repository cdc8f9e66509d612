"""Command groups for collections: one command for each verb of the collection and of its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from invoiced import Collection
from invoiced.cli.discovery import CollectionInfo, is_other_name, public_methods, returned_type
from invoiced.cli.lazy_group import LazyCommand, LazyGroup
from invoiced.cli.method_commands import can_be_command, method_command
from invoiced.cli.record_verbs import delete_command, update_command
from invoiced.cli.verbs import create_command, find_command, get_command, list_command

VERBS = {"all": list_command, "retrieve": get_command, "find": find_command, "create": create_command}
"""Commands by method of the collection."""
RECORD_VERBS = {"save": update_command, "delete": delete_command}
"""Commands by method of the record."""


def collection_group(info: CollectionInfo, lazy_commands: Mapping[str, LazyCommand]) -> click.Group:
    """Build the group of a collection, with its own commands and the `lazy_commands`."""
    commands: dict[str, click.Command] = {}
    for command in commands_of(info):
        commands.setdefault(str(command.name), command)  # a method named like a verb does not replace the verb
    return LazyGroup(info.name, commands=commands, lazy_commands=lazy_commands, help=info.summary)


def commands_of(info: CollectionInfo) -> Iterator[click.Command]:
    """Yield a command for each verb of a collection and of its records."""
    yield from (build(info) for method, build in VERBS.items() if hasattr(info.collection, method))
    for name, method in public_methods(info.collection, Collection):
        if name not in {*VERBS, "list"}:
            yield method_command(info, name, method, *returned_type(method, info.record), of_record=False)
    if info.parent and not hasattr(info.collection, "retrieve"):
        return  # there is no public way to address a single record
    methods = {name: method for name, method in public_methods(info.record) if not is_other_name(method)}
    yield from (build(info) for method, build in RECORD_VERBS.items() if method in methods)
    for name, method in methods.items():
        returned, is_list = returned_type(method, info.record)
        if can_be_command(returned) and name not in {*RECORD_VERBS, "refresh"}:
            yield method_command(info, name, method, returned, is_list, of_record=True)
