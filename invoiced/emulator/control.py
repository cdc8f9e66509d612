"""What is asked of the emulator itself over HTTP. No API key is needed.

GET    /_emulator/outbox                    the e-mails sent, in order
DELETE /_emulator/outbox                    empties it
PUT    /_emulator/customers/{id}/balance    sets the figures given in JSON or a form, answers the whole balance
POST   /_emulator/reset                     forgets everything
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug import Request
from werkzeug.routing import Map, Rule

from invoiced.emulator.balances import FIGURES
from invoiced.emulator.routes import match, record_id

if TYPE_CHECKING:
    from invoiced.emulator.application import Application

PREFIX = "/_emulator/"


def answer(application: Application, request: Request, path: str) -> Any:
    """The body of the answer, or None."""
    name, segments = match(_PATHS, request.method, path)
    if name == "set_balance":
        customer_id = record_id("customer", segments["customer_id"], {"type": "integer"})
        return application.set_balance(customer_id, FIGURES.from_body(request))
    return getattr(application, name)()


_PATHS = Map(
    [
        Rule(f"{PREFIX}outbox", methods=["GET"], endpoint="outbox"),
        Rule(f"{PREFIX}outbox", methods=["DELETE"], endpoint="empty_outbox"),
        Rule(f"{PREFIX}customers/<customer_id>/balance", methods=["PUT"], endpoint="set_balance"),
        Rule(f"{PREFIX}reset", methods=["POST"], endpoint="reset"),
    ],
    merge_slashes=False,
)
