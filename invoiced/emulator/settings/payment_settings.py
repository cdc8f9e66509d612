"""Payment methods and merchant accounts (catalog.md, 17)."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, column

_USERS = (
    ("customer", f"? IN ({column('ach_gateway')}, {column('cc_gateway')})"),
    ("payment_method", f"{column('merchant_account')} = ?"),
)
"""Record types that name merchant accounts, with the SQL conditions."""


def _check_limits(call: Call, method: Record) -> None:
    """17.1: the minimum is below the maximum."""
    if method["min"] is not None and method["max"] is not None and method["min"] >= method["max"]:
        name = "min" if "min" in call.body else "max"
        raise ApiError(400, f"The minimum {method['min']} must be below the maximum {method['max']}.", name)


def _delete_merchant_account(call: Call) -> Result:
    """17.2: mark a merchant account as deleted, which lists still show, unless something uses it."""
    merchant = call.record()
    for record_type, is_user in _USERS:
        if call.store.count(record_type, conditions=[Condition(is_user, [merchant["id"]])]):
            raise ApiError(400, f"A {record_type.replace('_', ' ')} uses this merchant account: it cannot be deleted.")
    deleted = {"deleted": True, "deleted_at": call.now, "updated_at": call.now}
    call.write("merchant_account", merchant["id"], {**merchant, **deleted})
    return Result()


def _render_merchant_account(account: Account, merchant: Record) -> Record:
    """Return a merchant account without its credentials, which are write-only."""
    shown = {name: value for name, value in merchant.items() if name != "credentials"}
    return {"deleted": False, "deleted_at": None, **shown}


PAYMENT_METHOD = Behaviour(complete=_check_limits)
MERCHANT_ACCOUNT = Behaviour(
    render=_render_merchant_account,
    columns={name: f"coalesce({column(name)}, 0)" for name in ("deleted", "deleted_at")},
    operations={"MerchantAccount.delete": _delete_merchant_account},
)
