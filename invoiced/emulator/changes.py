"""Changes that the emulator makes itself: `["PATCH", "/customers/7", {"name": "New"}]`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    method, path, body, *more = [*given, None, None, None][: max(3, len(given))]
    is_path = isinstance(path, str) and path.startswith("/") and not path.startswith("/_emulator/")
    if method in _METHODS and is_path and isinstance(body, dict | None) and not more:
        return Change(method, str(path), body)
    methods = ", ".join(_METHODS)
    message = f"changes: each is a method ({methods}), a path and, if need be, an object, not {list(given)!r}."
    raise ApiError(400, message, "changes")
