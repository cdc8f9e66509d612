"""What a rule for faults may be given: the arguments of `Emulator.fail`, the members of its JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import TypedDict

from invoiced.emulator import exact
from invoiced.emulator.delivery import SILENT, Connection
from invoiced.emulator.description import Schema
from invoiced.emulator.errors import ApiError
from invoiced.emulator.parameters import Parameters

EFFECTS = ("status", "headers", "body", "connection", "latency", "drip", "cut", "changes")


class Rule(TypedDict, total=False):
    """When a rule strikes a request, and what it does to the answer. Whatever is None counts as left out."""

    query: Mapping[str, str | int]
    """Parameters that the request must have. A page that is not asked for is page "1"."""
    times: int | None
    """How often it strikes (default: 1). None is always."""
    skip: int
    """How many requests it lets pass first."""
    probability: float
    """The chance, from 0 to 1, that it strikes a request that it means (default: 1)."""
    committed: bool
    """Whether the API carries out a request whose answer is replaced (default: it does not)."""
    status: int
    """HTTP status of an answer that replaces the API's, headers and body included."""
    headers: Mapping[str, str | None]
    """Headers of the answer that a status makes, else put in place of the API's own. None removes one."""
    body: Any
    """Body of the answer: text as it is, any other value as JSON. Without a status, those of the API's answer stay: its
    status and headers."""
    connection: Connection
    """Instead of the answer, a TCP "reset", an end ("close") or endless silence ("hang"); or the end of the
    connection after an answer that did not announce it ("close_after")."""
    latency: float
    """Seconds before the answer."""
    drip: float
    """Seconds between single bytes of the body."""
    drip_head: bool
    """Whether the head drips, too."""
    cut: int
    """Number of bytes of the body that are sent, with the Content-Length of the whole; then the connection ends."""
    changes: Sequence[Sequence[Any]] | Callable[[], object]
    """What is done before the answer is sent, and not shown in it: a function, or requests such as
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
"""Whatever is null counts as left out, but for `times`."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# They belong to the connection, which the server keeps.
_OF_EVERY_ANSWER = {"date", "server"}
_NOT_OURS = {"connection", "content-length", "keep-alive", "te", "trailers", "transfer-encoding", "upgrade"}


def check_effects(given: Mapping[str, Any]) -> None:
    """`ApiError` when what is given, each by itself allowed, is no effect, or does not go together."""
    if not any(name in given for name in EFFECTS):
        raise ApiError(400, f"A rule needs an effect: {', '.join(EFFECTS)}.")
    if (connection := given.get("connection")) in SILENT:
        for name in ("status", "headers", "body", "drip", "cut"):
            if name in given:
                raise ApiError(
                    400, f"The parameter {name} has no answer to change with the connection {connection}.", name
                )
    if given.get("drip_head") and "drip" not in given:
        raise ApiError(400, "drip_head needs drip, the seconds between the bytes.", "drip_head")
    _check_body(given.get("body", ""))
    for name, value in given.get("headers", {}).items():
        if name.lower() in _NOT_OURS or (name.lower() in _OF_EVERY_ANSWER and value is None):
            raise ApiError(400, f"headers: {name} is the server's own. See cut and connection.", "headers")
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value or ""):
            raise ApiError(400, f"headers: HTTP cannot send {name!r}: {value!r}.", "headers")


def _check_body(body: Any) -> None:
    try:
        text = body if isinstance(body, str) else exact.written(body)
        text.encode()
        exact.read(exact.written(body))
    except (ValueError, TypeError, RecursionError):
        raise ApiError(400, f"body: {body!r} is neither text nor JSON.", "body") from None
