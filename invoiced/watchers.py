"""Mocks and instrumentations that watch what requests sends: they patch its methods, or replace its classes."""

from operator import is_
from typing import Any

from requests import PreparedRequest, Session

from .deadline import DeadlineAdapter

_PREPARES = ("request", "prepare_request", "merge_environment_settings")
_METHODS = [
    *[(Session, name) for name in (*_PREPARES, "send", "get_adapter")],
    *[(DeadlineAdapter, name) for name in ("send", "build_response", "request_url", "add_headers")],
    *[(PreparedRequest, name) for name in ("prepare_headers", "prepare_hooks")],
]
_OWNERS, _NAMES = zip(*_METHODS, strict=True)
_originals: list[Any] = [None] * len(_NAMES)  # unknown until none is patched


def are_watched(session: Session, adapter: DeadlineAdapter) -> bool:
    """Return whether somebody may want to see, or to change, what a session sends through its adapter."""
    methods = [*map(getattr, _OWNERS, _NAMES)]
    if not all(map(is_, methods, _originals)):  # not ==, because a wrapper may equal what it wraps
        if not all(map(_is_original, methods)):
            return True
        _originals[:] = methods
    return type(session) is not Session or not all(vars(each).keys().isdisjoint(_NAMES) for each in (session, adapter))


def prepares_as_usual(session: Session) -> bool:
    """Return whether no subclass, parameter or patch changes how a session prepares requests."""
    are_original = all(_is_original(getattr(session, name)) for name in _PREPARES)
    return are_original and type(session) is Session and not session.params


def _is_original(method: Any) -> bool:
    """Return whether requests defines a method, and nobody has patched it."""
    return str(getattr(method, "__module__", "")).startswith("requests.") and not hasattr(method, "__wrapped__")
