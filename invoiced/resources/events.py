"""Events."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from .._compat import Unpack
from ..list import List
from ..options import ListParams, Options
from ..values import Timestamp
from .event_data import EventData, PostedByWebhooks
from .verbs import Refreshable, Retrievable

if TYPE_CHECKING:
    from .members import User


class EventList(ListParams, total=False):
    """Parameters of list() and all()."""

    related_to: str
    """Only events of one object, as `type,ID` (`customer,1234`); an unknown type is rejected with 400."""
    type: str
    """Only events about objects of this type (`customer`, `payment_source`...). For an event type, use
    `filter[type]=customer.created`."""
    start_date: Timestamp
    """Only events at or after this time."""
    end_date: Timestamp
    """Only events at or before this time."""


class EventFilter(Options, total=False):
    """Fields of an event that find() can match."""

    type: str
    """Event type, such as `customer.created`."""
    user_id: str | int
    """Filter by `user_id`."""
    timestamp: Timestamp
    """When it happened."""


class Event(PostedByWebhooks, Refreshable):
    """Something that happened in the account (chapter "Events")."""

    __slots__ = ()

    _path = "events"
    _type = "event"
    _classes = {"data": EventData}

    id: int
    """ID."""
    type: str
    """Event type, such as `customer.created`."""
    timestamp: int
    """When it happened."""
    data: "EventData"
    """Subject of the event."""
    previous: dict[str, Any]
    """Old values; usually they are inside `data`."""
    user: "User | None"
    """User who caused it; only with `include=user`. IDs below 0 are not users: -1 is a customer, -2 Invoiced itself, -3
    the API."""
    message: list[dict[str, Any]]
    """Description of the event in parts for display; only with `include=message`."""
    href: str | None
    """Address of the object in the dashboard; only with `include=href`."""


class Events(Retrievable[Event]):
    """The events of an account, as `client.Event`."""

    _object = Event

    def find(self, **filter: Unpack[EventFilter]) -> Event:
        """Find the one event that matches these fields: GET /events."""
        return self._find(filter)

    def all(
        self, *, prefetch: bool = False, strict: bool = False, **params: Unpack[EventList]
    ) -> Generator[Event, None, None]:
        """Yield every record; `prefetch` fetches a page ahead, `strict` raises an error if records may be missing."""
        return self._all(params, prefetch=prefetch, strict=strict)

    def list(self, **params: Unpack[EventList]) -> tuple[list[Event], List]:
        """Fetch one page: GET /events. Return its records, and a `List` with its links and the total count."""
        return self._list(params)
