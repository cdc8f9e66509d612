"""How an entry changes, as statements of SQL that are built once, because that takes longer than to execute them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, Insert, Update, and_, bindparam, case, insert, select, update

from .schema import entries, events, runs
from .states import STARTED


def _given(*names: str) -> dict[str, object]:
    """Return new values of columns, each of which is a parameter."""
    return {name: _new(name) for name in names}


def _new(name: str) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=entries.c[name].type)


_is_the_entry = and_(entries.c.run_id == bindparam("of_run"), entries.c.key == bindparam("of_key"))
_is_in_a_state = entries.c.state.in_(bindparam("in_states", expanding=True))
_is_of_the_session = and_(_is_the_entry, _is_in_a_state, entries.c.session_id == bindparam("of_session"))
_run_is_open = select(runs.c.id).where(runs.c.id == bindparam("of_run"), runs.c.closed_at.is_(None)).exists()

# The API repeats its response to a key for a day since it was first used.
_is_the_same_request = and_(entries.c.idempotency_key == bindparam("of_request"), entries.c.started_at.is_not(None))

START = (
    update(entries)
    .where(_is_the_entry, _is_in_a_state, _run_is_open)
    .values(
        **_given("session_id"),
        state=STARTED,
        idempotency_key=bindparam("of_request"),
        attempts=entries.c.attempts + 1,
        started_at=case((_is_the_same_request, entries.c.started_at), else_=_new("started_at")),
        ended_at=None,
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

DECIDE = (
    update(entries).where(_is_the_entry, _is_in_a_state).values(**_given("state", "reason", "ended_at", "decided_by"))
)
"""A person decided the outcome."""

FIND = (
    update(entries)
    .where(_is_the_entry, _is_in_a_state)
    .values(**_given("state", "reason", "details", "ended_at", "decided_by"))
)
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


def _with_event(change: Update) -> Insert:
    """Return a change and the event of it as one statement of PostgreSQL, and thus as one message to the server."""
    changed = change.returning(entries.c.key).cte("changed")
    event = insert(events).from_select([*_EVENT], select(*_EVENT.values()).select_from(changed))
    return event.execution_options(preserve_rowcount=True)


_WITH_EVENT = {change: _with_event(change) for change in (FINISH, INTERRUPT, DECIDE, FIND)}


def new(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return new values of columns as parameters of a change."""
    return {f"new_{name}": value for name, value in values.items()}


def change_entry(connection: Connection, change: Update, parameters: Mapping[str, Any]) -> bool:
    """Change an entry, and add the event, unless it is in another state. Return whether it was changed."""
    if connection.dialect.name == "postgresql":
        return connection.execute(_WITH_EVENT[change], parameters).rowcount == 1
    if connection.execute(change, parameters).rowcount != 1:
        return False
    connection.execute(_ADD_EVENT, parameters)
    return True
