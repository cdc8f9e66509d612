"""The data of events, and events in the bodies of webhooks."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._compat import Self
from ..object import Object
from .verbs import Record

if TYPE_CHECKING:
    from ..client import Client


class EventData(Object):
    """The record that an event is about, and its earlier values."""

    __slots__ = ()

    object: Any
    """The record after the change, such as a `Customer`; a dict if its type is unknown."""
    previous: dict[str, Any]
    """Earlier values of the changed fields of an update."""


class PostedByWebhooks(Record):
    """An event, which is the body of a webhook."""

    __slots__ = ()

    @classmethod
    def _from_body(cls, body: bytes, client: "Client | None", parse_float: Callable[[str], Any] | None) -> Self:
        """Return the event in a body, or raise ValueError with what the body is not."""
        try:
            # int() raises ValueError for NaN and Infinity, which are not JSON.
            fields = json.loads(body.decode(), parse_float=parse_float, parse_constant=int)
        except (ValueError, ArithmeticError, RecursionError):
            raise ValueError("valid JSON") from None
        event = fields if isinstance(fields, dict) else {}
        if not isinstance(event.get("id"), (int, str)) or not isinstance(event.get("type"), str):
            raise ValueError("an event with an ID and a type")
        return cls._from_response(client, event)
