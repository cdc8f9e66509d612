"""Notifications."""

from typing import Literal

from .._compat import Required, Unpack
from ..options import Options, WriteParams
from .verbs import Deletable, Listable, Refreshable, Retrievable, Updatable


class _NotificationFields(WriteParams, total=False):
    """Fields of a notification accepted by create() and save()."""

    medium: str
    """Channel."""
    enabled: bool
    """Whether it is on."""
    match_mode: Literal["any", "all"]
    """Whether any or all conditions must hold."""
    conditions: str | None
    """Conditions as JSON text, at most 10 are looked at."""
    role: str
    """Accepted and ignored."""


class NotificationCreate(_NotificationFields, total=False):
    """Fields of a notification accepted by create()."""

    event: Required[str]
    """Event type."""
    user_id: int | None
    """User to notify, null for the whole account; fixed at creation."""


class NotificationUpdate(_NotificationFields, total=False):
    """Fields of a notification accepted by save()."""

    event: str
    """Event type."""


class NotificationFilter(Options, total=False):
    """Fields of a notification that find() can match."""

    medium: str
    """Channel."""
    user_id: int
    """User to notify, null for the whole account; fixed at creation."""


class Notification(Refreshable, Updatable, Deletable):
    """A rule that notifies a user of events (not in the API reference)."""

    __slots__ = ()

    _path = "notifications"

    id: int
    """ID."""
    event: str
    """Event type."""
    medium: str
    """Channel."""
    enabled: bool
    """Whether it is on."""
    user_id: int | None
    """User to notify, null for the whole account; fixed at creation."""
    match_mode: str
    """Whether any or all conditions must hold."""
    conditions: str | None
    """Conditions as JSON text, at most 10 are looked at."""

    def save(self, **fields: Unpack[NotificationUpdate]) -> bool:
        """Update the notification: PATCH /notifications/:id.

        Send the fields that were set or edited, and those given. Return whether a request was sent.
        """
        return self._save(fields)


class Notifications(Retrievable[Notification], Listable[Notification]):
    """The notifications of an account, as `client.Notification`."""

    _object = Notification

    def create(self, **params: Unpack[NotificationCreate]) -> Notification:
        """Create a notification rule: POST /notifications."""
        return self._create(params)

    def find(self, **filter: Unpack[NotificationFilter]) -> Notification:
        """Find the one notification that matches these fields: GET /notifications."""
        return self._find(filter)
