"""What comes of each kind of request under each kind of fault: the table that tests/test_outcomes.py runs cell by cell.

`python tests/outcomes.py` writes it into docs/outcomes.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any, NamedTuple

import requests
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator

PAGE = Path(__file__).parent.parent / "docs" / "outcomes.md"


class Verb(NamedTuple):
    """A kind of request: the pattern of its faults, the call, and how often it was carried out."""

    pattern: str
    call: Callable[[invoiced.Client], object]
    applied: Callable[[Emulator, invoiced.Client], int | None]


def _named(name: str) -> Callable[[Emulator, invoiced.Client], int]:
    return lambda _, client: client.Customer.list(filter={"name": name})[1].total_count or 0


VERBS: Mapping[str, Verb] = {
    "GET list": Verb("GET /customers", lambda client: client.Customer.list(), lambda *_: None),
    "GET one": Verb("GET /customers/*", lambda client: client.Customer.retrieve(1), lambda *_: None),
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


class Row(NamedTuple):
    """A fault, how often it strikes, and what comes of it, by kind of request.

    `faults` are the arguments of `Emulator.fail`, one rule after the other; `options` those of the client, or
    `impatient`: it gives up on each answer that a fault holds back.
    An outcome is the number of requests that reach the server, how often the server carried it out (writes only), and
    what the caller gets.
    """

    fault: str
    faults: Sequence[Mapping[str, Any]]
    outcomes: Sequence[str]
    options: Mapping[str, Any] = {}


def _row(
    fault: str,
    *faults: Mapping[str, Any],
    reads: str | Sequence[str],
    posts: str | Sequence[str],
    patch: str,
    delete: str,
    **options: Any,
) -> Row:
    both = [[outcome] * 2 if isinstance(outcome, str) else outcome for outcome in (reads, posts)]
    return Row(fault, faults, [*both[0], *both[1], patch, delete], options)


def _unknown(error: str, applied: str, requests: int = 3) -> dict[str, str]:
    """Outcomes of a fault that never ends, and tells nothing of what became of the request."""
    return {
        "reads": f"{requests}, {error}",
        "posts": f"1, {applied}, {error}, unknown",
        "patch": f"{requests}, {applied}, {error}, unknown",
        "delete": f"{requests}, {applied}, {error}, unknown",
    }


def _once(error: str, applied: str) -> dict[str, str]:
    """Outcomes of a fault that strikes once, and tells nothing of what became of the request."""
    return {"reads": "2, answer", "posts": f"1, {applied}, {error}, unknown"} | dict.fromkeys(
        ("patch", "delete"), "2, once, answer"
    )


def _refused(error: str) -> dict[str, str]:
    return {"reads": f"1, {error}"} | dict.fromkeys(("posts", "patch", "delete"), f"1, never, {error}")


AT_ONCE = {"reads": "1, answer"} | dict.fromkeys(("posts", "patch", "delete"), "1, once, answer")
LATER = {"reads": "2, answer"} | dict.fromkeys(("posts", "patch", "delete"), "2, once, answer")
HTML = {"headers": {"Content-Type": "text/html"}, "body": "<html>502 Bad Gateway</html>"}
IMPATIENT = {"impatient": True}
ALWAYS = {"times": None}
COMMITTED = {"committed": True}
IN_A_WHILE = formatdate(time.time() + 50, usegmt=True)
BUSY = {"status": 429}

ROWS: Sequence[Row] = [
    # Refused: nothing was carried out, so that any request may be repeated.
    _row("429", BUSY, **LATER),
    _row("429, `Retry-After` in seconds", {**BUSY, "headers": {"Retry-After": "1"}}, **LATER),
    _row("429, `Retry-After` as a date", {**BUSY, "headers": {"Retry-After": IN_A_WHILE}}, **LATER),
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
    # The API redirected, which is never followed, or failed: whether it carried the request out is unknown.
    _row(
        "302 to another host",
        {"status": 302, "headers": {"Location": "http://evil.invalid/"}},
        reads="1, ApiError",
        **dict.fromkeys(("posts", "patch", "delete"), "1, never, ApiError, unknown"),
    ),
    _row("500, no message", {"status": 500, "body": {"type": "api"}}, **_once("ApiError", "never")),
    _row("500, a JSON list", {"status": 500, "body": ["No"]}, **_once("ApiError", "never")),
    _row("502, HTML", {"status": 502, **HTML}, **_once("ApiError", "never")),
    _row("503, empty", {"status": 503}, **_once("ApiError", "never")),
    _row("504 after it was carried out", {"status": 504, **COMMITTED}, **_once("ApiError", "once")),
    _row("502, always", {"status": 502, **HTML, **ALWAYS}, **_unknown("ApiError", "never")),
    _row(
        "502 after it was carried out, always", {"status": 502, **COMMITTED, **ALWAYS}, **_unknown("ApiError", "once")
    ),
    # No answer arrives.
    *(
        row
        for fault, name in {"reset": "connection reset", "close": "connection closed without an answer"}.items()
        for row in (
            _row(name, {"connection": fault}, **_once("ApiConnectionError", "never")),
            _row(
                f"{name} after it was carried out",
                {"connection": fault, **COMMITTED},
                **_once("ApiConnectionError", "once"),
            ),
            _row(f"{name}, always", {"connection": fault, **ALWAYS}, **_unknown("ApiConnectionError", "never")),
            _row(
                f"{name} after it was carried out, always",
                {"connection": fault, **COMMITTED, **ALWAYS},
                **_unknown("ApiConnectionError", "once"),
            ),
        )
    ),
    _row("an answer that never comes", {"connection": "hang"}, **_once("ApiTimeoutError", "never"), **IMPATIENT),
    _row(
        "an answer that never comes, after it was carried out",
        {"connection": "hang", **COMMITTED},
        **_once("ApiTimeoutError", "once"),
        **IMPATIENT,
    ),
    _row(
        "an answer that never comes, always",
        {"connection": "hang", **ALWAYS},
        **_unknown("ApiTimeoutError", "never"),
        **IMPATIENT,
    ),
    _row("an answer that comes too late", {"latency": 5}, **_once("ApiTimeoutError", "once"), **IMPATIENT),
    _row(
        "an answer that drips beyond the deadline",
        {"drip": 0.05, "status": 200, "body": {"id": 1}, **COMMITTED},
        **_unknown("ApiTimeoutError", "once", requests=1),
        deadline=0.4,
    ),
    # An answer arrives that cannot be read.
    _row(
        "an answer cut short",
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
        delete="1, once, answer",
    ),
    _row(
        "200, an empty JSON list",
        {"status": 200, "body": [], **COMMITTED},
        reads=["1, answer", "1, ApiError"],
        posts=["1, once, ApiError, unknown", "1, once, answer"],
        patch="1, once, ApiError, unknown",
        delete="1, once, answer",
    ),
    # An answer arrives that is odd, or late, and right.
    _row("wrong content type", {"headers": {"Content-Type": "text/html"}}, **AT_ONCE),
    _row("a `Link` to another host", {"headers": {"Link": '<http://evil.invalid/?page=2>; rel="next"'}}, **AT_ONCE),
    _row("a `Link` to itself", {"headers": {"Link": '</customers>; rel="self", </customers>; rel="next"'}}, **AT_ONCE),
    _row("a malformed `Link`", {"headers": {"Link": '<<;,"'}}, **AT_ONCE),
    _row("an answer that is late, but in time", {"latency": 0.05}, **AT_ONCE),
    _row("an answer that drips, but in time", {"drip": 0.0001}, **AT_ONCE, deadline=60),
    # One after the other.
    _row(
        "429, then connection reset after it was carried out",
        BUSY,
        {"connection": "reset", **COMMITTED},
        reads="3, answer",
        posts="2, once, ApiConnectionError, unknown",
        patch="3, once, answer",
        delete="3, once, answer",
    ),
    _row(
        "connection reset after it was carried out, then 429 always",
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


class Impatient(invoiced.DeadlineAdapter):
    """Gives up on an answer that the fault holds back, once the emulator has dealt with the request; on no other.

    So the outcome does not depend on the speed of the machine.
    """

    def __init__(self, emulator: Emulator, fault: Mapping[str, Any]) -> None:
        super().__init__()
        self._emulator, self._attempts = emulator, 0
        self._strikes = fault.get("times", 1)
        self._carried_out = "latency" in fault or "committed" in fault

    def send(self, *args: Any, **options: Any) -> requests.Response:
        self._attempts += 1
        held_back = self._strikes is None or self._attempts <= self._strikes
        answered = len(self._emulator.requests)
        try:
            return super().send(*args, **{**options, "timeout": (5, 0.05 if held_back else 60)})
        except requests.Timeout:
            came = self._emulator.requests
            wait_until(lambda: [one for one in came[answered:] if one.carried_out or not self._carried_out])
            raise


def _client(emulator: Emulator, row: Row) -> invoiced.Client:
    if not row.options.get("impatient"):
        return invoiced.Client("key", base_url=emulator.url, **row.options)
    session = requests.Session()
    session.mount("http://", Impatient(emulator, row.faults[0]))
    return invoiced.Client("key", base_url=emulator.url, session=session)


def observed(verb: Verb, row: Row) -> str:
    """What came of it, in the words of the table. A repeat is not recognised by its Idempotency-Key."""
    with Emulator(idempotency=False) as emulator:
        with _client(emulator, row) as client:
            with invoiced.Client("key", base_url=emulator.url) as witness:
                witness.Customer.create(name="Acme", email="billing@acmecorp.com")
                before = len(emulator.requests)
                for fault in row.faults:
                    emulator.fail(verb.pattern, **fault)
                try:
                    verb.call(client)
                    result = "answer"
                except invoiced.InvoicedError as error:
                    result = type(error).__name__
                    if error.method not in ("GET", "") and error.outcome_unknown:
                        result += ", unknown"
                requests = len(emulator.requests) - before
                emulator.clear_faults()
                applied = verb.applied(emulator, witness)
    times = [] if applied is None else [{0: "never", 1: "once"}.get(applied, f"{applied} times")]
    return ", ".join([str(requests), *times, result])


def page() -> str:
    """The table as a page of the documentation."""
    head, _, _ = PAGE.read_text(encoding="utf-8").partition("| fault |")
    lines = [["fault", *VERBS], ["---"] * (len(VERBS) + 1), *([row.fault, *row.outcomes] for row in ROWS)]
    return head + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
