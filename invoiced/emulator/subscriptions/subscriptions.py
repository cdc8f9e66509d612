"""Subscriptions, which do not bill anything yet."""

from __future__ import annotations

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.payers import payer
from invoiced.emulator.records.records import store_changed
from invoiced.emulator.storage.store import Record, column

_DAY = 24 * 60 * 60


def _complete(call: Call, subscription: Record) -> None:
    """Check the customer of a new subscription, and start it today."""
    if call.operation.action == "create":
        payer(call, subscription["customer"])
    subscription["start_date"] = subscription["start_date"] or call.now - call.now % _DAY


def _cancel(call: Call) -> Result:
    """Cancel a subscription."""
    subscription = call.record()
    if subscription["status"] == "canceled":
        raise ApiError(400, "This subscription is canceled already.")
    ended: Record = {name: None for name in ("period_start", "period_end", "renews_next") if name in subscription}
    subscription |= {"status": "canceled", "canceled_at": call.now, **ended, **call.body}
    return store_changed(call, SUBSCRIPTION, subscription)


_STATUS = column("status")
ENDED = f"{_STATUS} IN ('canceled', 'finished')"
"""SQL condition of subscriptions that are over."""

SUBSCRIPTION = Behaviour(
    defaults={"status": "active"},
    complete=_complete,
    unlisted=ENDED,
    filters={"canceled": f"{_STATUS} = 'canceled'", "finished": f"{_STATUS} = 'finished'", "all": "1 = 1"},
    operations={"Subscription.cancel": _cancel},
)
