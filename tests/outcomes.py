"""The outcome of each kind of request for each kind of fault: a table that tests/test_outcomes.py tests cell by cell.

`python tests/outcomes.py` writes it to docs/outcomes.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import requests
from waiting import PATIENCE, wait_until

import invoiced
import invoiced.client
from invoiced import deadline, retries, session
from invoiced.emulator import Emulator

PAGE = Path(__file__).parent.parent / "docs" / "outcomes.md"


class Verb(NamedTuple):
    """A kind of request: the pattern for its faults, the call, and how often the API processed it."""

    pattern: str
    call: Callable[[invoiced.Client], object]
    times_processed: Callable[[Emulator, invoiced.Client], int | None]


def _named(name: str) -> Callable[[Emulator, invoiced.Client], int]:
    return lambda _, client: client.Customer.list(filter={"name": name})[1].total_count or 0


VERBS: Mapping[str, Verb] = {
    "GET list": Verb("GET /customers", lambda client: client.Customer.list(), lambda *_: None),
    "GET record": Verb("GET /customers/*", lambda client: client.Customer.retrieve(1), lambda *_: None),
    "POST create": Verb("POST /customers", lambda client: client.Customer.create(name="New"), _named("New")),
    "POST emails": Verb(
        "POST /customers/*/emails",
        lambda client: invoiced.Customer(client, 1).send_statement(),
        lambda emulator, _: len(emulator.outbox),
    ),
    "PATCH": Verb(
        "PATCH /customers/*", lambda client: invoiced.Customer(client, 1).save(name="Changed"), _named("Changed")
    ),
    "DELETE": Verb(
        "DELETE /customers/*",
        lambda client: invoiced.Customer(client, 1).delete(),
        lambda emulator, client: 1 - (client.Customer.list()[1].total_count or 0),
    ),
}


class Clock:
    """The module `time`, as seen by the client, with a monotonic clock that can be advanced."""

    def __init__(self) -> None:
        self._offset = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def advance_to(self, moment: float) -> None:
        self._offset += moment - self.monotonic()


class _TestAdapter(invoiced.DeadlineAdapter):
    def __init__(self, emulator: Emulator, fault: Mapping[str, Any], clock: Clock) -> None:
        super().__init__()
        self._emulator, self._fault, self._clock = emulator, fault, clock


class ShortTimeout(_TestAdapter):
    """Adapter with a short timeout for each response that the fault delays, raised once the request was processed.

    Other responses have a long timeout, so that the outcome does not depend on the speed of the machine.
    """

    _attempts = 0

    def send(self, *args: Any, **options: Any) -> requests.Response:
        self._attempts += 1
        times = self._fault.get("times", 1)
        delayed = times is None or self._attempts <= times
        processed = "latency" in self._fault or "committed" in self._fault
        count = len(self._emulator.requests)
        try:
            return super().send(*args, **{**options, "timeout": (PATIENCE, 0.05 if delayed else PATIENCE)})
        except requests.Timeout:
            received, in_flight = self._emulator.requests, self._emulator._application.in_flight
            wait_until(lambda: [request for request in received[count:] if request.processed or not processed])
            wait_until(lambda: not in_flight.number)  # A customer is locked until the emulator notices the timeout.
            raise


class DeadlineDuringBody(_TestAdapter):
    """Adapter that advances the clock when the response headers have arrived: the deadline passes during the body.

    The deadline cannot pass before the request was processed, however slow the machine is.
    """

    def send(self, *args: Any, **options: Any) -> requests.Response:
        response = super().send(*args, **options)
        self._clock.advance_to(deadline.DEADLINE.get() - 0.1)
        return response


class Row(NamedTuple):
    """A fault, and the outcome for each kind of request.

    `faults` are the arguments of `Emulator.fail`, one dict per rule. `options` are those of the client. `adapter` is
    the class of its transport adapter.
    An outcome consists of the number of requests that reach the server, how often the server processes the request
    (writes only), and the result for the caller.
    """

    fault: str
    faults: Sequence[Mapping[str, Any]]
    outcomes: Sequence[str]
    options: Mapping[str, Any] = {}
    adapter: type[_TestAdapter] | None = None
    rolled_back: Sequence[str] = ()
    """Verbs whose outcome is unknown by the documentation, but which the service, as observed, has rolled back."""


def _row(
    fault: str,
    *faults: Mapping[str, Any],
    reads: str | Sequence[str],
    posts: str | Sequence[str],
    patch: str,
    delete: str,
    adapter: type[_TestAdapter] | None = None,
    rolled_back: Sequence[str] = (),
    **options: Any,
) -> Row:
    both = [[outcome] * 2 if isinstance(outcome, str) else outcome for outcome in (reads, posts)]
    return Row(fault, faults, [*both[0], *both[1], patch, delete], options, adapter, rolled_back)


def _unknown(error: str, processed: str, requests: int = 3) -> dict[str, str]:
    """Return the outcomes of a permanent fault after which it is unknown whether the request was processed."""
    return {
        "reads": f"{requests}, {error}",
        "posts": f"1, {processed}, {error}, unknown",
        "patch": f"{requests}, {processed}, {error}, unknown",
        "delete": f"{requests}, {processed}, {error}, unknown",
    }


def _once(error: str, processed: str) -> dict[str, str]:
    """Return the outcomes of a single fault after which it is unknown whether the request was processed."""
    return {"reads": "2, success", "posts": f"1, {processed}, {error}, unknown"} | dict.fromkeys(
        ("patch", "delete"), "2, once, success"
    )


def _refused(error: str) -> dict[str, str]:
    """Return the outcomes of a response that refuses the request."""
    return {"reads": f"1, {error}"} | dict.fromkeys(("posts", "patch", "delete"), f"1, never, {error}")


FIRST_ATTEMPT = {"reads": "1, success"} | dict.fromkeys(("posts", "patch", "delete"), "1, once, success")
SECOND_ATTEMPT = {"reads": "2, success"} | dict.fromkeys(("posts", "patch", "delete"), "2, once, success")
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html>502 Bad Gateway</html>"}
ALWAYS = {"times": None}
COMMITTED = {"committed": True}
IN_50_SECONDS = formatdate(time.time() + 50, usegmt=True)
BUSY = {"status": 429}
API_ERROR = {"type": "api_error", "message": "Internal error"}
LOCKED = {"type": "invalid_request", "message": "It is currently being updated by another process."}

ROWS: Sequence[Row] = [
    # Refused, so not processed: a retry is safe for any request.
    _row("429", BUSY, **SECOND_ATTEMPT),
    _row("429, `Retry-After` in seconds", {**BUSY, "headers": {"Retry-After": "1"}}, **SECOND_ATTEMPT),
    _row("429, `Retry-After` as a date", {**BUSY, "headers": {"Retry-After": IN_50_SECONDS}}, **SECOND_ATTEMPT),
    _row("429, `Retry-After` of a day", {**BUSY, "headers": {"Retry-After": "86400"}}, **_refused("RateLimitError")),
    _row(
        "429, always",
        {**BUSY, **ALWAYS},
        reads="3, RateLimitError",
        **dict.fromkeys(("posts", "patch", "delete"), "3, never, RateLimitError"),
    ),
    *(
        _row(f"{status}", {"status": status, "body": {"type": "invalid_request", "message": "No"}}, **_refused(error))
        for status, error in {
            400: "InvalidRequestError",
            401: "AuthenticationError",
            403: "PermissionDeniedError",
            404: "NotFoundError",
            409: "InvalidRequestError",
        }.items()
    ),
    _row(
        "400, another process is changing the record",
        {"status": 400, "body": LOCKED},
        reads="1, ConcurrentUpdateError",
        posts="1, never, ConcurrentUpdateError",
        patch="2, once, success",
        delete="1, never, ConcurrentUpdateError",
    ),
    # The API redirected, which the client never follows, or failed. It is unknown whether it processed the request.
    _row(
        "302 to another host",
        {"status": 302, "headers": {"Location": "http://evil.invalid/"}},
        reads="1, ApiError",
        **dict.fromkeys(("posts", "patch", "delete"), "1, never, ApiError, unknown"),
    ),
    _row(
        "500 of the API", {"status": 500, "body": API_ERROR}, **_once("ApiError", "never"), rolled_back=["POST create"]
    ),
    _row(
        "500 of the API, always",
        {"status": 500, "body": API_ERROR, **ALWAYS},
        **_unknown("ApiError", "never"),
        rolled_back=["POST create"],
    ),
    _row(
        "500, no message",
        {"status": 500, "body": {"type": "api"}},
        **_once("ApiError", "never"),
        rolled_back=["POST create"],
    ),
    _row("500, a JSON list", {"status": 500, "body": ["No"]}, **_once("ApiError", "never")),
    _row("502, HTML", {"status": 502, **HTML}, **_once("ApiError", "never")),
    _row("503, empty", {"status": 503}, **_once("ApiError", "never")),
    _row("504 after processing", {"status": 504, **COMMITTED}, **_once("ApiError", "once")),
    _row(
        "504, JSON of a proxy, after processing",
        {"status": 504, "body": {"type": "about:blank", "title": "Gateway Timeout"}, **COMMITTED},
        **_once("ApiError", "once"),
    ),
    _row("502, always", {"status": 502, **HTML, **ALWAYS}, **_unknown("ApiError", "never")),
    _row("502 after processing, always", {"status": 502, **COMMITTED, **ALWAYS}, **_unknown("ApiError", "once")),
    # No response arrives.
    *(
        row
        for fault, name in {"reset": "connection reset", "close": "connection closed without a response"}.items()
        for row in (
            _row(name, {"connection": fault}, **_once("ApiConnectionError", "never")),
            _row(f"{name} after processing", {"connection": fault, **COMMITTED}, **_once("ApiConnectionError", "once")),
            _row(f"{name}, always", {"connection": fault, **ALWAYS}, **_unknown("ApiConnectionError", "never")),
            _row(
                f"{name} after processing, always",
                {"connection": fault, **COMMITTED, **ALWAYS},
                **_unknown("ApiConnectionError", "once"),
            ),
        )
    ),
    _row("no response", {"connection": "hang"}, **_once("ApiTimeoutError", "never"), adapter=ShortTimeout),
    _row(
        "no response after processing",
        {"connection": "hang", **COMMITTED},
        **_once("ApiTimeoutError", "once"),
        adapter=ShortTimeout,
    ),
    _row(
        "no response, always",
        {"connection": "hang", **ALWAYS},
        **_unknown("ApiTimeoutError", "never"),
        adapter=ShortTimeout,
    ),
    _row("response after the timeout", {"latency": 60}, **_once("ApiTimeoutError", "once"), adapter=ShortTimeout),
    _row(
        "slow response, incomplete at the deadline",
        {"drip": 60, "status": 200, "body": {"id": 1}, **COMMITTED},
        **_unknown("ApiTimeoutError", "once", requests=1),
        adapter=DeadlineDuringBody,
        deadline=3600,
    ),
    # The response is invalid.
    _row(
        "truncated response",
        {"cut": 1, "status": 200, "body": {"id": 1}, **COMMITTED},
        **_once("ApiConnectionError", "once"),
    ),
    _row(
        "200, HTML",
        {"status": 200, **HTML, **COMMITTED},
        reads="1, ApiError",
        **dict.fromkeys(("posts", "patch", "delete"), "1, once, ApiError, unknown"),
    ),
    _row(
        "200, empty",
        {"status": 200, **COMMITTED},
        reads="1, ApiError",
        **dict.fromkeys(("posts", "patch"), "1, once, ApiError, unknown"),
        delete="1, once, success",
    ),
    _row(
        "200, an empty JSON list",
        {"status": 200, "body": [], **COMMITTED},
        reads=["1, success", "1, ApiError"],
        posts=["1, once, ApiError, unknown", "1, once, success"],
        patch="1, once, ApiError, unknown",
        delete="1, once, success",
    ),
    # The response is unusual or slow, but valid.
    _row("wrong content type", {"headers": {"Content-Type": "text/html"}}, **FIRST_ATTEMPT),
    _row(
        "a `Link` to another host", {"headers": {"Link": '<http://evil.invalid/?page=2>; rel="next"'}}, **FIRST_ATTEMPT
    ),
    _row(
        "a `Link` to itself",
        {"headers": {"Link": '</customers>; rel="self", </customers>; rel="next"'}},
        **FIRST_ATTEMPT,
    ),
    _row("a malformed `Link`", {"headers": {"Link": '<<;,"'}}, **FIRST_ATTEMPT),
    _row("slow response, within the timeout", {"latency": 0.05}, **FIRST_ATTEMPT),
    _row("slow response, within the deadline", {"drip": 0.0001}, **FIRST_ATTEMPT, deadline=60),
    # Two faults, one after the other.
    _row(
        "429, then connection reset after processing",
        BUSY,
        {"connection": "reset", **COMMITTED},
        reads="3, success",
        posts="2, once, ApiConnectionError, unknown",
        patch="3, once, success",
        delete="3, once, success",
    ),
    _row(
        "connection reset after processing, then 429 always",
        {"connection": "reset", **COMMITTED},
        {**BUSY, **ALWAYS},
        reads="3, RateLimitError",
        posts="1, once, ApiConnectionError, unknown",
        patch="3, once, RateLimitError, unknown",
        delete="3, once, RateLimitError, unknown",
    ),
    _row(
        "connection reset, then 400",
        {"connection": "reset"},
        {"status": 400},
        reads="2, InvalidRequestError",
        posts="1, never, ApiConnectionError, unknown",
        patch="2, never, InvalidRequestError, unknown",
        delete="2, never, InvalidRequestError, unknown",
    ),
]


def _client(emulator: Emulator, row: Row, clock: Clock) -> invoiced.Client:
    if row.adapter is None:
        return invoiced.Client("key", base_url=emulator.url, **row.options)
    session = requests.Session()
    session.mount("http://", row.adapter(emulator, row.faults[0], clock))
    return invoiced.Client("key", base_url=emulator.url, session=session, **row.options)


class Outcome(NamedTuple):
    """An outcome, as it is written in the table, and whether the error says that everything was rolled back."""

    text: str
    rolled_back: bool


def observe(verb: Verb, row: Row, *, idempotency: bool) -> Outcome:
    """Return the outcome of a request to an API that honors the Idempotency-Key of a retry, or ignores it."""
    clock, rolled_back = Clock(), False
    # With documented responses, a statement that is sent twice is not dropped.
    with Emulator(idempotency=idempotency, documented_responses=not idempotency) as emulator, ExitStack() as stack:
        for module in (invoiced.client, deadline, retries, session):
            stack.enter_context(patch.object(module, "time", clock))
        client = stack.enter_context(_client(emulator, row, clock))
        witness = stack.enter_context(invoiced.Client("key", base_url=emulator.url))
        witness.Customer.create(name="Acme", email="billing@acmecorp.com")
        before = len(emulator.requests)
        for fault in row.faults:
            emulator.fail(verb.pattern, **fault)
        try:
            verb.call(client)
            result = "success"
        except invoiced.InvoicedError as error:
            result, rolled_back = type(error).__name__, error.outcome_unknown and error.rolled_back
            if error.method not in ("GET", "") and error.outcome_unknown:
                result += ", unknown"
        requests = len(emulator.requests) - before
        emulator.clear_faults()
        count = verb.times_processed(emulator, witness)
    times = [] if count is None else [{0: "never", 1: "once"}.get(count, f"{count} times")]
    return Outcome(", ".join([str(requests), *times, result]), rolled_back)


def page() -> str:
    """Return the page of the documentation that contains the table."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition("| fault |")
    rolled_back = "rolled back, if the service is as observed"
    lines = [["fault", *VERBS, rolled_back], ["---"] * (len(VERBS) + 2)]
    lines += [[row.fault, *row.outcomes, ", ".join(row.rolled_back) or "-"] for row in ROWS]
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
