"""The options shared by all commands that use the API, and the client created from them."""

from __future__ import annotations

import codecs
import logging
import os
import stat
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import invoiced
from invoiced.cli.errors import DEBUG, NotStartedError
from invoiced.cli.streams import is_interactive, print_line
from invoiced.display.escaping import one_line

if TYPE_CHECKING:
    import requests

MAX_KEY_FILE_LENGTH = 4096
_FOR_EMULATOR = "export INVOICED_API_KEY=any-key INVOICED_BASE_URL=http://127.0.0.1:8065"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLANKS = string.whitespace + "\ufeff\xa0"

Connect = Callable[..., invoiced.Client]
"""A function that creates a client, of the session that it is given or of a new one."""


def with_client(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command; its function gets a `client`, closed afterwards, as its first argument."""

    @with_connection
    @wraps(function)
    def run(connect: Connect, *arguments: Any, **options: Any) -> Any:
        with connect() as client:
            return function(client, *arguments, **options)

    return run


def with_connection(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the shared options to a command; its first argument is `connect`, which creates a client of a session."""

    @click.option(
        "--api-key-file",
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="File that contains the API key. Default: the key in INVOICED_API_KEY.",
    )
    @click.option("--sandbox", is_flag=True, help="Use the sandbox, which has its own API keys.")
    @click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_debug,
        help="Log requests, and show tracebacks.",
    )
    @wraps(function)
    def run(*arguments: Any, api_key_file: Path | None, sandbox: bool, **options: Any) -> Any:
        with _logging():
            return function(partial(create_client, api_key_file, sandbox), *arguments, **options)

    return run


def create_client(api_key_file: Path | None, sandbox: bool, session: requests.Session | None = None) -> invoiced.Client:
    """Create a client that reads amounts exactly. The key comes from the file, INVOICED_API_KEY or a prompt."""
    return invoiced.Client(_api_key(api_key_file), sandbox, session=session, parse_float=Decimal)


def _api_key(file: Path | None) -> str:
    """Return the API key from the file, the environment or a prompt."""
    if file is not None:
        return _read_key_file(file)
    if key := _without_blanks(os.environ.get("INVOICED_API_KEY", "")):
        return key
    if not is_interactive():
        raise NotStartedError(
            f"No API key: set INVOICED_API_KEY or use --api-key-file. For an emulator: {_FOR_EMULATOR}"
        )
    return _without_blanks(click.prompt("API key", hide_input=True, err=True))


def _read_key_file(file: Path) -> str:
    # Messages omit the name and the content: the user may have passed the key itself as the name.
    try:
        with file.open("rb") as stream:
            status, content = os.fstat(stream.fileno()), stream.read(MAX_KEY_FILE_LENGTH + 1)
        key = _without_blanks(content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8"))
    except OSError as error:
        raise NotStartedError(f"Cannot read the API key file: {error.strerror}.") from None
    except UnicodeError:
        raise NotStartedError("The API key file is not text in UTF-8 or UTF-16.") from None
    if not key:
        raise NotStartedError("The API key file is empty.")
    if len(key.splitlines()) > 1:
        raise NotStartedError("The API key file has several lines. It may only contain the API key.")
    if len(content) > MAX_KEY_FILE_LENGTH or not (key.isascii() and key.isprintable()):
        raise NotStartedError("The API key file does not contain an API key.")
    if os.name == "posix" and stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_IRGRP | stat.S_IROTH):
        print_line("Warning: other users can read the API key file. Change its mode, such as: chmod 600 FILE", err=True)
    return key


def _without_blanks(key: str) -> str:
    """Return a key without blanks, line breaks and byte order marks around it."""
    return key.strip(_BLANKS)


def _set_debug(context: click.Context, _: click.Parameter, enabled: bool) -> None:
    context.meta[DEBUG] = enabled and not context.resilient_parsing


class _OneLine(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:
        """Format a message as one line without control characters: it may show what a file contains."""
        return one_line(super().formatMessage(record))


@contextmanager
def _logging() -> Iterator[None]:
    """Write what is left out of tables to stderr, one line each; with --debug, the whole log of the library."""
    is_debug = click.get_current_context().meta.get(DEBUG)
    logger = logging.getLogger("invoiced" if is_debug else "invoiced.tables")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(levelname)s %(name)s: %(message)s" if is_debug else "Note: %(message)s"))
    previous_level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG if is_debug else logging.WARNING)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(previous_level)
