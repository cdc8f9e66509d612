"""Which operation a request means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from werkzeug import Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from invoiced.emulator.description import OPERATIONS, Operation, Schema, types_of
from invoiced.emulator.errors import ApiError, no_such
from invoiced.emulator.store import RecordId

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ORIGIN_OR_QUERY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*|[?#].*", re.IGNORECASE | re.DOTALL)

_HOST = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


def check_host(request: Request) -> None:
    """`ApiError` when the Host header could not stand in the links that are answered."""
    if not _HOST.fullmatch(request.host):
        raise ApiError(400, "The Host header is not the name of a host.")


def sent_path(environ: WSGIEnvironment) -> str:
    """The path of a request, each segment percent-encoded the same way.

    WSGI's own PATH_INFO is decoded: it cannot tell /customers/1%2Fcontacts from /customers/1/contacts.
    """
    target = environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    segments = _ORIGIN_OR_QUERY.sub("", target).encode("latin-1", "replace").split(b"/")
    return "/".join(quote(unquote(segment), safe="") for segment in segments)


def match(paths: Map, method: str, path: str) -> tuple[Any, Mapping[str, str]]:
    """The endpoint in `paths`, and the segments that it leaves open. `ApiError` 404 or 405 when there is none."""
    try:
        if path.startswith("//"):  # Werkzeug would overlook the first slash.
            raise NotFound
        endpoint, segments = paths.bind("").match(path, method)
    except NotFound:
        raise ApiError(404, f"There is nothing at {path}.") from None
    except MethodNotAllowed as error:
        allowed = ", ".join(sorted(error.valid_methods or ()))
        raise ApiError(405, f"{path} answers {allowed} only.", headers={"Allow": allowed}) from None
    return endpoint, {name: unquote(segment) for name, segment in segments.items()}


def route(method: str, path: str) -> tuple[Operation, dict[str, RecordId]]:
    """The operation, and the IDs in its path. `ApiError` when the emulator does not carry it out."""
    operation, segments = match(_PATHS, method, path)
    if not operation.seed:
        call = f"{operation.name} ({operation.method} {operation.path})"
        raise ApiError(501, f"The emulator does not carry out {call} yet.")
    types = {name: operation.record_type if name == "id" else name.removesuffix("_id") for name in segments}
    return operation, {name: record_id(types[name], text, operation.ids[name]) for name, text in segments.items()}


def record_id(record_type: str, text: str, schema: Schema) -> RecordId:
    """The ID that `text` is, by its schema. `ApiError` 404 when it cannot be one."""
    types = types_of(schema)
    if "integer" in types and re.fullmatch("[0-9]{1,1000}", text):
        return int(text)
    if "string" in types:
        return text
    raise no_such(record_type, text)


_PATHS = Map(
    [Rule(each.path.replace("{", "<").replace("}", ">"), methods=[each.method], endpoint=each) for each in OPERATIONS],
    merge_slashes=False,
)
