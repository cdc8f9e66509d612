"""The data of events."""

from typing import Any

from ..object import Object


class EventData(Object):
    """The record that an event is about, and its earlier values."""

    __slots__ = ()

    object: Any
    """The record after the change, such as a `Customer`; a dict if its type is unknown."""
    previous: dict[str, Any]
    """Earlier values of the changed fields of an update."""
