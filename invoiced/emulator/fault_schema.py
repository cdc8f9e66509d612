"""What a rule for faults may be given, as a schema: the arguments of `Emulator.fail`, the members in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from invoiced.emulator.description import Schema
from invoiced.emulator.errors import ApiError
from invoiced.emulator.parameters import Parameters

EFFECTS = ("status", "headers", "body", "connection", "latency", "drip", "cut", "changes")
SILENT = ("reset", "close", "hang")

_SECONDS: Schema = {"type": "number", "minimum": 0}

PARAMETERS = Parameters(
    {
        "type": "object",
        "additionalProperties": True,
        "required": ["request"],
        "properties": {
            "request": {"type": "string"},
            "query": {"type": "object", "additionalProperties": {"type": "string"}},
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
    for name, value in given.get("headers", {}).items():
        if name.lower() in _NOT_OURS:
            raise ApiError(400, f"headers: {name} is the server's own. See cut and connection.", "headers")
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value or ""):
            raise ApiError(400, f"headers: HTTP cannot send {name!r}: {value!r}.", "headers")
