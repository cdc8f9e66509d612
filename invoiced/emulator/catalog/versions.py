"""The versions of plans, items, coupons and tax rates, whose callers choose their IDs (catalog.md 2.4, 2.9, 3.2, 4.3).

Such a record is never deleted but archived. Its ID can then be used by a new record, and what referred to the archived
one still does: the older version is kept below its ID and its number, such as `gold 1`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Record, column

_HIDDEN = ("archived", "version")
_IS_ARCHIVED = f"coalesce({column('archived')}, 0)"
# 2.4: "left out: 6 random letters and digits".
_BYTES_OF_ID = 3


def versioned(
    complete: Callable[[Call, Record], None],
    *,
    defaults: Mapping[str, Any] | None = None,
    render: Callable[[Account, Record], Record] | None = None,
) -> Behaviour:
    """Return the behavior of records that are archived instead of deleted. `complete` checks and completes them."""

    def complete_version(call: Call, record: Record) -> None:
        complete(call, record)
        if call.operation.action == "create":
            _number_version(call, record)

    def render_version(account: Account, record: Record) -> Record:
        shown = {name: value for name, value in record.items() if name not in _HIDDEN}
        return render(account, shown) if render else shown

    return Behaviour(
        defaults=defaults or {},
        complete=complete_version,
        render=render_version,
        # 2.9: lists leave out archived ones, `archived=1` shows only those.
        filters={"archived": _IS_ARCHIVED},
        unlisted=_IS_ARCHIVED,
        # 2.10: updated_after is documented, and ignored.
        ignored=frozenset({"updated_after"}),
    )


def archivable(behaviour: Behaviour, operation: str) -> Behaviour:
    """Return the behavior with an operation that archives a record, such as `Plan.delete`."""
    return behaviour.with_operations({operation: _archive})


def in_use(account: Account, record_type: str, record_id: Any) -> Record | None:
    """Return the record with an ID, unless it is archived."""
    record = account.find(record_type, record_id) if isinstance(record_id, int | str) else None
    return None if record is None or record.get("archived") else record


def version_of(account: Account, record_type: str, record_id: str, version: Any) -> Record | None:
    """Return the version of a record that something refers to, or else the newest one."""
    newest = account.find(record_type, record_id)
    if newest is None or version is None or newest.get("version") == version:
        return newest
    return account.find(record_type, f"{record_id} {version}") or newest


def _number_version(call: Call, record: Record) -> None:
    """Give a new record its ID and the number of its version. `ApiError` if the ID is in use."""
    record_type = call.operation.record_type
    if "id" not in call.body:
        record["id"] = call.token(_BYTES_OF_ID)
    before = call.find(record_type, record["id"])
    if before is not None:
        if not before.get("archived"):
            name = record_type.replace("_", " ")
            raise ApiError(400, f"Another {name} already has the id {record['id']}. Choose another one.", "id")
        call.store.rename(record_type, before["id"], f"{before['id']} {before.get('version', 1)}")
    record |= {"version": (before or {}).get("version", 0) + 1, "archived": False}


def _archive(call: Call) -> Result:
    """Archive a record, whatever refers to it. `ApiError` 404 if it is archived already."""
    record = call.record()
    if record.get("archived"):
        raise not_found(call.operation.record_type, record["id"])
    call.write(call.operation.record_type, record["id"], {**record, "archived": True, "updated_at": call.now})
    return Result()
