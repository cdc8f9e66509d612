"""Members of the account (catalog.md, 16)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import store_changed
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.addresses import normalized

_BUILT_IN_ROLES = ("administrator", "employee", "owner")
_NAMES = ("first_name", "last_name")
_FREQUENCY = ("email_update_frequency", "subscribe_all", "notifications")
_IS_USER = f"? IN ({column('user.id')}, lower({column('user.email')}))"


def _complete(call: Call, member: Record) -> None:
    """Check the role, and set the user of a new member (16.1)."""
    role = call.body.get("role")
    if role is not None and role not in _BUILT_IN_ROLES and call.find("role", role) is None:
        raise ApiError(400, f"No such role: {role!r}. Create it first.", "role")
    member["restrictions"] = member["restrictions"] or None
    if call.operation.action == "create":
        member["user"] = _new_user(call)


def _new_user(call: Call) -> Record:
    email, user_id = call.body.get("email"), call.body.get("user_id")
    email = normalized(email) if email else None
    if not email and user_id is None:
        raise ApiError(400, "A member needs an email or a user_id.")
    known = Condition(_IS_USER, [email or user_id])
    if call.store.count("member", conditions=[known]):
        raise ApiError(400, f"{email or user_id} is a member already.", "user")
    names = {name: call.body.get(name) for name in _NAMES}
    times = {"created_at": call.now, "updated_at": call.now}
    user = {"id": user_id or call.store.next("id"), "email": email, **names, **times}
    return {**user, "registered": False, "two_factor_enabled": False}


def _set_frequency(call: Call) -> Result:
    """Change how often a member gets e-mails about events (16.2)."""
    changes = {name: call.body[name] for name in _FREQUENCY if name in call.body}
    return store_changed(call, MEMBER, call.record() | changes)


def _send_invite(call: Call) -> Result:
    """Invite a member again. Nothing is sent: invites are no e-mails to customers."""
    call.record()
    return Result()


MEMBER = Behaviour(
    complete=_complete,
    columns={"user_id": column("user.id")},
    operations={"Member.set_email_frequency": _set_frequency, "Member.send_invite": _send_invite},
)
