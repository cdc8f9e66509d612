"""The API: processing of requests and their effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from werkzeug import Request, Response
from werkzeug.test import create_environ

from invoiced.emulator.api import snapshots
from invoiced.emulator.api.chapters import ACTIONS, BEHAVIOURS, LISTENERS, PREPARATIONS, RENDERERS, TASKS
from invoiced.emulator.description.names import known_in_body
from invoiced.emulator.errors import ApiError
from invoiced.emulator.events.deliveries import Deliveries
from invoiced.emulator.events.webhooks import Outcome, Posting, record_outcome
from invoiced.emulator.faults.changes import Change
from invoiced.emulator.files import files
from invoiced.emulator.payments import balances
from invoiced.emulator.payments.receivables import Receivables, receivables_at
from invoiced.emulator.pdfs import links
from invoiced.emulator.pdfs.records import has_pdf, record_pdf
from invoiced.emulator.protocol.authentication import Caller, authenticate
from invoiced.emulator.protocol.concurrency import RequestsInFlight
from invoiced.emulator.protocol.exchange import Exchange
from invoiced.emulator.protocol.hosts import check_host, origin
from invoiced.emulator.protocol.idempotency import StoredResponses
from invoiced.emulator.protocol.responses import api_response, error_response, json_response, respond_safely
from invoiced.emulator.protocol.routes import route, sent_path
from invoiced.emulator.records.account import BY_THE_SERVICE, Account, Settings
from invoiced.emulator.records.call import Behaviour, Call, Result, Upload
from invoiced.emulator.records.list_conditions import lenient
from invoiced.emulator.records.operation_parameters import body_of, query_of
from invoiced.emulator.schedule.tasks import run_due_tasks
from invoiced.emulator.sending.recipients import BLOCKED
from invoiced.emulator.storage.list_memory import ListMemory
from invoiced.emulator.storage.store import Record, RecordId, Store
from invoiced.emulator.storage.tokens import Tokens
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.bodies import form, sent_json
from invoiced.emulator.values.brackets import pairs

_JSON = "application/json"


class Application:
    """Processing of requests to the API.

    Its data is in `store`; `clock` returns the Unix time in seconds, `tokens` makes unguessable identifiers. `api_key`
    is the only key accepted, or None for any key. With `idempotency`, a POST or a PATCH with an Idempotency-Key that
    was used before gets the first response again. With `offset_paging`, pages are offsets, and total counts are always
    counted. With `documented_responses`, statements are as the reference documents them, where the service does
    otherwise. `settings` are those of the account. `webhook_secret` signs the events of all webhooks. `max_concurrency`
    is the number of requests that an API key can have in flight, or None for any number.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        tokens: Tokens,
        *,
        api_key: str | None,
        webhook_secret: str,
        idempotency: bool,
        settings: Settings,
        offset_paging: bool = False,
        documented_responses: bool = False,
        max_concurrency: int | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._lists = ListMemory(forgetful=offset_paging)
        self._api_key = api_key
        self._documented_responses = documented_responses
        self._settings = settings
        self._stored_responses = StoredResponses(store, clock) if idempotency else None
        self.in_flight = RequestsInFlight(max_concurrency, clock)
        self.deliveries = Deliveries(webhook_secret, self._record_outcome)

    def begin(self, request: Request, path: str) -> Exchange:
        """Admit a request, which is in flight until `end`, or refuse it before anything is done."""
        exchange = Exchange(request, path)
        try:
            check_host(request)
            if not links.is_link(path) and not path.startswith(files.PREFIX):
                exchange.json = sent_json(request)
                exchange.caller = authenticate(request, self._api_key)
                self.in_flight.begin(exchange)
        except Exception as error:
            exchange.is_refused = True
            exchange.response = api_response(request, error_response(request, error))
        return exchange

    def respond(self, exchange: Exchange) -> Response:
        """Return the response to a request that was admitted."""
        response = respond_safely(exchange.request, lambda: self._respond(exchange))
        exchange.request.close()  # the files of a form
        exchange.response = api_response(exchange.request, response) if exchange.caller else response
        return exchange.response

    def end(self, exchange: Exchange, is_sent: bool) -> None:
        """Free what a request in flight occupies, once its response is about to be sent, or never will be.

        Only a response that is sent is replayed to later requests with the same idempotency key.
        """
        if self.in_flight.end(exchange) and is_sent and self._stored_responses:
            self._stored_responses.add(exchange)

    def apply(self, change: Change) -> None:
        """Apply a change made by the emulator itself, or raise `ApiError`."""
        self.call(change.method, change.path, change.body)

    def call(self, method: str, path: str, sent: Any = None) -> Any:
        """Call the API from the emulator itself, and return what it responds. `ApiError` if it refuses the call."""
        response = self.response_to(method, path, sent)
        return exact_json.loads(response.get_data()) if response.status_code != 204 else None

    def response_to(
        self, method: str, path: str, sent: Any = None, *, origin: str | None = None, accept: str = _JSON
    ) -> Response:
        """Return the response to a call from the emulator itself, with links to `origin`. `ApiError` if refused."""
        body = "" if sent is None else exact_json.dumps(sent)
        headers = {"Accept": accept}
        environ = create_environ(path, base_url=origin, method=method, data=body, content_type=_JSON, headers=headers)
        request, path = Request(environ), sent_path(environ)
        caller = None if links.is_link(path) else Caller(self._api_key or "emulator", uses_oauth=True)
        return self._respond(Exchange(request, path, sent_json(request), caller))

    def run_due_tasks(self, origin: str) -> None:
        """Do what the service does by itself and what is due by now, in the order of time."""
        self._run_due_tasks(origin, int(self._clock()), lambda at: None, partial(self.deliveries.wait, 0))

    def let_time_pass(self, origin: str, until: float, pass_to: Callable[[int], None]) -> None:
        """Do what is due until a time. `pass_to` is called with the time of each task.

        The outcomes of its webhooks are known before anything later is done.
        """
        self._run_due_tasks(origin, int(until), pass_to, self.deliveries.wait)

    def _run_due_tasks(
        self, origin: str, until: int, before_each: Callable[[int], None], wait: Callable[[], object]
    ) -> None:
        wait()
        run_due_tasks(self._store, partial(self._account_at, origin), TASKS, until, before_each, wait)

    def check(self) -> None:
        """Read the data once, or raise an error."""
        with self._store.transaction(writes=False):
            self._store.counters()

    def outbox(self) -> list[Record]:
        """Return the e-mails sent, in order."""
        with self._store.transaction(writes=False):
            return self._store.page("outbox")

    def receivables(self) -> list[Receivables]:
        """Return what customers owe and have paid, by currency."""
        with self._store.transaction(writes=False):
            return receivables_at(self._store, int(self._clock()))

    def changes(self) -> int:
        """Return the number of changes to the data, so that others notice whether there are new ones."""
        return self._store.changes()

    def file_content(self, file_id: int) -> bytes:
        """Return the content of a file. `LookupError` if there is no such file."""
        with self._store.transaction(writes=False):
            content = files.content_of(self._store, file_id)
        if content is None:
            raise LookupError(f"There is no file {file_id}.")
        return content

    def latest(self, record_type: str, limit: int) -> tuple[int, list[Record]]:
        """Return how many records of a type there are, and the latest ones, the newest first."""
        with self._store.transaction(writes=False):
            records = self._store.page(record_type, order=["position DESC"], limit=limit)
            return self._store.count(record_type), records

    def find(self, record_type: str, record_id: RecordId) -> Record | None:
        """Return a record as it is stored, or None."""
        with self._store.transaction(writes=False):
            return self._store.get(record_type, record_id)

    def empty_outbox(self) -> None:
        """Remove all e-mails from the outbox."""
        with self._store.transaction():
            self._store.remove_type("outbox")

    def block(self, address: str) -> None:
        """Send no e-mails to an address any more."""
        with self._store.transaction():
            self._store.put(BLOCKED, address.lower(), {"email": address})

    def set_balance(self, customer_id: RecordId, figures: dict[str, Any]) -> Record:
        """Set figures of a balance and return the whole balance. `ApiError` 404 if the customer does not exist."""
        with self._store.transaction():
            return balances.set_balance(self._account_at("http://127.0.0.1", int(self._clock())), customer_id, figures)

    def snapshot(self) -> str:
        """Return all data as lines of JSON."""
        with self._store.transaction(writes=False):
            return snapshots.snapshot(self._store)

    def load(self, snapshot: bytes) -> None:
        """Replace all data with a snapshot. `ValueError` if the snapshot is invalid; then nothing is changed."""
        with self._store.transaction():
            snapshots.load(self._store, snapshot)
            self._lists.clear()
        self.deliveries.clear()

    def reset(self) -> None:
        """Remove all data."""
        with self._store.transaction():
            self._store.reset()
            self._lists.clear()
        self.deliveries.clear()
        self.in_flight.clear()

    def _account_at(self, origin: str, moment: int) -> Account:
        return Account(
            store=self._store,
            now=moment,
            origin=origin,
            tokens=self._tokens,
            renderers=RENDERERS,
            settings=self._settings,
            actor=BY_THE_SERVICE,
            listeners=LISTENERS,
            send=self.deliveries.send,
        )

    def _record_outcome(self, posting: Posting, outcome: Outcome) -> None:
        with self._store.transaction():
            record_outcome(self._account_at("", posting.at), posting, outcome)

    def _respond(self, exchange: Exchange) -> Response:
        request, path = exchange.request, exchange.path
        if exchange.caller is None:
            return self._respond_to_link(request, path)
        if self._stored_responses and (first := self._stored_responses.find(exchange)):
            exchange.is_replay = True
            return first
        # Read the request before locking the store, so that the lock is held for the records only.
        call = self._call(exchange)
        if prepare := PREPARATIONS.get(call.operation.name):
            call = prepare(call)
        while True:
            with self._store.transaction(writes=request.method not in ("GET", "HEAD")):
                if self._store.next_task(call.now) is None:
                    if _needs_known_path(call):
                        call.check_path()
                    if call.operation.action == "update":
                        self.in_flight.lock(exchange, call.operation.record_type, call.ids["id"])
                    if _asks_for_pdf(request, call):  # 3.22
                        return record_pdf(call, call.operation.record_type, call.record())
                    result = _execute(replace(call, body=body_of(call.operation, call.body)))
                    break
            self.run_due_tasks(call.origin)
        if isinstance(result, ApiError):
            raise result
        return json_response(result.status or call.operation.status, result.body, result.headers)

    def _respond_to_link(self, request: Request, path: str) -> Response:
        account = self._account_at(origin(request), int(self._clock()))
        if path.startswith(files.PREFIX):
            return files.respond(account, request, path)
        self.run_due_tasks(account.origin)
        with self._store.transaction(writes=False):
            return links.respond(account, request, path)

    def _call(self, exchange: Exchange) -> Call:
        """Return the call that a request makes, whose body is not validated yet. `ApiError` if it cannot be made."""
        request = exchange.request
        operation, ids = route(request.method, exchange.path)
        query = pairs(request.query_string)
        body = form(request) if exchange.json is None else exchange.json
        return Call(
            store=self._store,
            now=int(self._clock()),
            operation=operation,
            ids=ids,
            query=query_of(operation, lenient(operation, query)),
            body=known_in_body(operation, body),
            origin=origin(request),
            path=exchange.path,
            upload=_upload(request),
            pairs=query,
            lists=self._lists,
            tokens=self._tokens,
            renderers=RENDERERS,
            settings=self._settings,
            listeners=LISTENERS,
            send=self.deliveries.send,
            documented_responses=self._documented_responses,
        )


def _upload(request: Request) -> Upload | None:
    """Return the file of a form."""
    file = request.files.get("file") if request.mimetype == "multipart/form-data" else None
    return Upload(request.form.get("filename") or file.filename or "file", file.read()) if file else None


def _behaviour_of(call: Call) -> Behaviour:
    return BEHAVIOURS.get(call.operation.record_type, Behaviour())


def _needs_known_path(call: Call) -> bool:
    behaviour = _behaviour_of(call)
    return not behaviour.creates_on_update and call.operation.name not in behaviour.find_record_themselves


def _asks_for_pdf(request: Request, call: Call) -> bool:
    """Return whether a request is for the PDF of a record. Other resources have none, and respond with JSON."""
    accepts = "application/pdf" in request.accept_mimetypes.values()
    return accepts and call.operation.action == "retrieve" and has_pdf(call.operation.record_type)


def _execute(call: Call) -> Result | ApiError:
    """Return the result of a call, or an error that keeps the changes of the call."""
    behaviour = _behaviour_of(call)
    special = behaviour.operations.get(call.operation.name)
    try:
        return special(call) if special else ACTIONS[call.operation.action](call, behaviour)
    except ApiError as error:
        if not error.keeps_changes:
            raise
        return error
