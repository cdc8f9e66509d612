"""A group of commands for each collection: one for each verb that it and its records have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from invoiced.cli.discovery import FoundCollection, public_methods, records_returned
from invoiced.cli.lazy_group import LazyCommand, LazyGroup
from invoiced.cli.record_verbs import delete_command, method_command, update_command
from invoiced.cli.verbs import create_command, find_command, get_command, list_command

VERBS = {"all": list_command, "retrieve": get_command, "find": find_command, "create": create_command}
"""By method of the collection."""
RECORD_VERBS = {"save": update_command, "delete": delete_command}
"""By method of its records."""


def collection_group(found: FoundCollection, makers: Mapping[str, LazyCommand]) -> click.Group:
    """The commands of a collection, and those that `makers` make in the same group."""
    commands: dict[str, click.Command] = {}
    for command in commands_of(found):
        commands.setdefault(str(command.name), command)  # A method with the name of a verb does not replace it.
    return LazyGroup(found.name, commands=commands, makers=makers, help=found.summary)


def commands_of(found: FoundCollection) -> Iterator[click.Command]:
    """A command for each verb that there is."""
    yield from (make(found) for method, make in VERBS.items() if hasattr(found.collection, method))
    if found.parent and not hasattr(found.collection, "retrieve"):
        return  # Nothing public says where its records are.
    yield from (make(found) for method, make in RECORD_VERBS.items() if hasattr(found.record, method))
    for name, method in public_methods(found.record):
        record, several = records_returned(method, found.record)
        if record and name not in RECORD_VERBS:
            yield method_command(found, name, record, several=several)
