"""All facts, by chapter."""

from __future__ import annotations

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
from invoiced.contract.facts import Fact

CHAPTERS = (authentication, errors, parameters, idempotency, lists, metadata, customers, statements, webhooks)
"""The modules with facts, in the order in which they are checked."""

FACTS = [value for chapter in CHAPTERS for value in vars(chapter).values() if isinstance(value, Fact)]
"""All facts."""
