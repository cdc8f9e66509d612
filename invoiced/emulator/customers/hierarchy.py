"""Parent customers: a hierarchy without cycles, of at most five levels."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Condition, Record, column

_LEVELS = 5
_IS_CHILD = f"{column('parent_customer')} = ?"


def check_parent(call: Call, customer: Record) -> None:
    """Raise `ApiError` if the customer cannot be below the parent that is sent."""
    parent_id = call.body.get("parent_customer")
    if parent_id is None:
        return
    above: list[int] = []
    while parent_id is not None and len(above) < _LEVELS:
        if parent_id == customer["id"]:
            raise _refused("A customer cannot be its own parent, not even through others.")
        parent = call.store.find("customer", parent_id)
        if parent is None:
            raise _refused(f"No such customer: {parent_id!r}.")
        above.append(parent_id)
        parent_id = parent["parent_customer"]
    if len(above) + _levels_from(call, customer) > _LEVELS:
        raise _refused(f"Customers can have at most {_LEVELS} levels.")


def _levels_from(call: Call, customer: Record) -> int:
    """Return the number of levels from a customer down to the lowest one below it, as far as it matters."""
    levels, ids = 0, [customer["id"]]
    while ids and levels < _LEVELS:
        levels += 1
        children = [call.store.page("customer", conditions=[Condition(_IS_CHILD, [each])]) for each in ids]
        ids = [child["id"] for of_one in children for child in of_one]
    return levels


def _refused(message: str) -> ApiError:
    return ApiError(400, message, "parent_customer")
