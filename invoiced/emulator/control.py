"""What is asked of the emulator itself over HTTP. No API key is needed.

GET    /_emulator/outbox                    the e-mails sent, in order
DELETE /_emulator/outbox                    empties it
PUT    /_emulator/customers/{id}/balance    sets the figures given in JSON, answers the whole balance
POST   /_emulator/reset                     forgets everything
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug import Request

from invoiced.emulator.account import Account
from invoiced.emulator.balances import FIGURES
from invoiced.emulator.errors import ApiError

PREFIX = "/_emulator/"

_BALANCE = re.compile(r"customers/([0-9]{1,18})/balance")


def answer(account: Account, request: Request) -> Any:
    """The body of the answer, or None."""
    calls = _calls(account, request, request.path.removeprefix(PREFIX))
    if request.method not in calls:
        status = 405 if calls else 404
        raise ApiError(status, f"The emulator has no {request.method} {request.path}.", headers=_allow(calls))
    return calls[request.method]()


def _calls(account: Account, request: Request, path: str) -> Mapping[str, Callable[[], Any]]:
    """What can be done with a path, by method."""
    if path == "outbox":
        return {"GET": account.outbox, "DELETE": account.empty_outbox}
    if path == "reset":
        return {"POST": account.reset}
    if balance := _BALANCE.fullmatch(path):
        customer_id = int(balance[1])
        return {"PUT": lambda: account.set_balance(customer_id, FIGURES.from_json(request.get_data()))}
    return {}


def _allow(calls: Mapping[str, object]) -> dict[str, str]:
    return {"Allow": ", ".join(calls)} if calls else {}
