"""How errors end the program: one line on stderr, and an exit status that tells whether anything was done."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import click

from invoiced import AuthenticationError, InvoicedError
from invoiced.cli.streams import one_line

DEBUG = "invoiced.cli.debug"
"""Name in the `meta` of contexts: whether tracebacks are shown."""

FAILED, NOTHING_DONE, INTERRUPTED, BROKEN_PIPE = 1, 2, 130, 141


class NothingDone(click.ClickException):
    """The command could not begin: nothing was sent that changes anything."""

    exit_code = NOTHING_DONE


@contextmanager
def failures_end_the_program(meta: Mapping[str, Any]) -> Iterator[None]:
    """Turn what goes wrong inside into a line on stderr and an exit status. Mistakes in the code stay tracebacks."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        sys.exit(BROKEN_PIPE)
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted.", meta)
        sys.exit(INTERRUPTED)
    except (click.ClickException, InvoicedError, ValueError, OSError) as error:
        if isinstance(error, OSError):  # Such as a full disk, which would be told of again at the end.
            _forget_stdout()
        _say(f"Error: {_message(error)}", meta)
        sys.exit(_status(error))


def _status(error: Exception) -> int:
    if isinstance(error, click.ClickException):
        return error.exit_code
    # What the library refuses before it sends anything is a ValueError.
    return NOTHING_DONE if isinstance(error, (AuthenticationError, ValueError)) else FAILED


def _message(error: Exception) -> str:
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "invoiced"
        text = " ".join(error.format_message().split())
        return f"{text}{'' if text.endswith(('.', '?')) else '.'} See: {command} --help"
    return error.format_message() if isinstance(error, click.ClickException) else str(error)


def _say(line: str, meta: Mapping[str, Any]) -> None:
    with suppress(BrokenPipeError):
        if meta.get(DEBUG):
            traceback.print_exc()
        print(one_line(line), file=sys.stderr, flush=True)


def _forget_stdout() -> None:
    """Lets Python, when it ends, flush to nowhere what cannot be written."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
