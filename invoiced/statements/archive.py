"""What an archive of sent statements says about those whose outcome is unknown.

`bcc` sends a copy of each statement to a mailbox of one's own. A copy there is evidence that the statement was sent.
That there is none is evidence only if the mailbox has everything that came until later, and has other statements of the
same session.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from invoiced.ledger.entries import Entry
from invoiced.ledger.states import SENT, TO_DO, UNKNOWN
from invoiced.runs.reports import time_text
from invoiced.tables import comparable

from .mailbox import ArchivedMessage, without_brackets
from .settling import Decision

EARLIER = 120
"""Seconds by which a clock may be wrong: a message may seem to be older than its request."""
DELAY = 60 * 60
"""Seconds after which a statement has arrived, unless something is wrong."""
LATEST = 24 * 60 * 60
"""Seconds after which a message is no longer taken for the statement."""


@dataclass
class Wanted:
    """An unknown statement, and what is found about it."""

    entry: Entry
    addresses: frozenset[str]
    """Addresses to which it was sent, if it was."""
    subject: str = ""
    """Subject of the statement; empty if it is that of a template."""
    until: int | None = None
    """When the customer was sent the next statement, in Unix seconds."""
    found: list[ArchivedMessage] = field(default_factory=list)
    possible: list[ArchivedMessage] = field(default_factory=list)
    """Messages that may be the statement, but also something else."""

    def is_in_time(self, at: int) -> bool:
        """Return whether the statement may have been sent at a time."""
        start = self.entry.started_at or 0
        end = start + LATEST if self.until is None else min(start + LATEST, self.until - EARLIER)
        return start - EARLIER <= at <= end


class Archive:
    """The messages of a mailbox that matter, compared with what the ledger knows.

    Args:
        name: name of the mailbox in reasons.
        wanted: the unknown statements.
    """

    def __init__(self, name: str, wanted: Iterable[Wanted]) -> None:
        self._name, self._wanted = name, [*wanted]
        self._by_address = defaultdict[str, list[Wanted]](list)
        for each in self._wanted:
            for address in each.addresses:
                self._by_address[address].append(each)
        starts = [each.entry.started_at or 0 for each in self._wanted]
        self._first, self._last = min(starts, default=0) - LATEST, max(starts, default=0) + LATEST
        self._ids, self._times = set[str](), defaultdict[str, list[int]](list)
        self._messages = dict[object, ArchivedMessage]()
        self._claimed, self._sessions = set[str](), set[int]()
        self._rivals = defaultdict[str, list[int]](list)
        self.unreadable = 0
        """Number of messages whose headers cannot be read."""

    def add(self, message: ArchivedMessage) -> None:
        """Take a message into account."""
        if not message.is_readable:
            self.unreadable += 1
        if message.at is not None and not self._first <= message.at <= self._last:
            return
        self._ids.add(message.message_id)
        for address in message.recipients if message.at is not None else ():
            self._times[address].append(message.at or 0)
        if any(address in self._by_address for address in message.recipients):
            self._messages.setdefault(message.message_id or len(self._messages), message)

    def compare(self, entry: Entry, content: Mapping[str, Any]) -> None:
        """Take into account what the ledger knows of another statement, which was or may have been sent."""
        emails = json.loads(entry.details).get("emails") or []
        ids = {without_brackets(email["message_id"]) for email in emails if email.get("message_id")} & self._ids
        self._claimed |= ids
        addresses = known_addresses(entry, content)
        addresses |= {comparable(str(email["email"])) for email in emails if email.get("email")}
        start = entry.started_at or 0
        is_here = any(-EARLIER <= at - start <= DELAY for address in addresses for at in self._times.get(address, ()))
        if entry.session_id is not None and entry.state != UNKNOWN and (ids or is_here):
            self._sessions.add(entry.session_id)
        if not ids:
            for address in addresses:
                self._rivals[address].append(start)

    def decide(self, complete_until: int | None) -> tuple[list[Decision], list[Decision]]:
        """Return what is decided, and what stays unknown, each with the reason."""
        for message in self._messages.values():
            self._assign(message)
        decided, left = list[Decision](), list[Decision]()
        for each in self._wanted:
            if each.found:
                decided.append(Decision(each.entry, SENT, f"{self._name}: {each.found[0]}"))
                if each.entry.session_id is not None:
                    self._sessions.add(each.entry.session_id)
        for each in self._wanted:
            if not each.found:
                problem = self._problem(each, complete_until)
                reason = f"{self._name}: no message, and it is complete until {time_text(complete_until)}"
                if problem:
                    left.append(Decision(each.entry, UNKNOWN, problem))
                else:
                    decided.append(Decision(each.entry, TO_DO, reason))
        return decided, left

    def _assign(self, message: ArchivedMessage) -> None:
        """Note for which unknown statements a message is, or may be, the copy."""
        if message.message_id in self._claimed:
            return
        near = {id(each): each for address in message.recipients for each in self._by_address.get(address, ())}
        candidates = [each for each in near.values() if message.at is None or each.is_in_time(message.at)]
        exact = [each for each in candidates if self._is_copy(message, each)]
        if len(exact) == 1 and not self._has_rival(message):
            exact[0].found.append(message)
        for each in candidates:
            if message not in each.found:
                each.possible.append(message)

    def _is_copy(self, message: ArchivedMessage, wanted: Wanted) -> bool:
        subject = " ".join(wanted.subject.split())
        has_subject = not subject or "{{" in subject or message.subject == subject  # a template fills in variables
        return message.at is not None and has_subject and message.recipients <= wanted.addresses

    def _has_rival(self, message: ArchivedMessage) -> bool:
        """Return whether a message may be the copy of another statement that was sent to one of its addresses."""
        return any(
            -EARLIER <= (message.at or 0) - start <= DELAY
            for address in message.recipients
            for start in self._rivals.get(address, ())
        )

    def _problem(self, wanted: Wanted, complete_until: int | None) -> str:
        """Return why a statement stays unknown; empty if it was certainly not sent."""
        start = wanted.entry.started_at or 0
        if not wanted.addresses:
            return "its addresses are not known"
        if wanted.possible:
            return f"{wanted.possible[0]} may be the statement, or another one"
        if complete_until is None:
            return f"no message to {', '.join(sorted(wanted.addresses))}"
        if self.unreadable:
            return f"no message, but {self.unreadable} have headers that cannot be read"
        if complete_until > time.time() or start + DELAY > complete_until:
            return "no message, but it may have arrived later than the mailbox is complete"
        if wanted.entry.session_id not in self._sessions:
            return "no message, but there is none of the same session either: was it sent to the archive?"
        return ""


def known_addresses(entry: Entry, content: Mapping[str, Any]) -> frozenset[str]:
    """Return the addresses of the request of a statement, or else the customer's own."""
    to = json.loads(entry.request).get("to") or content.get("to")
    texts = [each.get("email") for each in to] if to else [entry.customer_email]
    return frozenset(comparable(text) for text in texts if text)
