"""The directive `commands`: the reference of all commands of `invoiced`, generated from their help texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from invoiced.cli.application import application
from invoiced.cli.connection import with_client
from invoiced.cli.output import with_output

DETAILED = {"customers", "contacts", "statements", "contract", "demo", "emulator"}
"""Groups and commands whose options are shown. Each other group is a table of its commands."""


class Commands(SphinxDirective):
    """A section on the common options, one for each detailed command, and one for each other group."""

    def run(self) -> list[nodes.Node]:
        """Create the sections."""
        root = application()
        context = click.Context(root, info_name="invoiced", **root.context_settings)
        common = self._section(nodes.Text("Common options"), "common-options")
        common += _options(context, _common_options())
        detailed, others = [], []
        for subcontext, command in _subcommands(context, root):
            if command.name not in DETAILED:
                others.append(self._table(subcontext, command))
            else:
                detailed += [self._command(*leaf) for leaf in _leaves(subcontext, command)]
        return [common, *detailed, *others]

    def _command(self, context: click.Context, command: click.Command) -> nodes.section:
        arguments = [] if _has_custom_help(command) else _arguments(context, command)
        name = context.command_path.partition(" ")[2]
        section = self._section(nodes.literal("", " ".join([name, *arguments])), name.replace(" ", "-"))
        for paragraph in str(command.help).split("\n\n"):
            section += nodes.paragraph("", " ".join(paragraph.split()))
        examples = [line.removeprefix("Example: ") for line in str(command.epilog).removeprefix("\b\n").splitlines()]
        section += _block("\n".join(examples), "sh")
        if _has_custom_help(command):
            section += _block(command.get_help(context).rpartition("\n\n")[0], "text")
            return section
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        names = {option.name for option in _common_options()}
        if own := [option for option in options if option.name not in names]:
            section += _options(context, own)
        if others := [option.opts[0] for option in options if option.name in names]:
            section += self._common_options_paragraph(others)
        return section

    def _table(self, context: click.Context, group: click.Command) -> nodes.section:
        """Create a section with a table of a group's commands."""
        section = self._section(nodes.literal("", context.info_name), str(context.info_name))
        body = nodes.tbody()
        for subcontext, command in _leaves(context, group):
            usage = " ".join([str(subcontext.info_name), *_arguments(subcontext, command)])
            entries = nodes.literal("", usage), nodes.Text(str(command.help).partition("\n")[0])
            body += nodes.row("", *(nodes.entry("", nodes.paragraph("", "", entry)) for entry in entries))
        columns = [nodes.colspec(colwidth=width) for width in (30, 70)]
        section += nodes.table("", nodes.tgroup("", *columns, body, cols=2))
        return section

    def _common_options_paragraph(self, options: Iterable[str]) -> nodes.paragraph:
        paragraph = nodes.paragraph("", "Also accepts the ")
        paragraph += nodes.reference("", "common options", refid="common-options", internal=True)
        for number, option in enumerate(options):
            paragraph += [nodes.Text(", " if number else ": "), nodes.literal("", option)]
        paragraph += nodes.Text(".")
        return paragraph

    def _section(self, title: nodes.Node, name: str) -> nodes.section:
        section = nodes.section("", nodes.title("", "", title), ids=[name], names=[name])
        section["support_smartquotes"] = False  # help texts contain JSON
        self.state.document.note_explicit_target(section)
        return section


def _subcommands(context: click.Context, group: click.Group) -> Iterator[tuple[click.Context, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield click.Context(command, context, info_name=name, **command.context_settings), command


def _leaves(context: click.Context, command: click.Command) -> Iterator[tuple[click.Context, click.Command]]:
    """Yield the command, or the commands of the group."""
    if isinstance(command, click.Group):
        yield from _subcommands(context, command)
    else:
        yield context, command


def _arguments(context: click.Context, command: click.Command) -> list[str]:
    return [piece for piece in command.collect_usage_pieces(context) if piece != command.options_metavar]


def _common_options() -> list[click.Option]:
    """Return the options of all commands that show records."""
    command = click.command()(with_output(with_client(lambda: None)))
    return [option for option in command.params if isinstance(option, click.Option)]


def _options(context: click.Context, options: Iterable[click.Option]) -> nodes.definition_list:
    definitions = nodes.definition_list(classes=["options"])
    for option in options:
        record = option.get_help_record(context)
        assert record is not None
        term = nodes.term("", "", nodes.literal("", record[0]))
        definitions += nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", record[1])))
    return definitions


def _has_custom_help(command: click.Command) -> bool:
    return type(command).format_help is not click.Command.format_help


def _block(text: str, language: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language=language)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
