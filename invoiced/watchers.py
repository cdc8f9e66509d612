"""Mocks and instrumentations that watch what requests sends: they patch its methods, or use classes of their own."""

from operator import is_
from typing import Any

import requests

from .deadline import DeadlineAdapter

_PREPARES = ("request", "prepare_request", "merge_environment_settings")
_METHODS = [
    *[(requests.Session, name) for name in (*_PREPARES, "send", "get_adapter")],
    *[(DeadlineAdapter, name) for name in ("send", "build_response", "request_url", "add_headers")],
    *[(requests.PreparedRequest, name) for name in ("prepare_headers", "prepare_hooks")],
]
_OWNERS, _NAMES = zip(*_METHODS, strict=True)


def _original(method: Any) -> Any:
    """Return the method of requests, or None, which is never the same as a method, if it is patched already."""
    is_patched = hasattr(method, "__wrapped__") or not str(getattr(method, "__module__", "")).startswith("requests.")
    return None if is_patched else method


_ORIGINALS = [*map(_original, map(getattr, _OWNERS, _NAMES))]


def are_watched(session: requests.Session, adapter: DeadlineAdapter) -> bool:
    """Return whether a patch may want to see, or to change, what a session sends through its adapter."""
    # Identity is compared, because a wrapper may equal what it wraps.
    are_original = all(map(is_, map(getattr, _OWNERS, _NAMES), _ORIGINALS))
    has_own = not all(vars(patched).keys().isdisjoint(_NAMES) for patched in (session, adapter))
    return has_own or not are_original


def prepares_as_usual(session: requests.Session) -> bool:
    """Return whether no subclass, parameter or patch changes how a session prepares requests."""
    are_original = all(map(is_, map(getattr, _OWNERS, _PREPARES), _ORIGINALS))
    is_plain = type(session) is requests.Session and not session.params
    return is_plain and are_original and vars(session).keys().isdisjoint(_PREPARES)
