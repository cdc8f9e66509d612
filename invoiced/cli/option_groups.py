"""A command whose help shows its options in groups, because one list of all would be too long."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import click


class GroupedCommand(click.Command):
    """A command with the names of the parameters in each group of its options. The others are in the last group."""

    def __init__(self, name: str | None, *, groups: Mapping[str, Collection[str]], **attributes: Any) -> None:
        super().__init__(name, **attributes)
        self._groups = groups

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = {option.name: option.get_help_record(ctx) for option in options}
        for title, names in {**self._groups, "Other options": [*records]}.items():
            group = [record for name in names if (record := records.pop(name, None))]
            if group:
                with formatter.section(title):
                    formatter.write_dl(group)
