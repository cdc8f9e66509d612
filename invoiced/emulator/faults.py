"""Rules for faults: which requests they strike, how often, and with what effect."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug import Request, Response

from invoiced.emulator import exact
from invoiced.emulator.answers import text_answer
from invoiced.emulator.changes import Changes, read_changes
from invoiced.emulator.delivery import Delivery
from invoiced.emulator.errors import ApiError
from invoiced.emulator.fault_schema import PARAMETERS, check_effects
from invoiced.emulator.patterns import Pattern


class Fault:
    """A rule by which requests fail: see `Emulator.fail`.

    Args:
        given: the members of the schema, checked and with their defaults.
        changes: what is made before the answer is sent.
    """

    needs_answer: bool
    """Whether the API carries out the request."""
    hits: int
    """How often it struck."""

    def __init__(self, given: Mapping[str, Any], changes: Changes) -> None:
        self._given = given
        self._pattern = _pattern(given["request"])
        self._query = {name: str(value) for name, value in given.get("query", {}).items()}
        self._passes: int = given["skip"]
        self._probability = float(given["probability"])
        self._status: int | None = given.get("status")
        self._headers: Mapping[str, str | None] = given.get("headers", {})
        self.delivery = Delivery(
            connection=given.get("connection"),
            latency=float(given.get("latency", 0)),
            drip=float(given.get("drip", 0)),
            drip_head=given.get("drip_head", False),
            cut=given.get("cut"),
        )
        self.changes = changes
        self.needs_answer = given["committed"] or (self._status is None and not self.delivery.is_silent)
        self.hits = 0

    def __repr__(self) -> str:
        return f"<Fault {self._pattern.text!r} hits={self.hits}>"

    def to_json(self) -> dict[str, Any]:
        """Return the rule as it was given, and its hits."""
        changes = {"changes": repr(self.changes)} if callable(self.changes) else {}
        return {**self._given, **changes, "hits": self.hits}

    def strikes(self, request: Request, path: str, chance: Callable[[], float]) -> bool:
        """Whether it strikes a request, which then counts."""
        if self.hits == self._given["times"] or not self._means(request, path):
            return False
        if self._passes:
            self._passes -= 1
            return False
        if self._probability < 1 and chance() >= self._probability:
            return False
        self.hits += 1
        return True

    def answer(self, true: Response | None) -> Response:
        """What is answered in place of the API's own answer; None when it has not been asked."""
        if self._status is not None or true is None:
            answer = self._written(self._status or 200)
        elif "body" in self._given:
            answer = self._written(true.status_code)
            answer.headers.extend((name, value) for name, value in true.headers if name not in answer.headers)
        else:
            answer = true
        for name, value in self._headers.items():
            answer.headers.pop(name, None)
            if value is not None:
                answer.headers[name] = value
        return answer

    def _means(self, request: Request, path: str) -> bool:
        return self._pattern.matches(request.method, path) and all(
            value in (request.args.getlist(name) or (["1"] if name == "page" else []))
            for name, value in self._query.items()
        )

    def _written(self, status: int) -> Response:
        body = self._given.get("body", "")
        if not isinstance(body, str):
            return text_answer(status, exact.written(body), "application/json")
        kind = "html" if body.lstrip().startswith("<") else "plain"
        return text_answer(status, body, f"text/{kind}; charset=utf-8" if body else None)


class Faults:
    """The rules in the order in which they were added. With a `seed`, chance repeats itself."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self.reset()

    def add(self, given: Mapping[str, Any]) -> Fault:
        """`given` are the members of the schema, or a function for `changes`. `ApiError` when they make no rule."""
        changes = given.get("changes")
        known = {**given, "changes": []} if callable(changes) else given
        checked = PARAMETERS.checked({name: _plain(value) for name, value in known.items()})
        check_effects(checked)
        fault = Fault(checked, changes if callable(changes) else read_changes(checked.get("changes", ())))
        with self._lock:
            self._rules.append(fault)
        return fault

    def strike(self, request: Request, path: str) -> Fault | None:
        """The first rule that strikes a request. Those behind it do not see the request."""
        with self._lock:
            return next((rule for rule in self._rules if rule.strikes(request, path, self._chance)), None)

    def rules(self) -> list[Fault]:
        """The rules, in order."""
        with self._lock:
            return list(self._rules)

    def clear(self) -> None:
        """Remove the rules."""
        with self._lock:
            self._rules.clear()

    def reset(self) -> None:
        """Remove the rules; chance begins again."""
        with self._lock:
            self._rules: list[Fault] = []
            self._chance = random.Random(self._seed).random


def _pattern(text: str) -> Pattern:
    try:
        return Pattern.read(text)
    except ValueError as error:
        raise ApiError(400, f"request: {error}", "request") from None


def _plain(argument: Any) -> Any:
    """Mappings as dicts, tuples as lists: what a schema knows."""
    if isinstance(argument, Mapping):
        return {name: _plain(value) for name, value in argument.items()}
    return list(map(_plain, argument)) if isinstance(argument, list | tuple) else argument
