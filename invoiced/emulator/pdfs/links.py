"""Links to PDFs that customers open without an API key: statements, documents and receipts."""

from __future__ import annotations

from werkzeug import Request, Response

from invoiced.emulator.documents.links import PREFIX
from invoiced.emulator.errors import ApiError
from invoiced.emulator.pdfs import records, statement_links
from invoiced.emulator.records.account import Account


def is_link(path: str) -> bool:
    """Return whether a path is one of a link, which needs no API key."""
    return path.startswith((statement_links.PREFIX, PREFIX))


def respond(account: Account, request: Request, path: str) -> Response:
    """Respond with the PDF of a link, or raise `ApiError`."""
    kind = "statement" if path.startswith(statement_links.PREFIX) else "document"
    if request.method not in ("GET", "HEAD"):
        raise ApiError(405, f"{path} supports only GET, HEAD.")
    if "Authorization" in request.headers:
        raise ApiError(400, f"The link to a {kind} takes no credentials: remove the Authorization header.")
    if kind == "statement":
        return statement_links.respond(account, request, path)
    return records.linked_pdf(account, path)
