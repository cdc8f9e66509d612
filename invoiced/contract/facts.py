"""Facts about the service, and what was found about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from invoiced.contract.account import Account
    from invoiced.contract.received import Received


class NotCheckedError(Exception):
    """A fact cannot be checked, for the reason given in neutral words."""


class UnexpectedResponseError(Exception):
    """A response is not of the kind that the fact describes: the fact does not hold."""


class Finding(NamedTuple):
    """What the responses show about a fact."""

    holds: bool
    seen: str
    """What was seen, in neutral words: statuses, types and counts."""


class Fact(NamedTuple):
    """A behavior of the service that the client or the emulator rests on."""

    id: str
    """Letter and number of the behavior; further facts about the same behavior have a letter at the end."""
    sentence: str
    """What holds."""
    writes: bool
    """Whether a request of the fact may change the account."""
    check: Callable[[Account], Finding]


def fact(id: str, *, writes: bool = True) -> Callable[[Callable[[Account], Finding]], Fact]:
    """Return a decorator that makes a function a fact. The function sends requests and returns what it found.

    The docstring of the function is what holds, in one sentence.

    Args:
        id: letter and number, unique.
        writes: False if the function only sends GET requests.
    """
    return lambda check: Fact(id, check.__doc__ or check.__name__, writes, check)


def refused(received: Received, *, status: int = 400, param: str | None = None) -> Finding:
    """Find out whether a request was refused as an invalid request, with this status and this `param`."""
    expected = (status, "invalid_request", param)
    return Finding((received.status, received.type, received.param) == expected, str(received))


def accepted(received: Received, status: int = 200) -> Finding:
    """Find out whether a request succeeded with this status."""
    return Finding(received.status == status, str(received))
