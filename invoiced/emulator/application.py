"""The API: what is answered to a request, and what it changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug import Request, Response
from werkzeug.test import create_environ

from invoiced.emulator import balances, exact, lists, records, snapshots, statement_links
from invoiced.emulator.answers import json_answer
from invoiced.emulator.brackets import pairs
from invoiced.emulator.call import Answer, Behaviour, Call
from invoiced.emulator.changes import Change
from invoiced.emulator.customers import CONTACT, CUSTOMER
from invoiced.emulator.errors import ApiError
from invoiced.emulator.parameters import body_of, query_of
from invoiced.emulator.routes import check_host, route, sent_path
from invoiced.emulator.store import Record, RecordId, Store
from invoiced.emulator.tokens import Tokens

BEHAVIOURS: Mapping[str, Behaviour] = {"Customer": CUSTOMER, "Contact": CONTACT}
"""By resource. A resource that is not here does what its description says and nothing else."""

ACTIONS: Mapping[str, Callable[[Call, Behaviour], Answer]] = {
    "create": records.create,
    "retrieve": records.retrieve,
    "update": records.update,
    "delete": records.delete,
    "list": lists.list_records,
}


class Application:
    """Answers the requests to the API.

    All it knows is in `store`; `clock` tells the Unix time in seconds, `tokens` what nobody could guess.
    `api_key` is the only one accepted, or None for any. With `idempotency`, a write that is repeated with the
    same Idempotency-Key has its first answer again.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], tokens: Tokens, *, api_key: str | None, idempotency: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._page_order = lists.PageOrder()
        self._api_key = api_key
        self._idempotency = idempotency

    def answer(self, request: Request, path: str) -> Response:
        """The answer to a request. `ApiError` when it is refused."""
        check_host(request)
        if path.startswith(statement_links.PREFIX):
            return statement_links.answer(self._store, int(self._clock()), request, path)
        # The request is read before the store is locked: only the records wait.
        credentials = self._authenticate(request)
        call = self._call(request, path)
        key = request.headers.get("Idempotency-Key")
        once = _digest(credentials, key) if key and self._idempotency and request.method in ("POST", "PATCH") else None
        asked = _digest(request.method, path, request.query_string, request.get_data())
        with self._store.transaction(writes=request.method not in ("GET", "HEAD")):
            if once and (first := self._store.find("answer", once)):
                return _replayed(first, asked)
            if call.operation.action == "list":
                self._page_order.turn(credentials, call)
            answer = _carried_out(call)
            response = json_answer(call.operation.status, answer.body, answer.headers)
            if once:
                text = response.get_data(as_text=True)
                self._store.add("answer", once, {"asked": asked, "status": response.status_code, "body": text})
            return response

    def make(self, change: Change) -> None:
        """A change of the emulator's own, of which no answer is kept. `ApiError` when it is refused."""
        headers = {"Authorization": f"Bearer {self._api_key or 'emulator'}"}
        body = "" if change.body is None else exact.written(change.body)
        environ = create_environ(
            change.path, method=change.method, headers=headers, data=body, content_type="application/json"
        )
        self.answer(Request(environ), sent_path(environ))

    def outbox(self) -> list[Record]:
        """The e-mails sent, in order."""
        with self._store.transaction(writes=False):
            return self._store.page("outbox")[1]

    def empty_outbox(self) -> None:
        """Forget the e-mails sent."""
        with self._store.transaction():
            self._store.forget("outbox")

    def set_balance(self, customer_id: RecordId, figures: dict[str, Any]) -> Record:
        """Change figures of a balance, and answer all of it. `ApiError` 404 when there is no such customer."""
        with self._store.transaction():
            return balances.set_balance(self._store, customer_id, int(self._clock()), figures)

    def snapshot(self) -> str:
        """All that the store holds, as lines of JSON."""
        with self._store.transaction(writes=False):
            return snapshots.snapshot(self._store)

    def load(self, snapshot: bytes) -> None:
        """Replace all that the store holds by a snapshot. `ValueError` when that is none: nothing is changed."""
        with self._store.transaction():
            snapshots.load(self._store, snapshot)
            self._page_order.forget()

    def reset(self) -> None:
        """Forget everything."""
        with self._store.transaction():
            self._store.reset()
            self._page_order.forget()

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

    def _call(self, request: Request, path: str) -> Call:
        operation, ids = route(request.method, path)
        query = pairs(request.query_string)
        return Call(
            store=self._store,
            now=int(self._clock()),
            operation=operation,
            ids=ids,
            query=query_of(operation).from_query(query),
            body=body_of(operation).from_body(request),
            origin=f"{request.scheme}://{request.host}",
            path=path,
            pairs=query,
            tokens=self._tokens,
            behaviours=BEHAVIOURS,
        )


def _carried_out(call: Call) -> Answer:
    behaviour = BEHAVIOURS.get(call.operation.resource, Behaviour())
    special = behaviour.operations.get(call.operation.name)
    return special(call) if special else ACTIONS[call.operation.action](call, behaviour)


def _replayed(first: Record, asked: str) -> Response:
    """The first answer to a request that is repeated with its idempotency key."""
    if first["asked"] != asked:
        raise ApiError(400, "This idempotency key has been used for another request.", "Idempotency-Key")
    return json_answer(first["status"], first["body"], {"Idempotent-Replayed": "true"})


def _digest(*parts: str | bytes) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
