"""How an entry changes, as statements of SQL that are built once, because that takes longer than to execute them."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, case, insert, select, update

from .schema import entries, events, runs
from .states import STARTED


def _given(*names: str) -> dict[str, object]:
    return {name: bindparam(name) for name in names}


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
        started_at=case((_is_the_same_request, entries.c.started_at), else_=bindparam("now")),
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

ADD_EVENT = insert(events)
