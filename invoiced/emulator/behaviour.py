"""What a resource does that the description cannot say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from invoiced.emulator.call import Answer, Call
from invoiced.emulator.store import Record, Store


@dataclass(frozen=True)
class Behaviour:
    """Everything here is beyond the description. Most resources need none of it."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Properties of a new record that the description gives no default."""
    generated: Mapping[str, Callable[[Store], Any]] = field(default_factory=dict)
    """How the properties of a new record are made that it is not given."""
    effects: Mapping[str, Callable[[Store, int], Record]] = field(default_factory=dict)
    """Parameters that are not kept, and the properties of the record, known by its ID, that they change."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Boolean query parameters of lists, and what they ask about a record, in SQL."""
    operations: Mapping[str, Callable[[Call], Answer]] = field(default_factory=dict)
    """Operations that are not simply create, retrieve, update, delete or list, by name."""
