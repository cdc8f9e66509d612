"""The API: processing of requests and their effects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug import Request, Response
from werkzeug.test import create_environ

from invoiced.emulator import balances, exact_json, lists, records, snapshots, statement_links
from invoiced.emulator.brackets import pairs
from invoiced.emulator.call import Behaviour, Call, Result
from invoiced.emulator.changes import Change
from invoiced.emulator.contacts import CONTACT
from invoiced.emulator.customers import CUSTOMER
from invoiced.emulator.documents import CREDIT_NOTE, ESTIMATE, INVOICE
from invoiced.emulator.errors import ApiError
from invoiced.emulator.lines import PENDING_LINE
from invoiced.emulator.members import MEMBER
from invoiced.emulator.notes import NOTE
from invoiced.emulator.parameters import body_of, query_of
from invoiced.emulator.payments import PAYMENT, PAYMENT_SOURCE
from invoiced.emulator.recipients import BLOCKED
from invoiced.emulator.responses import json_response
from invoiced.emulator.routes import check_host, route, sent_path
from invoiced.emulator.settings import CREDIT_BALANCE_ADJUSTMENT, CUSTOM_FIELD, PLAN, REPORT, THEME
from invoiced.emulator.store import STORED_RESPONSE, Record, RecordId, Store
from invoiced.emulator.subscriptions import SUBSCRIPTION
from invoiced.emulator.tokens import Tokens

BEHAVIOURS: Mapping[str, Behaviour] = {
    "Customer": CUSTOMER,
    "Contact": CONTACT,
    "Invoice": INVOICE,
    "CreditNote": CREDIT_NOTE,
    "Estimate": ESTIMATE,
    "Payment": PAYMENT,
    "PaymentSource": PAYMENT_SOURCE,
    "Subscription": SUBSCRIPTION,
    "Note": NOTE,
    "Member": MEMBER,
    "PendingLineItem": PENDING_LINE,
    "CreditBalanceAdjustment": CREDIT_BALANCE_ADJUSTMENT,
    "CustomField": CUSTOM_FIELD,
    "Plan": PLAN,
    "Report": REPORT,
    "Theme": THEME,
}
"""Behavior by resource. The other resources do exactly what their description says."""

ACTIONS: Mapping[str, Callable[[Call, Behaviour], Result]] = {
    "create": records.create,
    "retrieve": records.retrieve,
    "update": records.update,
    "delete": records.delete,
    "list": lists.list_records,
}


class Application:
    """Processing of requests to the API.

    Its data is in `store`; `clock` returns the Unix time in seconds, `tokens` makes unguessable identifiers.
    `api_key` is the only key accepted, or None for any key. With `idempotency`, a write that is retried with the
    same Idempotency-Key gets its first response again. With `documented_responses`, responses are as the reference
    documents them, where the service responds otherwise.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        tokens: Tokens,
        *,
        api_key: str | None,
        idempotency: bool,
        documented_responses: bool = False,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._page_order = lists.PageOrder()
        self._api_key = api_key
        self._idempotency = idempotency
        self._documented_responses = documented_responses

    def respond(self, request: Request, path: str) -> Response:
        """Return the response to a request, or raise `ApiError`."""
        check_host(request)
        if path.startswith(statement_links.PREFIX):
            return statement_links.respond(self._store, int(self._clock()), request, path)
        # Read the request before locking the store, so that the lock is held for the records only.
        credentials = self._authenticate(request)
        call = self._call(request, path)
        key = request.headers.get("Idempotency-Key")
        replay_key = (
            _digest(credentials, key) if key and self._idempotency and request.method in ("POST", "PATCH") else None
        )
        request_digest = _digest(request.method, path, request.query_string, request.get_data())
        with self._store.transaction(writes=request.method not in ("GET", "HEAD")):
            if replay_key and (first := self._store.find(STORED_RESPONSE, replay_key)):
                return _replay(first, request_digest)
            if call.operation.action == "list":
                self._page_order.record_read(credentials, call)
            result = _execute(call)
            response = json_response(call.operation.status, result.body, result.headers)
            if replay_key:
                text = response.get_data(as_text=True)
                stored = {"asked": request_digest, "status": response.status_code, "body": text}
                self._store.add(STORED_RESPONSE, replay_key, stored)
            return response

    def apply(self, change: Change) -> None:
        """Apply a change made by the emulator itself, or raise `ApiError`."""
        headers = {"Authorization": f"Bearer {self._api_key or 'emulator'}"}
        body = "" if change.body is None else exact_json.dumps(change.body)
        environ = create_environ(
            change.path, method=change.method, headers=headers, data=body, content_type="application/json"
        )
        self.respond(Request(environ), sent_path(environ))

    def outbox(self) -> list[Record]:
        """Return the e-mails sent, in order."""
        with self._store.transaction(writes=False):
            return self._store.page("outbox")[1]

    def empty_outbox(self) -> None:
        """Remove all e-mails from the outbox."""
        with self._store.transaction():
            self._store.remove_type("outbox")

    def block(self, address: str) -> None:
        """Send no e-mails to an address any more."""
        with self._store.transaction():
            self._store.remove(BLOCKED, address.lower())
            self._store.add(BLOCKED, address.lower(), {"email": address})

    def set_balance(self, customer_id: RecordId, figures: dict[str, Any]) -> Record:
        """Set figures of a balance and return the whole balance. `ApiError` 404 if the customer does not exist."""
        with self._store.transaction():
            return balances.set_balance(self._store, customer_id, int(self._clock()), figures)

    def snapshot(self) -> str:
        """Return all data as lines of JSON."""
        with self._store.transaction(writes=False):
            return snapshots.snapshot(self._store)

    def load(self, snapshot: bytes) -> None:
        """Replace all data with a snapshot. `ValueError` if the snapshot is invalid; then nothing is changed."""
        with self._store.transaction():
            snapshots.load(self._store, snapshot)
            self._page_order.clear()

    def reset(self) -> None:
        """Remove all data."""
        with self._store.transaction():
            self._store.reset()
            self._page_order.clear()

    def _authenticate(self, request: Request) -> str:
        """Return the API key or access token of the request."""
        authorization = request.authorization
        key = None
        if authorization is not None and authorization.type == "basic" and not authorization.password:
            key = authorization.username
        elif authorization is not None and authorization.type == "bearer":
            key = authorization.token
        if not key or self._api_key not in (None, key):
            headers = {"WWW-Authenticate": 'Basic realm="Invoiced"'}
            raise ApiError(401, "The API key is missing or wrong.", headers=headers)
        return key

    def _call(self, request: Request, path: str) -> Call:
        operation, ids = route(request.method, path)
        if request.accept_mimetypes.best == "application/pdf":
            raise ApiError(501, "The emulator does not create PDFs of records yet.")
        if operation.name == "File.create" and request.mimetype == "multipart/form-data":
            raise ApiError(501, "The emulator does not implement uploads yet.")
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
            documented_responses=self._documented_responses,
        )


def _execute(call: Call) -> Result:
    behaviour = BEHAVIOURS.get(call.operation.resource, Behaviour())
    special = behaviour.operations.get(call.operation.name)
    return special(call) if special else ACTIONS[call.operation.action](call, behaviour)


def _replay(first: Record, request_digest: str) -> Response:
    """Return the first response to a request that is retried with its idempotency key."""
    if first["asked"] != request_digest:
        raise ApiError(400, "This idempotency key was already used for another request.", "Idempotency-Key")
    return json_response(first["status"], first["body"], {"Idempotent-Replayed": "true"})


def _digest(*parts: str | bytes) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
