"""Files (core.md, H7; catalog.md, 9). Their content is kept, and can be downloaded without a key, like a statement."""

from __future__ import annotations

import base64
from urllib.parse import quote

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from invoiced.emulator.errors import not_found
from invoiced.emulator.files.uploads import UPLOADED
from invoiced.emulator.protocol.routes import match
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Behaviour, Call, Result
from invoiced.emulator.storage.store import Condition, Record, Store, column

PREFIX = "/uploads/"
"""Start of the paths of files that were sent."""

CONTENT = "file content"
"""Record type of the content of a file, in base64."""

_PATHS = Map([Rule(f"{PREFIX}<token>/<name>", methods=["GET"], endpoint="download")], merge_slashes=False)


def content_of(store: Store, file_id: int) -> bytes | None:
    """Return the content of a file, also of one at a URL as it was when the file was created; None if unknown."""
    found = store.get(CONTENT, f"file {file_id}")
    return base64.b64decode(found["base64"]) if found else None


def respond(account: Account, request: Request, path: str) -> Response:
    """Respond with a file that was sent, or raise `ApiError`."""
    _, segments = match(_PATHS, request.method, path)
    with account.store.transaction(writes=False):
        known = Condition(f"{column('url')} = ?", [path])
        files = account.store.page("file", conditions=[known], limit=1)
        content = content_of(account.store, files[0]["id"]) if files else None
    if content is None:
        raise not_found("file", segments["token"])
    headers = {"Content-Disposition": f'attachment; filename="{files[0]["name"]}"'}
    return Response(content, 200, headers, content_type=files[0]["type"])


def _complete(call: Call, file: Record) -> None:
    assert call.upload is not None
    if file["url"] == UPLOADED:
        key = call.token(12)
        file["url"] = f"{PREFIX}{key}/{quote(file['name'])}"
        # 9.4: where the service keeps it.
        file |= {"bucket_name": "emulator", "bucket_region": "us-east-2", "s3_environment": "test", "key": key}
    content = base64.b64encode(call.upload.content).decode()
    call.store.add(CONTENT, f"file {file['id']}", {"base64": content}, file["id"])


def _render(account: Account, file: Record) -> Record:
    """Return a file whose link points to the host of the request, if the emulator has it."""
    return {**file, "url": f"{account.origin}{file['url']}"} if file["url"].startswith(PREFIX) else file


def _delete(call: Call) -> Result:
    """Delete a file, which is then attached to nothing any more."""
    file = call.record()
    call.store.remove_where("attachment", Condition(f"{column('file')} = ?", [file["id"]]))
    call.remove("file", file["id"])
    return Result()


FILE = Behaviour(complete=_complete, render=_render, operations={"File.delete": _delete})
