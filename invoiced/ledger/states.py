"""The states of an entry, and which of them are open."""

from __future__ import annotations

TO_DO = "to do"
"""On the list, and not sent yet."""
STARTED = "started"
"""The request is in flight, or was when its session ended."""
HELD, NO_ADDRESS, INVALID = "held", "no address", "invalid"
"""On the list, but it cannot be sent: it contradicts the account, there is no address, or anything else is wrong."""
FAILED, UNKNOWN, PARTLY_SENT = "failed", "unknown", "partly sent"
"""Certainly not sent; perhaps sent; sent, but not to all addresses."""
SENT, CREATED, UPDATED, UNCHANGED = DONE = ("sent", "created", "updated", "unchanged")
SKIPPED, NOT_ON_THE_LIST = DECIDED = ("skipped", "not on the list")
"""A person decided not to send it; or the latest list does not have it any more."""

ON_THE_LIST = (TO_DO, HELD, NO_ADDRESS, INVALID)
"""States that a list sets."""
TO_SEND = (TO_DO, FAILED)
"""States from which an entry can be started."""
OPEN = (*ON_THE_LIST, STARTED, FAILED, UNKNOWN, PARTLY_SENT)
"""States in which something is left to do or to decide."""
STATES = (*OPEN, *DONE, *DECIDED)
