"""The entries of one run, and how they change.

An entry is started by one session only, because that changes its state in a single statement of the database. That is
on disk, or on the server, before the request leaves.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Update, and_, case, delete, func, insert, or_, select, update

from .changes import DECIDE, FIND, FINISH, INTERRUPT, PUT_BACK, START, new
from .entries import Entry
from .errors import LedgerError
from .ledger import Ledger, RunKey, Session, user_name
from .schema import entries, events, runs
from .states import FAILED, HELD, INVALID, NOT_ON_THE_LIST, ON_THE_LIST, OPEN, STARTED, TO_DO, TO_SEND, UNKNOWN

T = TypeVar("T")

_PAGE = 500
"""Entries that are read or written at a time."""

_COLUMNS = [entries.c[name] for name in Entry._fields]
_INTERRUPTED = "the run was interrupted before a response arrived"


class Event(NamedTuple):
    """Something that happened to an entry."""

    at: int
    """Unix seconds."""
    state: str
    reason: str
    decided_by: str
    """The person who decided it; empty if it was the API's response."""
    idempotency_key: str | None


class RunEntries:
    """The entries of a run, which is added to the ledger with its first list.

    Raises:
        LedgerError: by every method: the ledger cannot be read or written.
    """

    def __init__(self, ledger: Ledger, key: RunKey) -> None:
        self.ledger, self.key = ledger, key
        self._begin = ledger.database.begin
        self._id = ledger.run_id(key)

    @property
    def is_new(self) -> bool:
        """Whether nothing was listed yet."""
        return self._id is None

    @property
    def content(self) -> str:
        """What the latest session sent with each entry, as JSON."""
        with self._begin() as connection:
            return connection.scalar(select(runs.c.content).where(runs.c.id == self._id)) or "{}"

    @property
    def closed(self) -> tuple[int, str] | None:
        """When the run was closed, in Unix seconds, and by whom; None if it is open."""
        with self._begin() as connection:
            row = connection.execute(select(runs.c.closed_at, runs.c.closed_by).where(runs.c.id == self._id)).first()
        return (int(row.closed_at), str(row.closed_by)) if row and row.closed_at is not None else None

    def close(self) -> None:
        """Close the run: none of its entries can be started any more."""
        with self._begin() as connection:
            self._let_others_wait(connection)
            is_open = self._where(entries.c.state.in_(OPEN))
            if connection.scalar(select(func.count()).select_from(entries).where(is_open)):
                raise LedgerError("The period has open entries, so it cannot be closed.")
            values = {"closed_at": int(time.time()), "closed_by": user_name()}
            connection.execute(update(runs).where(runs.c.id == self._id, runs.c.closed_at.is_(None)).values(values))

    def replace_list(
        self,
        rows: Iterable[Mapping[str, Any]],
        session: Session,
        content: str,
        reopened: Sequence[str] = (),
        *,
        withdraws: bool = True,
    ) -> None:
        """Take over a list: what is on it, and what was on earlier ones and is not any more.

        Args:
            rows: values of the columns of each entry. Its state, one of ON_THE_LIST, is not set if the entry was sent,
                started or decided. `attempts` are those that the list was compared with.
            session: the session of the list. The lists of other sessions that still run stay in force.
            content: what is sent with each entry, as JSON.
            reopened: states of entries that are sent again, unless there was another attempt meanwhile.
            withdraws: whether open entries that are not on the list are taken off it.
        """
        self._id = self.ledger.add_run(self.key)
        statement = self.ledger.database.insert(entries)
        listed = statement.excluded
        stays_failed = and_(entries.c.state == FAILED, listed.state == TO_DO)
        kept = {"run_id", "key", "idempotency_key", "attempts", "session_id", "started_at", "ended_at", "details"}
        values: dict[str, Any] = {column.name: listed[column.name] for column in entries.c if column.name not in kept}
        values["state"] = case((stays_failed, FAILED), else_=listed.state)
        values["reason"] = case((stays_failed, entries.c.reason), else_=listed.reason)
        # Not `in_`, which a statement for many rows cannot have.
        unsent = (entries.c.state == state for state in (*ON_THE_LIST, FAILED, NOT_ON_THE_LIST))
        as_compared = entries.c.attempts == listed.attempts
        can_change = or_(*unsent, *(and_(entries.c.state == state, as_compared) for state in reopened))
        upsert = statement.on_conflict_do_update(
            index_elements=[entries.c.run_id, entries.c.key], set_=values, where=can_change
        )
        with self._begin() as connection:
            self._check_open(connection)
            connection.execute(update(runs).where(runs.c.id == self._id).values(content=content))
            for page in _pages(rows):
                own = {"run_id": self._id, "list_id": session.id}
                connection.execute(upsert, [{**row, **own} for row in page])
            if withdraws:
                self._withdraw(connection, session)

    def take_over(self, rows: Iterable[Mapping[str, Any]], session: Session, content: str) -> int:
        """Add entries that another program recorded. One that was sent, started or decided stays as it is.

        Args:
            rows: values of the columns of each entry.
            session: the session of the list from which they are.
            content: what was sent with each entry, as JSON, unless the run has a content already.

        Returns:
            The number of entries that were added or changed.
        """
        self._id, changed = self.ledger.add_run(self.key), 0
        own = {"run_id": self._id, "list_id": session.id}
        with self._begin() as connection:
            self._check_open(connection)
            has_none = and_(runs.c.id == self._id, runs.c.content == "{}")
            connection.execute(update(runs).where(has_none).values(content=content))
            for row in rows:
                is_it = self._where(entries.c.key == row["key"])
                state = connection.scalar(select(entries.c.state).where(is_it).with_for_update())
                if state is None:
                    connection.execute(insert(entries).values({**row, **own}))
                elif state in (*ON_THE_LIST, FAILED, NOT_ON_THE_LIST):
                    connection.execute(update(entries).where(is_it).values({**row, **own}))
                else:
                    continue
                event = {name: row[name] for name in ("key", "state", "reason", "idempotency_key")}
                at = row["ended_at"] or int(time.time())
                connection.execute(insert(events), {**event, "run_id": self._id, "at": at})
                changed += 1
        return changed

    def record_found(self, found: Iterable[tuple[str, str, str]], reason: str) -> None:
        """Record entries that were processed before, as the account says: their keys, states and details (JSON)."""
        for key, state, details in found:
            self._change(FIND, key, TO_SEND, {"state": state, "reason": reason, "details": details})

    def recover(self) -> list[Entry]:
        """Record as unknown what was in flight when its session ended, and return it."""
        in_flight = [*self.read(STARTED)]
        sessions = {entry.session_id for entry in in_flight if entry.session_id is not None}
        ended = {id for id in sessions if not self.ledger.is_running(id)}
        return self._interrupt(entry for entry in in_flight if entry.session_id in ended)

    def abandon(self, session: Session) -> list[Entry]:
        """Record as unknown what is in flight in a session that does not wait for it, and return it."""
        return self._interrupt(entry for entry in [*self.read(STARTED)] if entry.session_id == session.id)

    def start(self, key: str, idempotency_key: str, session: Session, states: Collection[str] = TO_SEND) -> bool:
        """Record that a request is about to leave. Return False if the entry is not in one of these states any more."""
        values = {"state": STARTED, "session_id": session.id, "started_at": int(time.time())}
        return self._change(START, key, states, values, idempotency_key)

    def put_back(self, key: str, session: Session, state: str, idempotency_key: str) -> None:
        """Record that a request was certainly not processed, and is sent again."""
        values = {"state": state, "idempotency_key": idempotency_key}
        self._change(PUT_BACK, key, [STARTED], values, session=session.id)

    def finish(self, key: str, session: Session, outcome: Mapping[str, Any], idempotency_key: str) -> None:
        """Record the outcome of a request: its state, reason and details.

        It also settles an entry that another program took for interrupted, but not one that a person settled.
        """
        self._change(FINISH, key, (STARTED, UNKNOWN), outcome, idempotency_key, session=session.id)

    def decide(self, key: str, state: str, reason: str, *, allowed: Collection[str]) -> bool:
        """Record what a person decided. Return False if the entry is not in one of the allowed states."""
        return self._change(DECIDE, key, allowed, {"state": state, "reason": reason}, None, decided_by=user_name())

    def entry(self, key: str) -> Entry | None:
        """Return an entry."""
        with self._begin() as connection:
            row = connection.execute(select(*_COLUMNS).where(self._where(entries.c.key == key))).first()
        return Entry(*row) if row else None

    def with_keys(self, keys: Collection[str]) -> dict[str, Entry]:
        """Return the entries with these keys, by key: at most as many as a statement of the database can have."""
        with self._begin() as connection:
            rows = connection.execute(select(*_COLUMNS).where(self._where(entries.c.key.in_(keys))))
            return {row.key: Entry(*row) for row in rows}

    def find(self, customer: str) -> list[Entry]:
        """Return the entries of a customer, by number or, if no number fits, by ID."""
        with self._begin() as connection:
            for column in (entries.c.customer_number, entries.c.customer_id):
                rows = connection.execute(select(*_COLUMNS).where(self._where(column == customer))).all()
                if rows:
                    return [Entry(*row) for row in rows]
        return []

    def read(self, *states: str) -> Iterator[Entry]:
        """Yield the entries in these states, or all, in the order of their keys. They may change meanwhile."""
        last = ""
        in_states = [entries.c.state.in_(states)] if states else []
        while True:
            query = select(*_COLUMNS).where(self._where(entries.c.key > last, *in_states))
            with self._begin() as connection:
                page = connection.execute(query.order_by(entries.c.key).limit(_PAGE)).all()
            yield from (Entry(*row) for row in page)
            if len(page) < _PAGE:
                return
            last = page[-1].key

    def recent(self, states: Collection[str], seconds: float) -> Iterator[tuple[str, int]]:
        """Yield the key and the time of entries that came into one of these states within some seconds.

        A time in the future, which was recorded before the clock was set back, counts as this moment.
        """
        now = int(time.time())
        at = func.coalesce(entries.c.ended_at, entries.c.started_at)
        query = select(entries.c.key, at).where(self._where(entries.c.state.in_(states), at >= now - seconds))
        with self._begin() as connection:
            found = connection.execute(query).all()
        return ((str(key), min(int(at), now)) for key, at in found)

    def counts(self) -> dict[str, int]:
        """Return the number of entries by state."""
        query = select(entries.c.state, func.count()).where(self._where()).group_by(entries.c.state)
        with self._begin() as connection:
            return {str(state): int(count) for state, count in connection.execute(query.order_by(entries.c.state))}

    def events(self, key: str) -> list[Event]:
        """Return what happened to an entry, in order."""
        columns = [events.c[name] for name in Event._fields]
        query = select(*columns).where(events.c.run_id == self._id, events.c.key == key).order_by(events.c.id)
        with self._begin() as connection:
            return [Event(*row) for row in connection.execute(query)]

    def _interrupt(self, in_flight: Iterable[Entry]) -> list[Entry]:
        values = {"state": UNKNOWN, "reason": _INTERRUPTED}
        return [
            entry._replace(state=UNKNOWN, reason=_INTERRUPTED)
            for entry in in_flight
            if self._change(INTERRUPT, entry.key, (STARTED,), values, entry.idempotency_key, session=entry.session_id)
        ]

    def _change(
        self,
        change: Update,
        key: str,
        states: Collection[str],
        values: Mapping[str, Any],
        request: str | None = None,
        *,
        session: int | None = None,
        decided_by: str = "",
    ) -> bool:
        """Change an entry in one of these states. Return whether it was changed."""
        parameters = new({**values, "ended_at": int(time.time()), "decided_by": decided_by})
        parameters |= {"of_run": self._id, "of_key": key, "of_session": session, "of_request": request}
        return self.ledger.database.change(change, parameters, states)

    def _withdraw(self, connection: Connection, session: Session) -> None:
        """Take entries off the list that the list of a session does not have, nor that of another one that runs."""
        query = select(entries.c.list_id).distinct().where(self._where(entries.c.list_id != session.id))
        ended = [id for id in connection.scalars(query) if not self.ledger.is_running(id)]
        is_withdrawn = self._where(entries.c.list_id.in_(ended), entries.c.state.in_((*ON_THE_LIST, FAILED)))
        # A row that was mended has another key: that of its customer.
        is_mistake = and_(entries.c.state.in_((HELD, INVALID)), entries.c.attempts == 0)
        connection.execute(delete(entries).where(is_withdrawn, is_mistake))
        connection.execute(update(entries).where(is_withdrawn).values(state=NOT_ON_THE_LIST))

    def _let_others_wait(self, connection: Connection) -> tuple[int | None, str]:
        """Let other programs wait that change several entries, and return when and by whom the run was closed.

        Who changes a single entry does not wait: an event refers to the run, for which PostgreSQL keeps its key.
        """
        query = select(runs.c.closed_at, runs.c.closed_by).where(runs.c.id == self._id)
        closed_at, closed_by = connection.execute(query.with_for_update(key_share=True)).one()
        return closed_at, closed_by

    def _check_open(self, connection: Connection) -> None:
        closed_at, closed_by = self._let_others_wait(connection)
        if closed_at is not None:
            day = time.strftime("%Y-%m-%d", time.localtime(closed_at))
            raise LedgerError(f"{closed_by} closed the period {self.key.period} on {day}. Nothing was sent.")

    def _where(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(entries.c.run_id == self._id, *conditions)


def _pages(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    rows = iter(rows)
    while page := [*islice(rows, _PAGE)]:
        yield page
