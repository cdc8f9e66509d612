"""How an entry changes, as statements of SQL that are built once, because that takes longer than to execute them.

In a file, sqlite3 executes their text. A run makes two changes per request, for each of which SQLAlchemy takes longer
than SQLite takes to write it to disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Insert,
    Update,
    and_,
    bindparam,
    case,
    false,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite

from .schema import entries, events, runs

_SQLITE = sqlite.dialect(paramstyle="named")


def _given(*names: str) -> dict[str, object]:
    """Return new values of columns, each of which is a parameter."""
    return {name: _new(name) for name in names}


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=entries.c[name].type)


_is_the_entry = and_(entries.c.run_id == bindparam("of_run"), entries.c.key == bindparam("of_key"))
_is_of_the_session = and_(_is_the_entry, entries.c.session_id == bindparam("of_session"))
_run_is_open = select(runs.c.id).where(runs.c.id == bindparam("of_run"), runs.c.closed_at.is_(None)).exists()

# The API repeats its response to a key for a day since it was first used.
_is_the_same_request = and_(entries.c.idempotency_key == bindparam("of_request"), entries.c.started_at.is_not(None))

START = (
    update(entries)
    .where(_is_the_entry, _run_is_open)
    .values(
        **_given("session_id", "state"),
        idempotency_key=bindparam("of_request"),
        attempts=entries.c.attempts + literal_column("1"),
        started_at=case((_is_the_same_request, entries.c.started_at), else_=_new("started_at")),
        ended_at=null(),
    )
)
"""A request is about to leave."""

PUT_BACK = update(entries).where(_is_of_the_session).values(**_given("state", "idempotency_key"))
"""A request was certainly not processed, and is sent again."""

FINISH = (
    update(entries)
    .where(_is_of_the_session, entries.c.idempotency_key == bindparam("of_request"))
    .values(**_given("state", "reason", "details", "ended_at", "decided_by"))
)
"""A request has an outcome."""

INTERRUPT = update(entries).where(_is_of_the_session).values(**_given("state", "reason", "ended_at", "decided_by"))
"""The session of a request ended before there was an outcome."""

DECIDE = update(entries).where(_is_the_entry).values(**_given("state", "reason", "ended_at", "decided_by"))
"""A person decided the outcome."""

FIND = update(entries).where(_is_the_entry).values(**_given("state", "reason", "details", "ended_at", "decided_by"))
"""It was processed before, as the account says."""

_EVENT = {
    "run_id": bindparam("of_run", type_=events.c.run_id.type),
    "key": bindparam("of_key", type_=events.c.key.type),
    "at": _new("ended_at"),
    "state": _new("state"),
    "reason": _new("reason"),
    "decided_by": _new("decided_by"),
    "idempotency_key": bindparam("of_request", type_=events.c.idempotency_key.type),
}
_ADD_EVENT = insert(events).values(_EVENT)
_WITH_EVENT = {FINISH, INTERRUPT, DECIDE, FIND}


def new(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return new values of columns as parameters of a change."""
    return {f"new_{name}": value for name, value in values.items()}


def change_on_server(
    connection: Connection, change: Update, parameters: Mapping[str, Any], states: Collection[str]
) -> bool:
    """Change an entry, and add its event, if it is in one of some states. Return whether it was changed."""
    return connection.execute(_on_server(change, len(states)), {**parameters, **_old(states)}).rowcount == 1


def change_in_file(
    connection: sqlite3.Connection, change: Update, parameters: Mapping[str, Any], states: Collection[str]
) -> bool:
    """The same in a file."""
    statement = _text(_in_states(change, len(states)))
    is_changed = connection.execute(statement, {**parameters, **_old(states)}).rowcount == 1
    if is_changed and change in _WITH_EVENT:
        connection.execute(_text(_ADD_EVENT), parameters)
    return is_changed


def _old(states: Collection[str]) -> dict[str, str]:
    return {f"old_state_{number}": state for number, state in enumerate(states)}


@cache
def _in_states(change: Update, states: int) -> Update:
    return change.where(
        or_(false(), *(entries.c.state == bindparam(f"old_state_{number}") for number in range(states)))
    )


@cache
def _on_server(change: Update, states: int) -> Update | Insert:
    """Return a change, and its event if it has one, as one statement of PostgreSQL: one message to the server."""
    if change not in _WITH_EVENT:
        return _in_states(change, states)
    changed = _in_states(change, states).returning(entries.c.key).cte("changed")
    event = insert(events).from_select([*_EVENT], select(*_EVENT.values()).select_from(changed))
    return event.execution_options(preserve_rowcount=True)


@cache
def _text(statement: Update | Insert) -> str:
    return str(statement.compile(dialect=_SQLITE))
