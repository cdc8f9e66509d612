"""Asking before a command deletes or sends on a live account."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from invoiced import Client
from invoiced.cli.failures import NothingDone
from invoiced.cli.streams import at_a_terminal

HARMLESS = re.compile(r"api\.sandbox\.invoiced\.com|localhost|127(\.\d{1,3}){3}|::1")


def yes_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--yes`, and its function `yes`, which goes to `confirm`."""
    return click.option("--yes", is_flag=True, help="Do not ask, on a live account either.")(function)


def confirm(client: Client, action: str, *, yes: bool) -> None:
    """Ask whether to go on with `action`, such as "Delete 3 customers", if the client's account is live.

    Raises:
        NothingDone: the answer is no, or there is nobody to ask.
    """
    host = host_of(client)
    if not HARMLESS.fullmatch(host):
        ask(f"{action} at {host}?", yes=yes)


def ask(question: str, *, yes: bool) -> None:
    """Ask whether to go on, unless the answer is `yes` already.

    Raises:
        NothingDone: the answer is no, or there is nobody to ask.
    """
    if yes:
        return
    if not at_a_terminal():
        raise NothingDone(f"{question} There is no terminal to ask at: say --yes. Nothing was sent.")
    if not _agreed(f"{question} [y/N]: "):
        raise NothingDone("Not confirmed: nothing was sent.")


def _agreed(question: str) -> bool:
    """The answer of somebody at the terminal. `click.confirm` of older versions writes to stdout, too."""
    click.echo(question, nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer:
        raise click.Abort
    return answer.strip().lower() in {"y", "yes"}


def host_of(client: Client) -> str:
    """The host that the client talks to."""
    return urlsplit(client.api_url).hostname or ""
