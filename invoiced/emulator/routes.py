"""Which operation a request means."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from invoiced.emulator.description import OPERATIONS, Operation
from invoiced.emulator.errors import ApiError, no_such
from invoiced.emulator.parameters import Parameters

_IDS = range(2**63)


@dataclass(frozen=True)
class Route:
    """An operation that the emulator carries out, and what it may be given."""

    operation: Operation
    query: Parameters
    body: Parameters


def route(method: str, path: str) -> tuple[Route, dict[str, int]]:
    """The route of a request, and the IDs in its path. `ApiError` when the emulator does not serve it."""
    try:
        template, segments = _PATHS.bind("").match(path)
    except NotFound:
        raise ApiError(404, f"There is nothing at {path}.") from None
    methods = _METHODS[template]
    operation = methods.get("GET" if method == "HEAD" else method)
    if operation is None:
        allowed = ", ".join(sorted(methods))
        raise ApiError(405, f"{path} answers {allowed} only.", headers={"Allow": allowed})
    if operation not in _ROUTES:
        call = f"{operation.name} ({operation.method} {operation.path})"
        raise ApiError(501, f"The emulator does not carry out {call} yet.")
    return _ROUTES[operation], {name: _record_id(operation, name, text) for name, text in segments.items()}


def _record_id(operation: Operation, name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) in _IDS):
        raise no_such(operation.record_type if name == "id" else name.removesuffix("_id"), text)
    return int(text)


_METHODS: dict[str, dict[str, Operation]] = {}
for _operation in OPERATIONS:
    _METHODS.setdefault(_operation.path, {})[_operation.method] = _operation

_PATHS = Map([Rule(path.replace("{", "<").replace("}", ">"), endpoint=path) for path in _METHODS], merge_slashes=False)

_ROUTES = {
    operation: Route(
        operation,
        query=Parameters(operation.query),
        body=Parameters(operation.body, null_is_absent=operation.action != "update"),
    )
    for operation in OPERATIONS
    if operation.seed
}
