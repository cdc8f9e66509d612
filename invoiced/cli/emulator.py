"""`invoiced emulator`: passes its arguments on to the emulator's own command."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import click

from invoiced.cli.errors import NotStartedError


class EmulatorCommand(click.Command):
    """A command that shows the help of the emulator's own command, with an example."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help."""
        text = io.StringIO()
        with redirect_stdout(text), suppress(SystemExit):
            _main()(["--help"], program=ctx.command_path)
        formatter.write(text.getvalue())
        self.format_epilog(ctx, formatter)


@click.command(
    cls=EmulatorCommand,
    context_settings={"ignore_unknown_options": True},
    epilog="Example: invoiced emulator --port 8065 --data invoiced.db",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def emulator(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Run an emulator of the API on this machine."""
    context.exit(_main()(arguments, program=context.command_path))


def _main() -> Callable[..., int]:
    with reporting_missing_packages():
        from invoiced.emulator.__main__ import main
    return main


@contextmanager
def reporting_missing_packages() -> Iterator[None]:
    """Report packages that the emulator cannot import as one line."""
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).startswith("invoiced"):
            raise
        raise NotStartedError(
            f"The emulator cannot be loaded: {error}. From a zip archive, Python imports no compiled modules."
        ) from None
    except ImportError as error:  # the extra "emulator" is not installed
        raise NotStartedError(str(error)) from None
