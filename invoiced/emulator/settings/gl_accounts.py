"""Accounts of the general ledger (catalog.md, 15), which form a tree."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records import records
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, column

_LEVELS = 5
_SAME_CODE = f"{column('code')} = ? AND records.id <> ?"
_IS_CHILD = f"{column('parent_id')} = ?"
_PATH = "_path"
"""Hidden property: the names from the top account down, by which lists are sorted."""


def _complete(call: Call, ledger: Record) -> None:
    same = Condition(_SAME_CODE, [ledger["code"], ledger["id"]])
    if call.store.count("gl_account", conditions=[same]):
        raise ApiError(400, f"Another account already has the code {ledger['code']}.", "code")
    above = _above(call, ledger)
    if len(above) + _levels_from(call, ledger) > _LEVELS:
        raise ApiError(400, f"Accounts can have at most {_LEVELS} levels.", "parent_id")
    ledger[_PATH] = "\n".join(each["name"] for each in [*reversed(above), ledger])
    _set_paths_below(call, ledger)


def _above(call: Call, ledger: Record) -> list[Record]:
    """Return the accounts above one, the nearest first. `ApiError` if one does not exist, or is below it."""
    above: list[Record] = []
    parent_id = ledger["parent_id"]
    while parent_id is not None:
        parent = call.find("gl_account", parent_id)
        if parent is None:
            raise ApiError(400, f"No such account: {parent_id}.", "parent_id")
        if parent_id == ledger["id"]:
            raise ApiError(400, "An account cannot be below itself.", "parent_id")
        above.append(parent)
        parent_id = parent["parent_id"]
    return above


def _children(call: Call, ledger: Record) -> list[Record]:
    return call.store.page("gl_account", conditions=[Condition(_IS_CHILD, [ledger["id"]])])


def _levels_from(call: Call, ledger: Record) -> int:
    return 1 + max((_levels_from(call, child) for child in _children(call, ledger)), default=0)


def _set_paths_below(call: Call, ledger: Record) -> None:
    for child in _children(call, ledger):
        child[_PATH] = f"{ledger[_PATH]}\n{child['name']}"
        call.store.write("gl_account", child["id"], child)
        _set_paths_below(call, child)


def _delete(call: Call) -> Result:
    if _children(call, call.record()):
        raise ApiError(400, "An account with others below it cannot be deleted.", "parent_id")
    return records.delete(call, GL_ACCOUNT)


GL_ACCOUNT = Behaviour(complete=_complete, order=(column(_PATH),), operations={"GlAccount.delete": _delete})
