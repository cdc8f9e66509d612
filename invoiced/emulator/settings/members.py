"""Members of the account."""

from __future__ import annotations

from invoiced.emulator.records.call import Behaviour, Call
from invoiced.emulator.storage.store import Record


def _complete_member(call: Call, member: Record) -> None:
    """Set the user of a new member."""
    given = {name: call.body.get(name) for name in ("first_name", "last_name", "email")}
    user = {"registered": False, "two_factor_enabled": False, "created_at": call.now, "updated_at": call.now}
    if not (member["user"] or {}).get("id"):
        member["user"] = {"id": call.store.next("id"), **given, **user}


MEMBER = Behaviour(complete=_complete_member)
