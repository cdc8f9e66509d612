"""The API as a WSGI application."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from invoiced.emulator import control, lists, records
from invoiced.emulator.account import Account
from invoiced.emulator.behaviour import Behaviour
from invoiced.emulator.call import Answer, Call
from invoiced.emulator.customers import CONTACT, CUSTOMER
from invoiced.emulator.errors import ApiError
from invoiced.emulator.routes import Route, route

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BEHAVIOURS: Mapping[str, Behaviour] = {"Customer": CUSTOMER, "Contact": CONTACT}
"""By resource. A resource that is not here does what its description says and nothing else."""

ACTIONS: Mapping[str, Callable[[Call, Behaviour], Answer]] = {
    "create": records.create,
    "retrieve": records.retrieve,
    "update": records.update,
    "delete": records.delete,
    "list": lists.list_records,
}

_log = logging.getLogger(__name__)


class Application:
    """Answers the requests to the API, and those to the emulator itself.

    `api_key` is the only one accepted, or None for any. With `idempotency`, a write that is repeated with
    the same Idempotency-Key has its first answer again.
    """

    def __init__(self, account: Account, *, api_key: str | None, idempotency: bool) -> None:
        self._account = account
        self._api_key = api_key
        self._idempotency = idempotency

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            if request.path.startswith(control.PREFIX):
                return _response(200, control.answer(self._account, request))
            credentials = self._authenticate(request)
            found, ids = route(request.method, request.path)
            perform = partial(self._perform, request, credentials, found, ids)
            with self._account.store.transaction():
                key = request.headers.get("Idempotency-Key")
                if key and self._idempotency and request.method in {"POST", "PATCH"}:
                    return self._once(key, credentials, request, perform)
                return perform()
        except ApiError as error:
            return _response(error.status, error.body, error.headers)
        except HTTPException as error:
            status = error.code or 400
            return _response(status, ApiError(status, error.description or error.name).body)
        except Exception:
            _log.exception("The emulator failed to answer %s %s", request.method, request.path)
            return _response(500, ApiError(500, "The emulator failed; its log says why.").body)

    def _authenticate(self, request: Request) -> str:
        """The API key or access token of the request."""
        given = request.authorization
        key = None
        if given is not None and given.type == "basic" and not given.password:
            key = given.username
        elif given is not None and given.type == "bearer":
            key = given.token
        if not key or self._api_key not in (None, key):
            headers = {"WWW-Authenticate": 'Basic realm="Invoiced"'}
            raise ApiError(401, "The API key is missing or wrong.", headers=headers)
        return key

    def _once(self, key: str, credentials: str, request: Request, perform: Callable[[], Response]) -> Response:
        """The answer to a request with an idempotency key: the first one, if it has been answered before."""
        store = self._account.store
        owner = _digest(credentials.encode())
        asked = _digest(f"{request.method} {request.full_path}\n".encode() + request.get_data())
        first = store.answer(owner, key)
        if first is None:
            response = perform()
            store.remember(owner, key, asked, response.status_code, response.get_data(as_text=True))
            return response
        request_then, status, body = first
        if asked != request_then:
            message = "This idempotency key has been used for another request."
            raise ApiError(400, message, "Idempotency-Key")
        return _response(status, body, {"Idempotent-Replayed": "true"})

    def _perform(self, request: Request, credentials: str, found: Route, ids: Mapping[str, int]) -> Response:
        operation = found.operation
        pairs = _pairs(request.query_string)
        call = Call(
            store=self._account.store,
            now=self._account.now,
            operation=operation,
            ids=ids,
            query=found.query.from_text(pairs),
            body=_body(request, found),
            url=f"{request.scheme}://{request.host}{request.path}",
            pairs=pairs,
        )
        if operation.action == "list":
            self._account.page_order.turn(credentials, call)
        behaviour = BEHAVIOURS.get(operation.resource, Behaviour())
        if operation.name in behaviour.operations:
            answer = behaviour.operations[operation.name](call)
        else:
            answer = ACTIONS[operation.action](call, behaviour)
        return _response(operation.status, answer.body, answer.headers)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _body(request: Request, found: Route) -> dict[str, Any]:
    """The parameters in the body, which is JSON or a form."""
    text = request.get_data()
    if not text:
        return found.body.checked({})
    if request.mimetype == "application/json":
        return found.body.from_json(text)
    if request.mimetype == "application/x-www-form-urlencoded":
        return found.body.from_text(_pairs(text))
    raise ApiError(400, "The body must be application/json or application/x-www-form-urlencoded.")


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """The pairs of a query or a form."""
    try:
        return parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ApiError(400, "The parameters are not valid UTF-8.") from None


def _response(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as JSON, unless it is JSON already. None is no body at all."""
    if body is None:
        response = Response(status=204, headers=headers)
        del response.headers["Content-Type"]
        return response
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text, status, headers, content_type="application/json")
