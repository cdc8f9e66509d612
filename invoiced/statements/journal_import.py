"""What journals of invoiced 4.0 say about the statements of a period, for the ledger."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from invoiced import Client, NotFoundError
from invoiced.journals import Journal, JournalError, JournalRow, read_journal
from invoiced.ledger.entries import storable
from invoiced.ledger.states import FAILED, INVALID, NO_ADDRESS, SENT, UNKNOWN
from invoiced.runs.errors import RunError
from invoiced.runs.rows import CustomerRef
from invoiced.runs.staged_rows import key_of

from .content import check_request, checked_content

_KIND = "statements"
_PRECEDENCE = (SENT, UNKNOWN, FAILED, "skipped")
"""States that are taken over. If a customer has several, the first of them counts."""
_WITHOUT_ADDRESS = "neither the customer nor a contact has an e-mail address"
_NOT_TRIED = ("to do", "waiting")
_MAX_ID = 100
_ACCOUNT_CHECKS = 3
"""Number of customers whose time of creation is compared."""


@dataclass(frozen=True)
class JournalImport:
    """What was taken over from journals."""

    counts: Mapping[str, Mapping[str, int]]
    """Number of rows by state, by the name of the journal. Those that are `not tried` were not taken over."""
    taken_over: int
    """Number of customers that were added to the ledger."""
    kept: int
    """Number of customers of whom the ledger knew already whether they were sent a statement."""
    repeated: Sequence[str]
    """Customers that several journals have, one line each."""


@dataclass
class Found:
    """What journals say about a customer."""

    journal: str
    row: JournalRow


class JournalRows:
    """The rows of several journals, one per customer.

    Raises:
        JournalError: one of them cannot be used.
        RunError: one of them is of another kind or of another account.
    """

    def __init__(self, client: Client, paths: Iterable[str | PathLike[str]]) -> None:
        self.counts = dict[str, Counter[str]]()
        self.repeated = list[str]()
        self.content: dict[str, Any] = {}
        self._found = dict[str, Found]()
        for path in paths:
            journal = read_journal(path)
            _check(client, path, journal)
            _check_values(path, journal)
            self._add(Path(path).name, journal)

    def values(self) -> Iterable[dict[str, Any]]:
        """Yield the values of the columns of the ledger for each customer."""
        return (_values(key, found) for key, found in self._found.items())

    def __len__(self) -> int:
        return len(self._found)

    def _add(self, name: str, journal: Journal) -> None:
        self.content = journal.content
        counts = self.counts.setdefault(name, Counter())
        for row in journal.rows:
            counts[row.state if row.state in _PRECEDENCE else "not tried"] += 1
            if row.state in _PRECEDENCE and not row.problem.startswith("duplicate of row"):
                self._add_row(name, row)

    def _add_row(self, name: str, row: JournalRow) -> None:
        key = _key_of(row)
        found = self._found.setdefault(key, Found(name, row))
        if found.row is row:
            return
        ref = CustomerRef(row.customer_id, row.customer_number, row.customer_name, row.customer_email)
        if not row.problem:
            self.repeated.append(f"{ref} is {found.row.state} in {found.journal} and {row.state} in {name}")
        if _PRECEDENCE.index(row.state) < _PRECEDENCE.index(found.row.state):
            self._found[key] = Found(name, row)


def _key_of(row: JournalRow) -> str:
    """Return the key that the row has in a ledger."""
    if row.target is not None and row.problem in ("", _WITHOUT_ADDRESS):
        return row.target
    return key_of(f"{row.lookup_field or 'row'} {row.lookup_value or row.number}")


def _state_of(row: JournalRow) -> str:
    return row.state if not row.problem else NO_ADDRESS if row.problem == _WITHOUT_ADDRESS else INVALID


def _values(key: str, found: Found) -> dict[str, Any]:
    row, event = found.row, found.row.event
    emails = event.details.get("emails") if event else None
    details = {"emails": [*map(_texts_of, emails)]} if isinstance(emails, list) else {}
    now = int(time.time())  # a clock may have been set back
    reason = row.problem or (event.reason if event else "")
    return {
        "key": key,
        "state": _state_of(row),
        "row_number": row.number,
        "customer_id": None if row.customer_id is None else str(row.customer_id),
        "customer_number": storable(row.customer_number),
        "customer_name": storable(row.customer_name),
        "customer_email": storable(row.customer_email),
        "created_at": row.created_at,
        "request": row.request,
        "reason": storable(f"{reason} ({found.journal})" if reason else f"according to {found.journal}"),
        "details": json.dumps(details),
        "idempotency_key": event.idempotency_key if event else None,
        "attempts": int(event is not None),
        "session_id": None,
        "started_at": None if row.started_at is None else min(row.started_at, now),
        "ended_at": min(event.at, now) if event else None,
        "decided_by": "",
    }


def _texts_of(email: object) -> dict[str, str]:
    """Return what a journal says about an e-mail, as far as it is text."""
    return {name: text for name, text in email.items() if isinstance(text, str)} if isinstance(email, dict) else {}


def _check(client: Client, path: str | PathLike[str], journal: Journal) -> None:
    """Refuse a journal of another kind, or whose customers belong to another account."""
    if journal.kind != _KIND:
        raise RunError(f"The journal {path} is of {journal.kind}, and not of statements. Nothing was taken over.")
    if journal.api_url != client.api_url:
        raise RunError(f"The journal {path} is of an account at {journal.api_url}. Nothing was taken over.")
    known = [row for row in journal.rows if row.created_at and row.customer_id is not None]
    for row in _sample(known):
        try:
            customer = client.Customer.retrieve(row.customer_id or 0)
        except NotFoundError:  # the customer may have been deleted
            continue
        if customer.get("created_at") == row.created_at:
            return
    if known:
        raise RunError(f"The journal {path} is of another account. Nothing was taken over.")


def _sample(rows: Sequence[JournalRow]) -> list[JournalRow]:
    """Return the first and the last rows."""
    return [*{row.number: row for row in (*rows[:_ACCOUNT_CHECKS], *rows[-_ACCOUNT_CHECKS:])}.values()]


def _check_values(path: str | PathLike[str], journal: Journal) -> None:
    """Refuse what a run of statements never records."""
    try:
        checked_content(journal.content)
        for row in journal.rows:
            check_request(json.loads(row.request))
            if row.state not in (*_PRECEDENCE, *_NOT_TRIED):
                raise ValueError(f"row {row.number} is {row.state!r}")
            id = None if row.customer_id is None else str(row.customer_id)
            if (row.target != id and _state_of(row) != INVALID) or len(id or "") > _MAX_ID:
                raise ValueError(f"row {row.number} has an invalid customer")
    except (ValueError, TypeError) as error:
        raise JournalError(f"The journal {path} cannot be used: {error}. Nothing was taken over.") from None
