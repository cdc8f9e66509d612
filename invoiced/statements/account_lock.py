"""A second lock, in the account itself: the periods for which a customer was sent a statement, in its metadata.

The ledger promises that nobody is sent two. But a ledger can be lost, and another machine can have one of its own. So a
period is written to the customer right before its statement is sent, and read when statements are planned. That takes
two requests more for each statement, but none for the plan, because customers are listed with their metadata.

A program that is killed between the two leaves a customer locked who got nothing. Its own ledger says that the
statement is unknown. Another ledger only sees the lock: it says so by name, and does not send.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from invoiced import (
    ApiConnectionError,
    AuthenticationError,
    Client,
    ConcurrentUpdateError,
    Customer,
    InvoicedError,
    RateLimitError,
)
from invoiced.display.escaping import one_line
from invoiced.ledger.entries import Entry
from invoiced.ledger.states import SENT, UNKNOWN
from invoiced.runs.execution import Outcome, RejectedByApi
from invoiced.runs.rows import Row

logger = logging.getLogger("invoiced")

Lock = Literal["metadata"]
"""Where the second lock is."""

KEY = "statement"
"""Key in the metadata of a customer, with its latest locks: `2026-10 (7f3a9c), 2026-11 (7f3a9c)`."""

SENT_BEFORE = f"sent before, says the account (metadata {KEY})"

_MAX_KEYS, _MAX_BYTES = 10, 255
_LOCK = re.compile(r"(?P<run>[0-9]{4}[0-9Q-]*(?: [a-z0-9][a-z0-9._-]*)?)(?: \((?P<owner>[0-9a-z]+)\))?")
_AFFECTS_ALL_ROWS = (AuthenticationError, ConcurrentUpdateError, RateLimitError)
"""Errors of which the run takes care itself."""


@dataclass(frozen=True)
class _Locks:
    """The locks in the metadata of a customer."""

    owners: Mapping[str, str]
    """Identities of the ledgers by period and name of the run, the latest last."""
    problem: str = ""
    """Why there cannot be another one."""


class AccountLock:
    """The lock of a run in the metadata of customers.

    Args:
        client: the client, which limits and retries the requests.
        run: period and name of the run, such as `2026-11 reminder-1`.
        owner: identity of the ledger. What that knows is not asked of the account.
        sends_again: whether statements are sent again by name, even to those who were sent one.
    """

    def __init__(self, client: Client, run: str, owner: str, *, sends_again: bool = False) -> None:
        self._client, self._run, self._owner, self._sends_again = client, run, owner, sends_again
        self._owners, self._problems = dict[str, str](), dict[str, str]()

    def read(self, customer: Customer) -> dict[str, Any]:
        """Remember what the account says of a customer. Return what is sent because of it: nothing."""
        locks = _locks_of(customer)
        if self._run in locks.owners:
            self._owners[str(customer.id)] = locks.owners[self._run]
        elif locks.problem:
            self._problems[str(customer.id)] = locks.problem
        return {}

    def apply(self, row: Row, entry_of: Callable[[str], Entry | None]) -> None:
        """Set what the account says of the customer of a row, given the entry of a customer in the ledger."""
        id = str(row.customer.id)
        row.problem = self._problems.get(id, "")
        if id in self._owners and not self._sends_again:
            entry = entry_of(id)
            # A ledger that was restored from a backup may have lost what it sent.
            if self._owners[id] != self._owner or not (entry and entry.attempts):
                row.state, row.found = SENT, {KEY: self._run}

    def send(self, row: Row, send: Callable[[], Outcome]) -> Outcome:
        """Lock the customer of a row, and send the statement, unless another ledger has locked the customer meanwhile.

        If the API certainly refuses the statement, the lock is released.
        """
        customer = self._lock(row)
        if customer is None:
            return Outcome(SENT, {KEY: self._run}, SENT_BEFORE)
        try:
            return send()
        except (RejectedByApi, InvoicedError, ValueError, TypeError) as error:
            if _is_refusal(error) and row.state != UNKNOWN and not self._sends_again:
                self._release(customer)
            raise

    def _lock(self, row: Row) -> Customer | None:
        """Return the locked customer, or None if another ledger has locked it."""
        try:
            customer = self._client.Customer.retrieve(row.customer.id or 0)
            locks = _locks_of(customer)
            if self._run in locks.owners:
                is_own = locks.owners[self._run] == self._owner or self._sends_again
                return customer if is_own else None
            if locks.problem:
                raise RejectedByApi(locks.problem)
            _write(customer, {**locks.owners, self._run: self._owner})
            return customer
        except _AFFECTS_ALL_ROWS:
            raise
        except InvoicedError as error:
            message = f"the customer could not be locked in the account, so no statement was sent: {error.message}"
            if error.outcome_unknown:  # whether the customer is locked; the statement was certainly not sent
                raise ApiConnectionError(message, request_sent=False) from None
            raise RejectedByApi(message) from None

    def _release(self, customer: Customer) -> None:
        try:
            owners = {**_locks_of(customer).owners}
            owners.pop(self._run, None)
            _write(customer, owners)
        except InvoicedError as error:
            logger.warning(
                "Customer %s got no statement, but is still locked in the account, for other ledgers: %s",
                one_line(str(customer.id)),
                one_line(error.message),
            )


def _locks_of(customer: Customer) -> _Locks:
    metadata = customer.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    if KEY not in metadata:
        full = f"the metadata of the customer has {_MAX_KEYS} keys, so there is no room for the lock"
        return _Locks({}, full if len(metadata) >= _MAX_KEYS else "")
    found = [_LOCK.fullmatch(text.strip()) for text in str(metadata[KEY]).split(",")]
    owners = {lock["run"]: lock["owner"] or "" for lock in found if lock}
    return _Locks(owners, "" if all(found) else f"the metadata of the customer has a {KEY} that is not a lock")


def _write(customer: Customer, owners: Mapping[str, str]) -> None:
    """Write the locks of a customer. The API replaces the metadata as a whole, so all of it is sent."""
    others = {key: value for key, value in customer.metadata.items() if key != KEY}
    customer.save(metadata={**others, KEY: _text_of(owners)} if owners else others)


def _text_of(owners: Mapping[str, str]) -> str:
    """Return the latest locks, as many as there is room for."""
    texts = [f"{run} ({owner})" if owner else run for run, owner in owners.items()]
    while len(", ".join(texts)) > _MAX_BYTES:
        texts.pop(0)
    return ", ".join(texts)


def _is_refusal(error: Exception) -> bool:
    """Return whether a statement was certainly not sent, and is not sent again with the same lock."""
    if isinstance(error, InvoicedError):
        is_final = not isinstance(error, _AFFECTS_ALL_ROWS) and error.request_sent is not False
        return is_final and not error.outcome_unknown
    return True
