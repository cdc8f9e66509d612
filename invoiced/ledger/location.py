"""Where the ledger is: a file in a fixed place, or a database that a team shares."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from .errors import LedgerError

VARIABLE = "INVOICED_LEDGER"
"""Environment variable with the path of a file or the URL of a PostgreSQL database."""

_POSTGRES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def find(location: str | PathLike[str] | None = None) -> Path | URL:
    """Return the path of the ledger, or the URL of its database.

    Args:
        location: a path, or a URL such as `postgresql://host/database`; by default, that in INVOICED_LEDGER, otherwise
            the user's data directory.

    Raises:
        LedgerError: the path or the URL is invalid, or it is not the URL of a PostgreSQL database.
    """
    text = os.fspath(location) if location is not None else os.environ.get(VARIABLE, "").strip()
    if not text:
        from platformdirs import user_data_path

        return user_data_path("invoiced", appauthor=False) / "ledger.sqlite"
    if text.startswith(_POSTGRES):
        try:
            return make_url(text).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError):
            del text, location  # tracebacks may show local variables, and it may contain a password
            raise LedgerError(f"The URL of the ledger in {VARIABLE} is not valid.") from None
    if "://" in text:
        scheme = text.partition("://")[0]
        del text, location
        raise LedgerError(f"The ledger must be a file or a postgresql:// URL, not {scheme}://.")
    try:
        # Locks of sessions are beside the file, and not beside a link to it.
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # no home folder, a circle of links, or a NUL
        raise LedgerError(f"The ledger {text} cannot be used: {error}.") from None


def name_of(location: Path | URL) -> str:
    """Return the location as text, without a password."""
    if isinstance(location, Path):
        return str(location)
    secrets = [name for name in location.query if "password" in name]
    return location.difference_update_query(secrets).render_as_string(hide_password=True)
