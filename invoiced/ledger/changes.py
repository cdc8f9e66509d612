"""How an entry changes, as statements of SQL that are built once, because that takes longer than to execute them."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, insert, select, update

from .schema import entries, events, runs
from .states import STARTED


def _given(*names: str) -> dict[str, object]:
    return {name: bindparam(name) for name in names}


_is_the_entry = and_(entries.c.run_id == bindparam("of_run"), entries.c.key == bindparam("of_key"))
_is_in_a_state = entries.c.state.in_(bindparam("in_states", expanding=True))
_is_of_the_session = and_(
    _is_the_entry, _is_in_a_state, entries.c.session_id.is_not_distinct_from(bindparam("of_session"))
)
_run_is_open = select(runs.c.id).where(runs.c.id == bindparam("of_run"), runs.c.closed_at.is_(None)).exists()

START = (
    update(entries)
    .where(_is_the_entry, _is_in_a_state, _run_is_open)
    .values(
        **_given("session_id", "idempotency_key", "started_at"),
        state=STARTED,
        attempts=entries.c.attempts + 1,
        ended_at=None,
    )
)
"""A request is about to leave."""

PUT_BACK = update(entries).where(_is_of_the_session).values(**_given("state", "idempotency_key"))
"""A request was certainly not processed, and is sent again."""

FINISH = (
    update(entries)
    .where(_is_of_the_session, entries.c.idempotency_key == bindparam("of_request"))
    .values(**_given("state", "reason", "details", "ended_at"))
)
"""A request has an outcome."""

INTERRUPT = update(entries).where(_is_of_the_session).values(**_given("state", "reason", "ended_at"))
"""The session of a request ended before there was an outcome."""

FIND = update(entries).where(_is_the_entry, _is_in_a_state).values(**_given("state", "reason", "details", "ended_at"))
"""The account says that it was processed before."""

DECIDE = update(entries).where(_is_the_entry, _is_in_a_state).values(**_given("state", "reason", "ended_at"))
"""A person decided the outcome."""

ADD_EVENT = insert(events)
