"""Error handling: errors are printed as one line on stderr and set the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

import click

from invoiced import AuthenticationError, InvoicedError
from invoiced.cli.signals import Stopped
from invoiced.cli.streams import print_line
from invoiced.cli.tracebacks import traceback_of

DEBUG = "invoiced.cli.debug"
"""Key in the `meta` of contexts: whether tracebacks are shown."""

FAILED, NOT_STARTED, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141


class NotStartedError(click.ClickException):
    """The command could not start: no request that changes data was sent."""

    exit_code = NOT_STARTED


@contextmanager
def exit_on_errors(meta: Mapping[str, Any]) -> Iterator[None]:
    """Exit on an expected error, with a line on stderr and an exit status. Programming errors keep their traceback."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
        sys.exit(BROKEN_PIPE)
    except (KeyboardInterrupt, click.Abort) as error:
        _print_error("Interrupted.", error, meta)
        sys.exit(error.status if isinstance(error, Stopped) else INTERRUPTED)
    except (click.ClickException, InvoicedError, ValueError, OSError) as error:
        if isinstance(error, OSError):  # such as a full disk, which Python would report again when it exits
            _discard(sys.stdout)
        _print_error(f"Error: {_message(error)}", error, meta)
        sys.exit(_status(error))


def _status(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        return error.exit_code
    # The library raises ValueError for arguments that it rejects before it sends anything.
    return NOT_STARTED if isinstance(error, (AuthenticationError, ValueError)) else FAILED


def _message(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "invoiced"
        text = " ".join(error.format_message().split())
        return f"{text}{'' if text.endswith(('.', '?')) else '.'} See: {command} --help"
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _print_error(line: str, error: BaseException, meta: Mapping[str, Any]) -> None:
    try:
        if meta.get(DEBUG):
            print(traceback_of(error), file=sys.stderr)
        print_line(line, err=True)
    except OSError:  # only the exit status remains
        _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that Python can flush it when it exits."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
