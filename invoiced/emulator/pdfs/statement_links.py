"""Links to customers' statements, `/statements/{token}/pdf`, and the PDFs that they return.

Only the path of a link is stored; its host is that of the request, so that it points to the emulator that returned
it. A link needs no API key.
"""

from __future__ import annotations

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from invoiced.emulator.description import Schema
from invoiced.emulator.description.parameters import Parameters
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.pdfs.records import pdf_response
from invoiced.emulator.protocol.routes import match
from invoiced.emulator.records.account import Account
from invoiced.emulator.records.call import Call
from invoiced.emulator.storage.store import Condition, Record, column
from invoiced.emulator.values.brackets import pairs
from invoiced.emulator.values.times import END_OF_TIME

PREFIX = "/statements/"

STORED_PATH = "substr({0}, instr({0}, '{1}'))".format(column("statement_pdf_url"), PREFIX)
"""SQL of the path of a link. Earlier versions stored the host as well."""

_PATHS = Map(
    [
        Rule(f"{PREFIX}<token>/pdf", methods=["GET"], endpoint="pdf"),
        Rule(f"{PREFIX}<token>", methods=["GET"], endpoint="page"),
    ],
    merge_slashes=False,
)

_TIME: Schema = {"type": "integer", "minimum": 0, "maximum": END_OF_TIME - 1}

_PARAMETERS = Parameters(
    {
        "type": "object",
        "additionalProperties": True,
        "properties": {
            "type": {"type": "string", "enum": ["balance_forward", "open_item"], "default": "balance_forward"},
            "start": _TIME,
            "end": _TIME,
            "currency": {"type": "string"},
        },
    }
)


def new_path(call: Call) -> str:
    """Return the path of a new, unguessable link."""
    return f"{PREFIX}{call.token(12)}/pdf"


def render_customer(account: Account, customer: Record) -> Record:
    """Return a customer whose links point to the host of the request."""
    _, prefix, rest = str(customer["statement_pdf_url"]).partition(PREFIX)
    page = f"{account.origin}{prefix}{rest.removesuffix('/pdf')}"
    return {**customer, "statement_pdf_url": f"{page}/pdf", "statement_url": page} if prefix else customer


def respond(account: Account, request: Request, path: str) -> Response:
    """Respond with the statement of a link, or raise `ApiError`."""
    kind, segments = match(_PATHS, request.method, path)
    if kind == "page":
        raise ApiError(501, "The emulator has no web pages of statements. Use statement_pdf_url, the link to the PDF.")
    query = _PARAMETERS.from_query(pairs(request.query_string))
    customer = _customer(account, segments["token"])

    def pdf() -> bytes:
        # Imported here, so that the emulator starts faster, and without reportlab.
        from invoiced.emulator.pdfs.statements import statement_pdf

        return statement_pdf(account, customer, query)

    return pdf_response(f"statement-{customer['number'] or customer['id']}", pdf)


def _customer(account: Account, token: str) -> Record:
    """Return the customer that the link belongs to. `ApiError` 404 if the link is unknown."""
    found = account.store.page(
        "customer", conditions=[Condition(f"{STORED_PATH} = ?", [f"{PREFIX}{token}/pdf"])], limit=1
    )
    if not found:
        raise not_found("statement", token)
    return found[0]
