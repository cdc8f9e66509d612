"""What the service remembers of lists for five minutes, for all readers: where pages end, and total counts."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

_SECONDS = 300
_MAX_VALUES = 10_000


class ListMemory:
    """Values by key, each for five minutes. With `forgetful`, nothing is remembered."""

    def __init__(self, *, forgetful: bool = False) -> None:
        self.forgetful = forgetful
        self._values: dict[Hashable, tuple[float, Any]] = {}

    def remember(self, key: Hashable, value: Any, now: float) -> Any:
        """Remember a value, and return it."""
        self._values.pop(key, None)
        self._values[key] = now, value
        if len(self._values) > _MAX_VALUES:
            del self._values[next(iter(self._values))]
        return value

    def recall(self, key: Hashable, now: float) -> Any:
        """Return the value, or None if it is older than five minutes."""
        time, value = self._values.get(key, (now, None))
        return value if not self.forgetful and 0 <= now - time < _SECONDS else None

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
