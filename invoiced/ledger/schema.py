"""The tables of a ledger.

The primary key of `entries` is the promise: a run, which is an account, a kind, a period and a name, has one entry per
key, such as a customer. Whatever program, list, folder or machine sends, it has to start that entry first.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .states import STATES

VERSION = 1
"""Version of the tables. A library refuses a ledger with a higher one."""

metadata = MetaData()


def _required(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


versions = Table("invoiced_ledger", metadata, Column("version", Integer, primary_key=True), _required("identity"))

accounts = Table(
    "invoiced_accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("api_url", String(500), nullable=False),
    Column("name", String(500), nullable=False),
    UniqueConstraint("api_url", "name"),
)

runs = Table(
    "invoiced_runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("period", String(500), nullable=False),
    Column("name", String(100), nullable=False),
    _required("content", "{}"),
    Column("closed_at", BigInteger),
    _required("closed_by"),
    UniqueConstraint("account_id", "kind", "period", "name"),
)

sessions = Table(
    "invoiced_sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    _required("host"),
    Column("pid", BigInteger, nullable=False),
    _required("user"),
    _required("version"),
    Column("started_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

_is_a_state = CheckConstraint(f"state IN ({', '.join(map(repr, STATES))})", name="is_a_state")

entries = Table(
    "invoiced_entries",
    metadata,
    Column("run_id", ForeignKey(runs.c.id), primary_key=True),
    Column("key", String(500), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("customer_id", Text),
    Column("customer_number", Text),
    Column("customer_name", Text),
    Column("customer_email", Text),
    Column("created_at", BigInteger),
    _required("request", "{}"),
    _required("reason"),
    _required("details", "{}"),
    Column("idempotency_key", String(64)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("session_id", ForeignKey(sessions.c.id)),
    Column("list_id", ForeignKey(sessions.c.id)),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    _required("decided_by"),
    _is_a_state,
    Index("invoiced_entries_by_state", "run_id", "state"),
)

events = Table(
    "invoiced_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", ForeignKey(runs.c.id), nullable=False),
    Column("key", String(500), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", String(20), nullable=False),
    _required("reason"),
    _required("decided_by"),
    Column("idempotency_key", String(64)),
    Index("invoiced_events_by_entry", "run_id", "key"),
)

proofs = Table(
    "invoiced_proofs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("found_by", Text, nullable=False),
    Column("verdict", String(20), nullable=False),
)
