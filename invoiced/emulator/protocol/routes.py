"""Matching of requests to operations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from invoiced.emulator.description import OPERATIONS, Operation, Schema, types_of
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.storage.store import RecordId

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ORIGIN_OR_QUERY = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#]*|[?#].*", re.IGNORECASE | re.DOTALL)


def sent_path(environ: WSGIEnvironment) -> str:
    """Return the path of a request, with each segment percent-encoded uniformly.

    WSGI's PATH_INFO is decoded: there, /customers/1%2Fcontacts equals /customers/1/contacts.
    """
    target = environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    segments = _ORIGIN_OR_QUERY.sub("", target).encode("latin-1", "replace").split(b"/")
    return "/".join(quote(unquote(segment), safe="") for segment in segments)


def match(paths: Map, method: str, path: str) -> tuple[Any, Mapping[str, str]]:
    """Return the endpoint in `paths` and the values of its variable segments. `ApiError` 404 or 405 if none matches."""
    try:
        if path.startswith("//"):  # Werkzeug would ignore the first slash.
            raise NotFound
        endpoint, segments = paths.bind("").match(path, method)
    except NotFound:
        raise ApiError(404, f"No such path: {path}.") from None
    except MethodNotAllowed as error:
        allowed = ", ".join(sorted(error.valid_methods or ()))
        raise ApiError(405, f"{path} supports only {allowed}.") from None
    return endpoint, {name: unquote(segment) for name, segment in segments.items()}


def route(method: str, path: str) -> tuple[Operation, dict[str, RecordId]]:
    """Return the operation and the IDs in its path. `ApiError` if there is none."""
    operation, segments = match(_PATHS, method, path)
    types = {name: operation.record_type if name == "id" else name.removesuffix("_id") for name in segments}
    return operation, {name: record_id(types[name], text, operation.ids[name]) for name, text in segments.items()}


def record_id(record_type: str, text: str, schema: Schema) -> RecordId:
    """Convert `text` to an ID of this schema. `ApiError` 404 if it is not a valid ID."""
    types = types_of(schema)
    if "integer" in types and re.fullmatch("[0-9]{1,1000}", text):
        return int(text)
    if "string" in types:
        return text
    raise not_found(record_type, text)


_ALIASES = {"/items": "/catalog_items"}
"""Other beginnings of paths (catalog.md 3)."""


def _rules(operation: Operation) -> Iterator[Rule]:
    path = operation.path.replace("{", "<").replace("}", ">")
    for prefix, alias in (("", ""), *_ALIASES.items()):
        if path.startswith(prefix):
            yield Rule(alias + path.removeprefix(prefix), methods=[operation.method], endpoint=operation)


_PATHS = Map([rule for operation in OPERATIONS for rule in _rules(operation)], merge_slashes=False)
