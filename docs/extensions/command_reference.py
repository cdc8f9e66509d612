"""The directive `commands`: a section for each command of `invoiced`, generated from its help text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from invoiced.cli.application import application
from invoiced.cli.connection import with_client
from invoiced.cli.output import with_output


class Commands(SphinxDirective):
    """Sections for all commands, in the order of the help, below a section on the common options."""

    def run(self) -> list[nodes.Node]:
        """Create the section on common options, and a section for each command."""
        root = application()
        context = click.Context(root, info_name="invoiced", **root.context_settings)
        common = self._section(nodes.Text("Common options"), "common-options")
        common += _options(context, _common_options())
        return [common, *(self._command(context, command) for context, command in _leaves(context, root))]

    def _command(self, context: click.Context, command: click.Command) -> nodes.section:
        arguments = [piece for piece in command.collect_usage_pieces(context) if piece != command.options_metavar]
        if _has_custom_help(command):
            arguments = []
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


def _leaves(context: click.Context, group: click.Group) -> Iterator[tuple[click.Context, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        subcontext = click.Context(command, context, info_name=name, **command.context_settings)
        if isinstance(command, click.Group):
            yield from _leaves(subcontext, command)
        else:
            yield subcontext, command


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
