"""Card and account numbers, which are never read from arguments: other users of the machine see those."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from invoiced.cli.streams import is_interactive
from invoiced.cli.values import read_file

SECRET_FIELDS = ("account_number", "card_number", "cvc", "cvv", "iban", "routing_number")
"""Fields with which somebody else can pay."""

_NAME = f"(?:{'|'.join(SECRET_FIELDS)})"
# As the name of an entry or of --field, as a name in JSON, and the number of a card.
_SECRET = re.compile(
    rf'^(?P<entry>{_NAME})=|"(?P<name>{_NAME})"\s*:|(?:^card=|"card"\s*:)\s*\{{[^}}]*"(?P<number>number)"\s*:'
)
_REASON = "other users of this machine can read arguments"


def parse_secret(text: str, label: str) -> str:
    """Return the secret in a file (`@FILE`) or, for `-`, from a prompt, or from a line of standard input."""
    if text == "-":
        secret = _read_line(label)
    elif text.startswith("@"):
        secret = read_file(Path(text[1:])).strip()
    else:
        raise ValueError(f"{_REASON}; give @FILE, or - to be asked for it or to read it from standard input")
    if not secret:
        raise ValueError("it is empty")
    return secret


def check_argument(text: str, *, instead: str) -> None:
    """Check that an argument names no secret field. Files, given as `@FILE`, may do so.

    Raises:
        ValueError: the argument contains a secret. `instead` says how to give it.
    """
    found = None if text.startswith("@") else _SECRET.search(text)
    if found:
        raise ValueError(f"{_REASON}, so {found[found.lastgroup or 0]} cannot be given here; {instead}")


def _read_line(label: str) -> str:
    if is_interactive():
        return str(click.prompt(label, hide_input=True, err=True)).strip()
    if sys.stdin is None:
        raise ValueError("standard input is closed")
    return sys.stdin.readline().strip()
