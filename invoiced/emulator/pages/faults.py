"""Faults: the rules that make requests fail, and a form for a new one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug import Response

from invoiced.emulator.description import types_of
from invoiced.emulator.errors import ApiError
from invoiced.emulator.faults.fault_schema import PARAMETERS
from invoiced.emulator.pages.visit import Visit
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.excerpts import excerpt

_FIELDS = PARAMETERS.properties

_HINTS = {
    "request": "Method and path: POST /customers/*/emails. * is any method or segment, and ** any segments at the end.",
    "query": 'Parameters that the request must have: {"page": 2}',
    "times": "How often the rule is applied. Empty: always.",
    "skip": "Number of matching requests that do not fail.",
    "probability": "From 0 to 1.",
    "committed": "Whether the API carries out a request whose response is replaced.",
    "status": "Status of the response: 500",
    "headers": 'Headers of the response: {"Retry-After": "1"}',
    "body": 'Body of the response, text or JSON: {"message": "Not now."}',
    "connection": "What happens to the connection instead of a response, or after it.",
    "latency": "Seconds before the response.",
    "drip": "Seconds between the bytes of the body.",
    "drip_head": "Whether the head is sent byte by byte, too.",
    "cut": "Number of bytes of the body that are sent.",
    "changes": 'Requests that are made before the response: [["PATCH", "/customers/7", {"name": "New"}]]',
}


def show_faults(visit: Visit, error: str = "") -> Response:
    """Show the rules, and the form with what was sent, if that was refused."""
    rules = visit.components.faults.rules()
    return visit.show("faults.html", 400 if error else 200, rules=rules, fields=_FIELDS, hints=_HINTS, error=error)


def add_fault(visit: Visit) -> Response:
    """Add the rule of the form."""
    try:
        visit.components.faults.add(dict(_rule(visit)))
    except ApiError as error:
        return show_faults(visit, error.message)
    return visit.go_to(visit.link("faults"))


def remove_fault(visit: Visit, number: int) -> Response:
    """Remove a rule."""
    visit.components.faults.remove(number)
    return visit.go_to(visit.link("faults"))


def _rule(visit: Visit) -> Iterator[tuple[str, Any]]:
    """Yield what the form says. An empty field is omitted, but no number of times means always."""
    for name, schema in _FIELDS.items():
        text = visit.request.form.get(name, "").strip()
        if text:
            yield name, text if name in ("request", "connection") else _value(name, text)
        elif types_of(schema) >= {"null", "integer"}:
            yield name, None


def _value(name: str, text: str) -> Any:
    """Return a value that is written as JSON. A body that is not JSON is text."""
    try:
        return exact_json.loads_received(text)
    except ValueError:
        if name == "body":
            return text
        raise ApiError(400, f"{name}: {excerpt(text)} is not valid JSON.", name) from None
