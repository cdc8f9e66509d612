"""Changes that the emulator makes itself: `["PATCH", "/customers/7", {"name": "New"}]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from invoiced.emulator.errors import ApiError

_METHODS = ("POST", "PATCH", "DELETE")


class Change(NamedTuple):
    """A request to the API that nobody sends."""

    method: str
    path: str
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


Changes = Callable[[], object] | Sequence[Change]


def read_changes(given: Iterable[Sequence[Any]]) -> tuple[Change, ...]:
    """`ApiError` when one of them is no request that could change something."""
    return tuple(map(_read, given))


def _read(given: Sequence[Any]) -> Change:
    with suppress(TypeError):  # Too few, or too many.
        change = Change(*given)
        is_path = isinstance(change.path, str) and re.match("/(?!_emulator/)", change.path)
        if change.method in _METHODS and is_path and isinstance(change.body, dict | None):
            return change
    methods = ", ".join(_METHODS)
    message = f"changes: each is a method ({methods}), a path and, if need be, an object, not {list(given)!r}."
    raise ApiError(400, message, "changes")
