"""Confirmation prompts, shown before a command deletes or sends something on a live account."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from invoiced import Client
from invoiced.cli.errors import NotStartedError
from invoiced.cli.streams import is_interactive
from invoiced.contract.hosts import is_live
from invoiced.display.escaping import one_line


def yes_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--yes` to a command; its function gets `yes`, to be passed to `confirm_if_live`."""
    return click.option("--yes", is_flag=True, help="Skip the confirmation prompt.")(function)


def confirm_if_live(client: Client, action: str, *, yes: bool) -> None:
    """Ask for confirmation of `action`, such as "Delete 3 customers", if the client's account is live.

    Raises:
        NotStartedError: the user declined, or there is no terminal.
    """
    if is_live(client.api_url):
        confirm(f"{action} at {host_of(client)}?", yes=yes)


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation, unless it was given in advance with `yes`.

    Raises:
        NotStartedError: the user declined, or there is no terminal.
    """
    if yes:
        return
    question = one_line(question)
    _check_terminal(question)
    if read_answer(f"{question} [y/N]: ").lower() not in {"y", "yes"}:
        raise NotStartedError("Not confirmed. Nothing was sent.")


def confirm_number(question: str, number: int, *, yes: bool) -> None:
    """Ask for confirmation by typing the number of what is sent, unless it was given in advance with `yes`.

    Raises:
        NotStartedError: another number was typed, or there is no terminal.
    """
    if yes:
        return
    question = one_line(question)
    _check_terminal(question)
    if read_answer(f"{question} Type {number} to confirm: ") != str(number):
        raise NotStartedError("Not confirmed. Nothing was sent.")


def read_answer(question: str) -> str:
    """Read a line from the terminal. Older versions of `click.prompt` write to stdout as well."""
    print(question, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip()


def _check_terminal(question: str) -> None:
    if not is_interactive():
        raise NotStartedError(f"{question} Cannot ask without a terminal: pass --yes to confirm. Nothing was sent.")


def host_of(client: Client) -> str:
    """Return the host that the client sends its requests to."""
    return urlsplit(client.api_url).hostname or ""
