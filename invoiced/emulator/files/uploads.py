"""Contents of new files: sent as a part of a form, or fetched from a URL (catalog.md, 9.1 to 9.3)."""

from __future__ import annotations

import base64
import binascii
import http.client
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from invoiced.emulator.errors import ApiError
from invoiced.emulator.files.file_types import MAX_BYTES, stored_name, type_of
from invoiced.emulator.records.call import Call, Upload

UPLOADED = "http://uploaded"
"""Stands for the URL of a file that was sent, which is known once the file is stored."""

_SECONDS = 30


def with_content(call: Call) -> Call:
    """Return the call that creates a file, with its content, which is fetched before the transaction begins."""
    if call.upload is not None:
        return _uploaded(call, call.upload)
    url = call.body.get("url")
    if not url:
        raise ApiError(
            400, "Neither a file nor a URL was sent: send a form with the part file, or url, name, size, type."
        )
    if not isinstance(url, str) or not url.lower().startswith(("http://", "https://")):
        raise ApiError(400, f"{url!r} is not the URL of a file (expected http://... or https://...).", "url")
    if all(call.body.get(name) for name in ("name", "size", "type")):
        content = _fetch(url)
        type_of(str(call.body["name"]), content)
        return replace(call, upload=Upload(str(call.body["name"]), content))
    return call


def _uploaded(call: Call, upload: Upload) -> Call:
    """Return the call with the fields of a file that was sent."""
    content, name = upload.content, upload.name
    if call.query.get("base64"):
        try:
            content = base64.b64decode(content, validate=True)
        except binascii.Error:
            raise ApiError(400, "The file is not encoded in base64, although the query says so.") from None
    if not content:
        raise ApiError(400, f"The file {name} is empty.")
    fields: Mapping[str, Any] = {"name": stored_name(name), "size": len(content), "type": type_of(name, content)}
    return replace(call, body={**fields, "url": UPLOADED}, upload=Upload(name, content))


def _fetch(url: str) -> bytes:
    """Return the content of a file at a URL. `ApiError` if it cannot be had, or is too large."""
    try:
        opener = build_opener(ProxyHandler({}))
        with opener.open(Request(url, headers={"User-Agent": "Invoiced/1.0"}), timeout=_SECONDS) as response:
            content: bytes = response.read(MAX_BYTES + 1)
    except HTTPError as error:
        raise ApiError(400, f"The file at {url} cannot be fetched: its server responds {error.code}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ApiError(400, f"The file at {url} cannot be fetched: {error}.") from None
    if len(content) > MAX_BYTES:
        raise ApiError(400, f"The file at {url} is too large: at most {MAX_BYTES} bytes are accepted.")
    return content
