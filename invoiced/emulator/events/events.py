"""Events: the list of what has happened (core.md, H1 to H4). They are recorded where records change."""

from __future__ import annotations

from collections.abc import Mapping

from invoiced.emulator.description import RECORD_TYPES
from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import BY_API_KEY, BY_THE_SERVICE, EVENT_TYPES, Account
from invoiced.emulator.records.call import Behaviour
from invoiced.emulator.records.users import find_user
from invoiced.emulator.storage.store import Condition, Record, column

BY_CUSTOMER = -1
"""ID of the user in events that a customer causes."""

_OBJECT_TYPES = {event_type.partition(".")[0] for event_type in EVENT_TYPES} | {*RECORD_TYPES.values()}

_OBJECT_TYPE = "substr({0}, 1, instr({0}, '.') - 1)".format(column("type"))

_USERS: Mapping[str, str] = {
    "team": f"{column('user_id')} > 0",
    "customer": f"{column('user_id')} = {BY_CUSTOMER}",
    "invoiced": f"{column('user_id')} = {BY_THE_SERVICE}",
    "api": f"{column('user_id')} = {BY_API_KEY}",
}


def _render(account: Account, event: Record) -> Record:
    """Return an event with all that `include` can name (H1)."""
    return {**event, "user": _user(account, event.get("user_id", BY_API_KEY)), "message": [], "href": None}


def _user(account: Account, user_id: int) -> Record:
    """Return the user who caused an event, who is not a person if the ID is below 0."""
    unknown = dict.fromkeys(("email", "first_name", "last_name", "created_at", "updated_at"))
    nobody = {"id": user_id, **unknown, "registered": True, "two_factor_enabled": False}
    return (find_user(account, user_id) if user_id > 0 else None) or nobody


def _is_about(object_type: str) -> Condition:
    """H2: `type` is the type of the object, not that of the event."""
    return Condition(f"{_OBJECT_TYPE} = ?", [object_type])


def _is_related_to(text: str) -> Condition:
    """H2: `related_to=customer,5` also finds the events of what belongs to the customer."""
    object_type, _, object_id = text.partition(",")
    if object_type not in _OBJECT_TYPES or not object_id:
        raise ApiError(400, f"Invalid related_to {text!r} (expected the type and the ID of an object: customer,5).")
    number = int(object_id) if object_id.isascii() and object_id.isdecimal() and len(object_id) < 19 else object_id
    is_itself = f"({_OBJECT_TYPE} = ? AND {column('data.object.id')} = ?)"
    names_it = f"? IN ({column(f'data.object.{object_type}')}, {column(f'data.object.{object_type}.id')})"
    return Condition(f"({is_itself} OR {names_it})", [object_type, number, number])


def _is_from(origin: str) -> Condition:
    """H2: who caused the event."""
    return Condition(_USERS[origin])


EVENT = Behaviour(
    direction="DESC",
    render=_render,
    on_request=frozenset(("user_id", "user", "message", "href")),
    conditions={"type": _is_about, "related_to": _is_related_to, "from": _is_from},
    columns={"user_id": column("user_id")},
)
