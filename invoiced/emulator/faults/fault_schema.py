"""Schema of a fault rule: the arguments of `Emulator.fail`, which are also the members of its JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from invoiced.emulator.description import Schema
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import ApiError
from invoiced.emulator.protocol.delivery import SILENT, Connection
from invoiced.emulator.values import exact_json

EFFECTS = ("status", "headers", "body", "connection", "latency", "drip", "cut", "changes")


class Rule(TypedDict, total=False):
    """Conditions and effects of a fault rule. None means omitted."""

    query: Mapping[str, str | int]
    """Query parameters that the request must have. A missing `page` counts as "1"."""
    times: int | None
    """How often the rule is applied (default: 1). None means always."""
    skip: int
    """Number of matching requests to skip first."""
    probability: float
    """Probability, from 0 to 1, that the rule is applied to a matching request (default: 1)."""
    committed: bool
    """Whether the API processes a request whose response is replaced (default: False)."""
    status: int
    """HTTP status of a response that replaces the API's response, including headers and body."""
    headers: Mapping[str, str | None]
    """Headers of the response to replace or add. None removes a header."""
    body: Any
    """Body of the response: text as it is, any other value as JSON. Without a `status`, the status and headers of the
    API's response are kept."""
    connection: Connection
    """Instead of the response, a TCP "reset", a "close" or an endless silence ("hang"); or a close of the connection
    after the response, unannounced ("close_after")."""
    latency: float
    """Seconds before the response."""
    drip: float
    """Seconds between the bytes of the body."""
    drip_head: bool
    """Whether the head is sent byte by byte, too."""
    cut: int
    """Number of bytes of the body to send, with the Content-Length of the whole body; then the connection is closed."""
    changes: Sequence[Sequence[Any]] | Callable[[], object]
    """Changes made before the response is sent, but not visible in it: a function, or requests such as
    `["PATCH", "/customers/7", {"name": "New"}]`."""


_SECONDS: Schema = {"type": "number", "minimum": 0}

PARAMETERS = Parameters(
    {
        "type": "object",
        "additionalProperties": True,
        "required": ["request"],
        "properties": {
            "request": {"type": "string"},
            "query": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
            "times": {"type": ["integer", "null"], "minimum": 1, "default": 1},
            "skip": {"type": "integer", "minimum": 0, "default": 0},
            "probability": {"type": "number", "minimum": 0, "maximum": 1, "default": 1},
            "committed": {"type": "boolean", "default": False},
            "status": {"type": "integer", "minimum": 200, "maximum": 599},
            "headers": {"type": "object", "additionalProperties": {"type": ["string", "null"]}},
            "body": {},
            "connection": {"type": "string", "enum": [*SILENT, "close_after"]},
            "latency": _SECONDS,
            "drip": _SECONDS,
            "drip_head": {"type": "boolean"},
            "cut": {"type": "integer", "minimum": 0},
            "changes": {"type": "array", "items": {"type": "array"}},
        },
    }
)
"""Parameters of a rule. Null means omitted, except for `times`."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# These headers belong to the connection, which the server manages.
_REQUIRED_HEADERS = {"date", "server"}
_CONNECTION_HEADERS = {"connection", "content-length", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade"}


def check_effects(rule: Mapping[str, Any]) -> None:
    """Raise `ApiError` if a rule has no effect, or if its effects contradict each other."""
    if not any(name in rule for name in EFFECTS):
        raise ApiError(400, f"A rule needs at least one effect: {', '.join(EFFECTS)}.")
    if (connection := rule.get("connection")) in SILENT:
        for name in ("status", "headers", "body", "drip", "cut"):
            if name in rule:
                raise ApiError(400, f"With connection {connection}, no response is sent: remove {name}.", name)
    if rule.get("drip_head") and "drip" not in rule:
        raise ApiError(400, "drip_head needs drip, the seconds between the bytes.", "drip_head")
    _check_body(rule.get("body", ""))
    for name, value in rule.get("headers", {}).items():
        if name.lower() in _CONNECTION_HEADERS or (name.lower() in _REQUIRED_HEADERS and value is None):
            raise ApiError(400, f"headers: {name} is set by the server. See cut and connection.", "headers")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value or ""):
            raise ApiError(400, f"headers: {name!r}: {value!r} is not a valid header.", "headers")


def _check_body(body: Any) -> None:
    try:
        text = body if isinstance(body, str) else exact_json.dumps(body)
        text.encode()
        exact_json.loads(exact_json.dumps(body))
    except (ValueError, TypeError, RecursionError):
        raise ApiError(400, f"body: {body!r} is neither text nor JSON.", "body") from None
