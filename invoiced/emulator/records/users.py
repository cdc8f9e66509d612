"""The users of the account, who are its members."""

from __future__ import annotations

from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Condition, Record, column

_IS_USER = f"{column('user.id')} = ?"


def find_user(account: Account, user_id: int | None) -> Record | None:
    """Return the user with an ID, or None if no member of the account has it."""
    members = account.store.page("member", conditions=[Condition(_IS_USER, [user_id])], limit=1)
    return members[0]["user"] if members else None
