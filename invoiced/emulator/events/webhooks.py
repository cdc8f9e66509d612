"""Webhooks: the endpoints of the account, and what is posted to them when (core.md, H5 and H6)."""

from __future__ import annotations

import re
from typing import NamedTuple

from invoiced.emulator.errors import ApiError
from invoiced.emulator.records.account import EVENT_TYPES, Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.records.records import new_record
from invoiced.emulator.storage.store import Condition, Record, RecordId, Store, column
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.times import HOUR
from invoiced.emulator.values.warnings import warn

RETRY = "retry webhook"
"""Name of the task that posts an event again."""

MAX_ATTEMPTS = 48
_GONE = 410

_ENABLED = Condition(column("enabled"))
_SAME_URL = f"{column('url')} = ?"
_IS_HTTP = re.compile("https?://[^/?#]", re.IGNORECASE)


class Posting(NamedTuple):
    """An event that is about to be posted."""

    attempt_id: RecordId
    """ID of the `webhook_attempt`, which has all attempts to post one event to one endpoint."""
    url: str
    body: bytes
    at: int
    """Time of the account at which it is posted."""


class Outcome(NamedTuple):
    """What has become of a posting: a status, or why there is none."""

    status: int | None
    error: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the receiver wants no more events."""
        return self.status == _GONE

    @property
    def reason(self) -> str:
        """Return why the receiver does not have the event."""
        return f"status {self.status}." if self.status is not None else self.error.removesuffix(".") + "."

    @property
    def is_success(self) -> bool:
        """Whether the receiver has the event."""
        return self.status is not None and 200 <= self.status < 300


def post_event(account: Account, event: Record) -> None:
    """Post a new event to all enabled endpoints that want it."""
    for endpoint in account.store.page("webhook", conditions=[_ENABLED]):
        if {"*", event["type"]} & {*endpoint["events"]}:
            attempt = new_record(
                account, "WebhookAttempt", {"event_id": event["id"], "url": endpoint["url"], "payload": event}
            )
            account.store.add("webhook_attempt", attempt["id"], attempt)
            _post(account, attempt)


def retry(account: Account, attempt_id: RecordId) -> None:
    """Post an event again, unless nobody listens at its URL any more."""
    attempt = account.find("webhook_attempt", attempt_id)
    if attempt is None:
        return
    if _endpoints(account.store, attempt["url"]):
        _post(account, attempt)
    else:
        account.store.write("webhook_attempt", attempt_id, {**attempt, "next_attempt": None})


def _post(account: Account, attempt: Record) -> None:
    """Post an event after the commit. If the outcome is never known, it is posted again in an hour."""
    attempt["next_attempt"] = account.now + HOUR
    account.store.write("webhook_attempt", attempt["id"], attempt)
    account.store.schedule(RETRY, attempt["id"], attempt["next_attempt"])
    account.send_after_commit(Posting(attempt["id"], attempt["url"], body_of(attempt), account.now))


def body_of(attempt: Record) -> bytes:
    """Return what is posted."""
    return exact_json.dumps(attempt["payload"]).encode()


def record_outcome(account: Account, posting: Posting, outcome: Outcome) -> None:
    """Record an attempt. After the last one, or if the receiver is gone, its endpoints are disabled."""
    attempt = account.find("webhook_attempt", posting.attempt_id)
    if attempt is None:
        return
    result = {"error": outcome.error} if outcome.status is None else {"status_code": outcome.status}
    attempt["attempts"] = [*attempt["attempts"], {**result, "timestamp": posting.at}]
    is_last = len(attempt["attempts"]) >= MAX_ATTEMPTS or outcome.is_final
    if is_last and not outcome.is_success:
        for endpoint in _endpoints(account.store, posting.url):
            account.write("webhook", endpoint["id"], {**endpoint, "enabled": False, "updated_at": account.now})
    is_done = is_last or outcome.is_success
    attempt |= {"next_attempt": None if is_done else posting.at + HOUR, "updated_at": account.now}
    account.store.write("webhook_attempt", posting.attempt_id, attempt)
    account.store.schedule(RETRY, posting.attempt_id, attempt["next_attempt"])


def _endpoints(store: Store, url: str) -> list[Record]:
    return store.page("webhook", conditions=[_ENABLED, Condition(_SAME_URL, [url])])


def _complete_endpoint(call: Call, endpoint: Record) -> None:
    if not _IS_HTTP.match(endpoint["url"]):
        raise ApiError(400, f"{endpoint['url']!r} is not a valid URL (expected http://... or https://...).", "url")
    for event_type in call.body.get("events") or ():
        if event_type not in {"*", *EVENT_TYPES}:
            warn(f"The event {event_type!r} does not exist, so the webhook never receives it.")


def _retry_now(call: Call) -> Result:
    """H6: post the event again at once, whatever became of the attempts before."""
    _post(call, call.record())
    return Result()


WEBHOOK = Behaviour(complete=_complete_endpoint)
WEBHOOK_ATTEMPT = Behaviour(
    direction="DESC", on_request=frozenset(("payload",)), operations={"WebhookAttempt.retry": _retry_now}
)
