"""Whether the API repeats its response to an idempotency key, so that a lost response can be asked for again.

Its reference does not promise that. Where it does, a key belongs to an API key: a program with another API key of the
same account would send a second statement.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from invoiced import Client, Customer, InvoicedError
from invoiced.ledger import Ledger
from invoiced.ledger.entries import Entry
from invoiced.ledger.proofs import Verdict, add_proof, last_proof
from invoiced.ledger.run_entries import RunEntries
from invoiced.ledger.states import SENT, UNKNOWN
from invoiced.runs.accounts import KnownAccount
from invoiced.runs.errors import RunError
from invoiced.runs.idempotency import MAX_AGE, is_repeatable
from invoiced.runs.results import result_of_entry
from invoiced.tables import parse_address

STORING = 2.0
"""Seconds in which the API stores a response after it was sent."""

_NOTHING = "no-such-path"
"""A path at which nothing happens. The API repeats its response to a key before it looks at the path."""


@dataclass(frozen=True)
class KeyCheck:
    """What a check has shown."""

    verdict: Verdict
    """`proven`: the API repeats its response; `disproven`: it does not; `unproven`: the responses do not say it."""
    reason: str
    """What the responses were."""
    customer: str
    """The customer whose statement was sent."""


def check_keys(
    client: Client, ledger: Ledger, account: KnownAccount, to: str, customer: str | int | None = None
) -> KeyCheck:
    """Send a statement to oneself, twice with one idempotency key and once with another, and compare the responses.

    Raises:
        RunError: there is no such customer. Nothing was sent.
        ValueError: the address is invalid. Nothing was sent.
        InvoicedError: a request failed. Nothing was recorded.
    """
    address, found = parse_address(to).email, _customer(client, customer)
    account_id = account.add().id
    sender, key = Customer(client.with_options(max_retries=0), found.id), uuid4().hex
    responses = list[set[tuple[str, str]]]()
    for each in (key, key, uuid4().hex):
        if responses:
            time.sleep(STORING)
        responses.append(_identities(sender.send_statement(to=[{"email": address}], idempotency_key=each)))
    verdict, reason = _verdict(*responses)
    add_proof(ledger, account_id, verdict)
    return KeyCheck(verdict, reason, str(found.get("number") or found.id))


def repeatable(ledger: Ledger, entries: RunEntries) -> set[str]:
    """Return the keys of unknown entries that may be sent again, because the account is proven to repeat responses."""
    proof = last_proof(ledger, entries.key.account_id)
    if proof is None or proof.verdict != "proven":
        return set()
    return {entry.key for entry in entries.read(UNKNOWN) if entry.session_id is not None and is_repeatable(entry)}


def without_proof_of_same_api_key(client: Client, entries: RunEntries, keys: Iterable[str]) -> set[str]:
    """Return those of these entries that another API key may have sent.

    It was this API key if the API repeats to it what it responded to another statement of the same session.
    """
    found = [entry for key in keys if (entry := entries.entry(key))]
    sessions = {entry.session_id for entry in found}
    proven = {id for id in sessions if id is not None and _is_of_this_api_key(client, entries, id)}
    return {entry.key for entry in found if entry.session_id not in proven}


def _is_of_this_api_key(client: Client, entries: RunEntries, session_id: int) -> bool:
    sent = (entry for entry in entries.read(SENT) if entry.session_id == session_id and _is_recent(entry))
    for entry in sent:
        expected = _identities(result_of_entry(entry).details.get("emails"))
        if not expected:
            continue
        try:
            response = client.request("PATCH", (_NOTHING,), idempotency_key=entry.idempotency_key)
        except InvoicedError:  # such as 404, because the API does not know the key
            return False
        return _identities(response.body) == expected
    return False


def _is_recent(entry: Entry) -> bool:
    return bool(entry.idempotency_key) and 0 <= time.time() - (entry.started_at or 0) <= MAX_AGE


def _verdict(first: set[Any], second: set[Any], other: set[Any]) -> tuple[Verdict, str]:
    if not first or not second or not other:
        return "unproven", "the responses have nothing that tells messages apart"
    if first & other:
        return "unproven", "the response to another key was the same message, too"
    if first == second:
        return "proven", "both responses to the key were the same message, and that to another key was not"
    return "disproven", "the two responses to the key were two messages"


def _identities(emails: Any) -> set[tuple[str, str]]:
    """Return what tells the e-mails of a response apart."""
    found = set()
    for email in emails if isinstance(emails, list) else ():
        for name in ("id", "message_id"):
            if isinstance(email, Mapping) and email.get(name):
                found.add((name, str(email[name])))
    return found


def _customer(client: Client, customer: str | int | None) -> Customer:
    if isinstance(customer, int):
        return client.Customer.retrieve(customer)
    if customer is None:
        found, _ = client.Customer.list(per_page=1)
    else:
        customers, _ = client.Customer.list(filter={"number": customer})
        found = [each for each in customers if each.get("number") == customer]
    if not found:
        problem = "The account has no customers" if customer is None else f"No customer has the number {customer}"
        raise RunError(f"{problem}. Nothing was sent.")
    return found[0]
