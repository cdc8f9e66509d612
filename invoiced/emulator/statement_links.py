"""The links to the statements of customers, `/statements/{token}/pdf`, and what is behind them.

A link leads to the emulator that answers it: only its path is stored, its host is that of the request. Who has
a link needs no API key.
"""

from __future__ import annotations

import re

from werkzeug import Request, Response
from werkzeug.routing import Map, Rule

from invoiced.emulator.balances import balance_of
from invoiced.emulator.brackets import pairs
from invoiced.emulator.call import Call
from invoiced.emulator.clock import END_OF_TIME
from invoiced.emulator.description import Schema
from invoiced.emulator.errors import ApiError, no_such
from invoiced.emulator.parameters import Parameters
from invoiced.emulator.routes import match
from invoiced.emulator.store import Condition, Record, Store, column

PREFIX = "/statements/"

STORED_PATH = "substr({0}, instr({0}, '{1}'))".format(column("statement_pdf_url"), PREFIX)
"""In SQL. What earlier versions stored has a host before it."""

_PATHS = Map([Rule(f"{PREFIX}<token>/pdf", methods=["GET"], endpoint="pdf")], merge_slashes=False)

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
    """The path of a link that nobody could guess."""
    return f"{PREFIX}{call.token(12)}/pdf"


def shown(call: Call, customer: Record) -> Record:
    """A customer whose link leads to the host that was asked."""
    _, prefix, rest = str(customer["statement_pdf_url"]).partition(PREFIX)
    return {**customer, "statement_pdf_url": f"{call.origin}{prefix}{rest}"} if prefix else customer


def answer(store: Store, now: int, request: Request, path: str) -> Response:
    """The statement that a link leads to. `ApiError` when the request is refused."""
    _, segments = match(_PATHS, request.method, path)
    if "Authorization" in request.headers:
        raise ApiError(400, "The link to a statement takes no credentials: send it no Authorization header.")
    asked = _PARAMETERS.from_query(pairs(request.query_string))
    with store.transaction(writes=False):
        customer = _customer(store, segments["token"])
        balance = balance_of(store, customer, asked.get("currency"))
    try:
        # Only now: the emulator starts faster, and without pypdf, too.
        from invoiced.emulator.statement_pdf import statement_pdf
    except ModuleNotFoundError as error:
        raise ApiError(501, f'The PDF of a statement needs {error.name}: pip install "invoiced[emulator]"') from None
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(customer)}"'}
    return Response(statement_pdf(customer, balance, asked, now), 200, headers, content_type="application/pdf")


def _customer(store: Store, token: str) -> Record:
    """The one whom the link belongs to. `ApiError` 404 when there is none such."""
    _, found = store.page("customer", conditions=[Condition(f"{STORED_PATH} = ?", [f"{PREFIX}{token}/pdf"])], limit=1)
    if not found:
        raise no_such("statement", token)
    return found[0]


def _file_name(customer: Record) -> str:
    """Of the customer's number, what any file system takes."""
    number = re.sub(r"[^\w.-]+", "-", str(customer["number"] or customer["id"]), flags=re.ASCII)
    return f"statement-{number}.pdf"
