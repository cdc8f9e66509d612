"""The account at one moment: its records, and the changes to them, which are events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from typing_extensions import Self

from invoiced.emulator.description import DOCUMENT
from invoiced.emulator.storage.store import Record, RecordId, Store
from invoiced.emulator.storage.tokens import Tokens

BY_API_KEY, BY_THE_SERVICE = -3, -2
"""IDs of users in events that are no persons."""

Renderer = Callable[["Account", Record], Record]

Listener = Callable[["Account", Record], None]
"""What is done with each new event, in the transaction of the change."""


def _keep(_: Any) -> None:
    """Send nothing."""


EVENT_TYPES = frozenset(DOCUMENT["components"]["schemas"]["EventType"]["x-known-values"])
"""Types of all events that the API knows."""

# Changes of these alone are no event.
_UNNOTICED = {"updated_at"}


@dataclass(frozen=True)
class Settings:
    """Settings of an account that no call of the description changes."""

    auto_apply_credits: bool = False
    """Whether credits are applied to an invoice when it is issued (billing.md 3.23)."""
    after_subscription_nonpayment: str | None = None
    """What is done with a subscription when AutoPay gives up its invoice: nothing, or `cancel` (catalog.md 1.18)."""

    def __post_init__(self) -> None:
        if self.after_subscription_nonpayment not in ("cancel", None):
            text = f"invalid after_subscription_nonpayment {self.after_subscription_nonpayment!r} (expected cancel)"
            raise ValueError(text)


@dataclass(frozen=True)
class Account:
    """The account at one moment, in a transaction of its store.

    Rules read records with `find`, and change them with `add`, `write` and `remove`, which record the events.
    """

    store: Store
    now: int
    """Unix time in seconds: that of a request, or the time at which something was due."""
    origin: str
    """Scheme and host of links: the emulator's address as the caller knows it."""
    tokens: Tokens
    renderers: Mapping[str, Renderer]
    """By record type, the function that returns a record for responses, with properties that depend on the request."""
    settings: Settings = Settings()
    actor: int = BY_API_KEY
    """ID of the user in events."""
    listeners: Sequence[Listener] = ()
    """Functions that are called with each new event."""
    send: Callable[[Any], None] = _keep
    """Function that sends what leaves the emulator, such as an event for a webhook, without waiting."""

    def at(self, moment: int) -> Self:
        """Return the account at another moment, such as the date of an invoice that is made later."""
        return replace(self, now=moment)

    def send_after_commit(self, outgoing: Any) -> None:
        """Send something once the changes are committed, and never if they are undone."""
        self.store.after_commit(partial(self.send, outgoing))

    def token(self, length: int) -> str:
        """Return this number of unguessable bytes, as hexadecimal digits."""
        return self.tokens.next(self.store, length)

    @cached_property
    def custom_fields(self) -> Sequence[Record]:
        """Return the definitions of custom fields, read once for all records of a page."""
        return self.store.page("custom_field")

    def find(self, record_type: str, record_id: RecordId) -> Record | None:
        """Return the record with an ID, whatever it belongs to, or None."""
        return self.store.get(record_type, record_id)

    def add(self, record_type: str, record_id: RecordId, record: Record, parent: RecordId | None = None) -> None:
        """Store a new record."""
        self.store.add(record_type, record_id, record, parent)
        self.record_event(f"{_event_name(record_type)}.created", record_type, record)

    def write(self, record_type: str, record_id: RecordId, record: Record) -> None:
        """Store a changed record, unless nothing has changed."""
        before = self.store.get(record_type, record_id)
        if before == record:
            return
        self.store.write(record_type, record_id, record)
        event_type = f"{_event_name(record_type)}.updated"
        if before is None or event_type not in EVENT_TYPES:
            return
        before, after = self.shown(record_type, before), self.shown(record_type, record)
        previous = {
            name: before.get(name) for name in after if before.get(name) != after[name] and name not in _UNNOTICED
        }
        if previous:
            self.record_event(event_type, record_type, record, previous)

    def remove(self, record_type: str, record_id: RecordId) -> None:
        """Remove a record, and the records that belong to it."""
        record = self.store.get(record_type, record_id)
        self.store.remove(record_type, record_id)
        if record is not None:
            self.record_event(f"{_event_name(record_type)}.deleted", record_type, record)

    def record_event(
        self, event_type: str, record_type: str, record: Record, previous: Mapping[str, Any] | None = None
    ) -> None:
        """Record an event, if the API knows its type, about a record as responses show it."""
        if event_type not in EVENT_TYPES:
            return
        data = {"object": self.shown(record_type, record), **({"previous": previous} if previous else {})}
        event_id = self.store.next("event")
        event = {"id": event_id, "type": event_type, "timestamp": self.now, "data": data}
        self.store.add("event", event_id, {**event, "user_id": self.actor})
        for listener in self.listeners:
            listener(self, event)

    def shown(self, record_type: str, record: Record) -> Record:
        """Return a record as responses show it, with the properties that they have only on request."""
        render = self.renderers.get(record_type)
        return without_hidden(render(self, record) if render else record)


def without_hidden(record: Record) -> Record:
    """Return a record without its hidden properties, whose names start with `_`."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def _event_name(record_type: str) -> str:
    """Return the first word of the types of events about a record."""
    return {"pending_line_item": "line_item"}.get(record_type, record_type)
