"""Changes that the emulator makes by itself: `["PATCH", "/customers/7", {"name": "New"}]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from invoiced.emulator.errors import ApiError

_METHODS = ("POST", "PATCH", "DELETE")


class Change(NamedTuple):
    """A request that the emulator makes to its own API."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Changes = Callable[[], object] | Sequence[Change]


def parse_changes(items: Iterable[Sequence[Any]]) -> tuple[Change, ...]:
    """Parse changes. `ApiError` if an item is not a write request."""
    return tuple(map(_parse, items))


def _parse(items: Sequence[Any]) -> Change:
    with suppress(TypeError):  # Too few or too many items.
        change = Change(*items)
        is_path = isinstance(change.path, str) and re.match("/(?!_emulator/)", change.path)
        if change.method in _METHODS and is_path and isinstance(change.body, dict | None):
            return change
    methods = ", ".join(_METHODS)
    message = f"changes: expected a method ({methods}), a path and optionally an object, got {list(items)!r}."
    raise ApiError(400, message, "changes")
