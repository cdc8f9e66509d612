"""Requests to the emulator itself over HTTP. They need no API key.

A body is JSON and says so in its Content-Type, which the form of a web page cannot do.

`GET /_emulator/` lists what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import ApiError
from invoiced.emulator.payments.balances import FIGURES
from invoiced.emulator.protocol.hosts import check_host
from invoiced.emulator.protocol.responses import json_response, text_response
from invoiced.emulator.protocol.routes import match, record_id
from invoiced.emulator.server.components import Components
from invoiced.emulator.values.bodies import json_object
from invoiced.emulator.values.excerpts import excerpt

PREFIX = "/_emulator/"

_JSON, _LINES = "application/json", "application/x-ndjson"


def respond(components: Components, request: Request, path: str) -> Response:
    """Respond to a request, or raise `ApiError`."""
    check_host(request)
    function, segments = match(_PATHS, request.method, path)
    _check_type(request, (_LINES, _JSON) if function is _load else (_JSON,))
    body = function(components, request, **segments)
    return body if isinstance(body, Response) else json_response(200, body)


def _check_type(request: Request, allowed: Sequence[str]) -> None:
    """Raise `ApiError` 415 if a web page could send the request without asking: with the type of a form, or of a text.

    A body needs its type, except that of a PUT, for which pages have to ask first.
    """
    sent = request.headers.get("Content-Type", "")
    needs_type = bool(sent) or (request.method != "PUT" and bool(request.get_data()))
    if needs_type and request.mimetype not in allowed:
        types = " or ".join(allowed)
        raise ApiError(
            415, f"The emulator itself takes JSON: send the header Content-Type: {types}, not {excerpt(sent)}."
        )


def _list(components: Components, _: Request) -> Response:
    """Return all requests, one per line."""
    lines = [
        (method, f"{PREFIX}{path}".replace("<", "{").replace(">", "}"), effect) for method, path, _, effect in _REQUESTS
    ]
    width = max(len(path) for _, path, _ in lines)
    text = "".join(f"{method:6} {path:{width}}  {effect}\n" for method, path, effect in lines)
    return text_response(200, text, "text/plain; charset=utf-8")


def _health(components: Components, _: Request) -> Any:
    components.application.check()
    return {"healthy": True}


def _outbox(components: Components, _: Request) -> Any:
    return components.application.outbox()


def _empty_outbox(components: Components, _: Request) -> None:
    components.application.empty_outbox()


def _block(components: Components, request: Request) -> None:
    components.application.block(_BLOCKED.from_body(request)["email"])


def _set_balance(components: Components, request: Request, customer_id: str) -> Any:
    customer = record_id("customer", customer_id, {"type": "integer"})
    return components.application.set_balance(customer, FIGURES.from_body(request))


def _faults(components: Components, _: Request) -> Any:
    return [fault.to_json() for fault in components.faults.rules()]


def _add_fault(components: Components, request: Request) -> Response:
    return json_response(201, components.faults.add(json_object(request.get_data())).to_json())


def _clear_faults(components: Components, _: Request) -> None:
    components.faults.clear()


def _requests(components: Components, _: Request) -> Any:
    return components.requests.to_json()


def _clear_requests(components: Components, _: Request) -> None:
    components.requests.clear()


def _clock(components: Components, _: Request) -> Any:
    return {"now": components.clock()}


def _set_clock(components: Components, request: Request) -> Any:
    time = _TIME.from_body(request)
    if len(time) != 1:
        raise ApiError(400, "Expected either now or advance.")
    ((name, value),) = time.items()
    value = value if isinstance(value, int) else float(value)
    try:
        (components.clock.set if name == "now" else components.clock.advance)(value)
    except ValueError as error:
        raise ApiError(400, str(error), name) from None
    return _clock(components, request)


def _snapshot(components: Components, _: Request) -> Response:
    return text_response(200, components.application.snapshot(), _LINES)


def _load(components: Components, request: Request) -> None:
    try:
        components.application.load(request.get_data() or b"nothing")
    except ValueError as error:
        raise ApiError(400, str(error)) from None


def _reset(components: Components, _: Request) -> None:
    components.reset()


_TIME = Parameters(
    {
        "type": "object",
        "properties": {"now": {"type": "number"}, "advance": {"type": "number"}},
        "additionalProperties": True,
    }
)

_BLOCKED = Parameters(
    {"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"], "additionalProperties": True}
)

_REQUESTS: Sequence[tuple[str, str, Callable[..., Any], str]] = (
    ("GET", "", _list, "this list"),
    ("GET", "health", _health, '{"healthy": true}, if the data can be read'),
    ("GET", "outbox", _outbox, "the e-mails sent, in order"),
    ("DELETE", "outbox", _empty_outbox, "empties it"),
    ("POST", "blocked", _block, '{"email": "a@b.c"} sends no e-mails to this address any more'),
    ("PUT", "customers/<customer_id>/balance", _set_balance, "sets the given figures, returns the whole balance"),
    ("GET", "faults", _faults, "the fault rules, with their hits"),
    ("POST", "faults", _add_fault, "adds a rule and returns it"),
    ("DELETE", "faults", _clear_faults, "removes all rules"),
    ("GET", "requests", _requests, "the requests received, in order"),
    ("DELETE", "requests", _clear_requests, "clears the request log"),
    ("GET", "clock", _clock, 'the time: {"now": 1415222128}'),
    ("PUT", "clock", _set_clock, '{"now": 1415222128} stops it there, {"advance": 60} moves it; what is due is done'),
    ("GET", "snapshot", _snapshot, "all data, as lines of JSON"),
    ("PUT", "snapshot", _load, "replaces all data with such lines"),
    ("POST", "reset", _reset, "removes all data"),
)
"""Each request: its method, its path, the function that responds, and what it returns or does."""

_PATHS = Map(
    [Rule(f"{PREFIX}{path}", methods=[method], endpoint=function) for method, path, function, _ in _REQUESTS],
    merge_slashes=False,
)
