"""The contract with the service: the facts that the client and the emulator rest on, and a check whether they hold.

The documentation of the API does not promise these facts. A contract checks them in the sandbox or on an emulator, and
deletes what it made there.
"""

from invoiced.contract import (
    authentication,
    customers,
    errors,
    idempotency,
    lists,
    metadata,
    parameters,
    statements,
    webhooks,
)
from invoiced.contract.account import Account
from invoiced.contract.check import Result, check
from invoiced.contract.facts import Fact
from invoiced.contract.wire import Wire

CHAPTERS = (authentication, errors, parameters, idempotency, lists, metadata, customers, statements, webhooks)
"""The modules with facts, in the order in which they are checked."""

FACTS = [value for chapter in CHAPTERS for value in vars(chapter).values() if isinstance(value, Fact)]
"""All facts."""

__all__ = ["FACTS", "Account", "Fact", "Result", "Wire", "check"]
