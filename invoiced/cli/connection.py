"""The options of every command that talks to the API, and the client that they make."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any

import click

import invoiced
from invoiced.cli.failures import DEBUG, NothingDone
from invoiced.cli.streams import at_a_terminal

LONGEST_KEY_FILE = 4096


def with_client(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the shared options, and its function a `client` as first argument, closed when it returns."""

    @click.option(
        "--api-key-file",
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="File that holds the API key. Without it: INVOICED_API_KEY.",
    )
    @click.option("--sandbox", is_flag=True, help="Talk to the sandbox, which has keys of its own.")
    @click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_debug,
        help="Log what is sent, and show tracebacks.",
    )
    @wraps(function)
    def run(*arguments: Any, api_key_file: Path | None, sandbox: bool, **options: Any) -> Any:
        with _logged(), connected(api_key_file, sandbox) as client:
            return function(client, *arguments, **options)

    return run


def connected(api_key_file: Path | None, sandbox: bool) -> invoiced.Client:
    """A client that reads amounts exactly. Its key comes from the file, from INVOICED_API_KEY or from a prompt."""
    return invoiced.Client(_key(api_key_file), sandbox, parse_float=Decimal)


def _key(file: Path | None) -> str | None:
    """The API key; None where the client finds it in the environment."""
    if file is not None:
        return _key_in(file)
    if os.environ.get("INVOICED_API_KEY", "").strip():
        return None
    if not at_a_terminal():
        raise NothingDone("There is no API key: set INVOICED_API_KEY, or name a file that holds it: --api-key-file.")
    key: str = click.prompt("API key", hide_input=True, err=True)
    return key.strip()


def _key_in(file: Path) -> str:
    # Neither the name nor the content is shown: whoever mistakes the option for the key's gives the key as the name.
    try:
        with file.open(encoding="ascii") as opened:
            key = opened.read(LONGEST_KEY_FILE).strip()
    except OSError as error:
        raise NothingDone(f"The file of --api-key-file cannot be read: {error.strerror}.") from None
    except ValueError:
        raise NothingDone("The file of --api-key-file holds no API key.") from None
    if not key:
        raise NothingDone("The file of --api-key-file is empty.")
    return key


def _debug(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    context.meta[DEBUG] = wanted and not context.resilient_parsing


@contextmanager
def _logged() -> Iterator[None]:
    """Lets the library's log be seen on stderr with --debug."""
    if not click.get_current_context().meta.get(DEBUG):
        yield
        return
    logger, handler = logging.getLogger("invoiced"), logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
