"""Fault rules: which requests they match, how often they are applied, and their effects."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any

from werkzeug import Request, Response

from invoiced.emulator.errors import ApiError
from invoiced.emulator.faults.changes import Changes, parse_changes
from invoiced.emulator.faults.fault_schema import EFFECTS, PARAMETERS, check_effects
from invoiced.emulator.protocol.delivery import Delivery
from invoiced.emulator.protocol.responses import text_response
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.patterns import Pattern


class Fault:
    """A rule that makes requests fail: see `Emulator.fail`.

    Args:
        parameters: the validated members of the schema, with defaults.
        changes: changes made before the response is sent.
    """

    needs_response: bool
    """Whether the API processes the request."""
    hits: int
    """How often the rule was applied."""
    number: int
    """Number of the rule, which no other has."""

    def __init__(self, parameters: Mapping[str, Any], changes: Changes, number: int = 0) -> None:
        self._parameters = parameters
        self.number = number
        self._pattern = _pattern(parameters["request"])
        self._query = {name: str(value) for name, value in parameters.get("query", {}).items()}
        self._remaining_skips: int = parameters["skip"]
        self._probability = float(parameters["probability"])
        self._status: int | None = parameters.get("status")
        self._headers: Mapping[str, str | None] = parameters.get("headers", {})
        self.delivery = Delivery(
            connection=parameters.get("connection"),
            latency=float(parameters.get("latency", 0)),
            drip=float(parameters.get("drip", 0)),
            drip_head=parameters.get("drip_head", False),
            cut=parameters.get("cut"),
        )
        self.changes = changes
        self.needs_response = parameters["committed"] or (self._status is None and not self.delivery.is_silent)
        self.hits = 0

    def __repr__(self) -> str:
        return f"<Fault {self._pattern.text!r} hits={self.hits}>"

    def __str__(self) -> str:
        effects = (f"{name} {value}" for name, value in self.to_json().items() if name in EFFECTS)
        return f"{self._pattern.text}: {', '.join(effects)}"

    def to_json(self) -> dict[str, Any]:
        """Return the rule's arguments and its hits."""
        changes = {"changes": repr(self.changes)} if callable(self.changes) else {}
        return {**self._parameters, **changes, "hits": self.hits}

    def applies(self, request: Request, path: str, random_number: Callable[[], float]) -> bool:
        """Return whether the rule is applied to a request, and count the request."""
        if self.hits == self._parameters["times"] or not self._matches(request, path):
            return False
        if self._remaining_skips:
            self._remaining_skips -= 1
            return False
        if self._probability < 1 and random_number() >= self._probability:
            return False
        self.hits += 1
        return True

    def respond(self, api_response: Response | None) -> Response:
        """Return the response to send. `api_response` is None if the API did not process the request."""
        if self._status is not None or api_response is None:
            response = self._build_response(self._status or 200)
        elif "body" in self._parameters:
            response = self._build_response(api_response.status_code)
            response.headers.extend(
                (name, value) for name, value in api_response.headers if name not in response.headers
            )
        else:
            response = api_response
        for name, value in self._headers.items():
            response.headers.pop(name, None)
            if value is not None:
                response.headers[name] = value
        return response

    def _matches(self, request: Request, path: str) -> bool:
        return self._pattern.matches(request.method, path) and all(
            value in (request.args.getlist(name) or (["1"] if name == "page" else []))
            for name, value in self._query.items()
        )

    def _build_response(self, status: int) -> Response:
        body = self._parameters.get("body", "")
        if not isinstance(body, str):
            return text_response(status, exact_json.dumps(body), "application/json")
        kind = "html" if body.lstrip().startswith("<") else "plain"
        return text_response(status, body, f"text/{kind}; charset=utf-8" if body else None)


class Faults:
    """The rules, in the order in which they were added. With a `seed`, probabilities are repeatable."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._rules: list[Fault] = []
        self.reset()

    def add(self, parameters: Mapping[str, Any]) -> Fault:
        """Add a rule from members of the schema, or with a function for `changes`. `ApiError` if it is invalid."""
        changes = parameters.get("changes")
        parameters = {**parameters, "changes": []} if callable(changes) else parameters
        checked = PARAMETERS.validate({name: _to_json_types(value) for name, value in parameters.items()})
        check_effects(checked)
        changes = changes if callable(changes) else parse_changes(checked.get("changes", ()))
        fault = Fault(checked, changes, next(self._numbers))
        with self._lock:
            self._rules.append(fault)
        return fault

    def apply(self, request: Request, path: str) -> Fault | None:
        """Return the first rule that is applied to a request. Later rules do not count the request."""
        with self._lock:
            return next((rule for rule in self._rules if rule.applies(request, path, self._random_number)), None)

    def rules(self) -> list[Fault]:
        """Return the rules, in order."""
        with self._lock:
            return list(self._rules)

    def remove(self, number: int) -> None:
        """Remove the rule with a number, if it is still there."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule.number != number]

    def clear(self) -> None:
        """Remove all rules."""
        with self._lock:
            self._rules.clear()

    def reset(self) -> None:
        """Remove all rules and restart the sequence of probabilities."""
        with self._lock:
            self._rules = []
            self._random_number = random.Random(self._seed).random


def _pattern(text: str) -> Pattern:
    try:
        return Pattern.parse(text)
    except ValueError as error:
        raise ApiError(400, f"request: {error}", "request") from None


def _to_json_types(argument: Any) -> Any:
    """Convert mappings to dicts and tuples to lists, as the schema requires."""
    if isinstance(argument, Mapping):
        return {name: _to_json_types(value) for name, value in argument.items()}
    return list(map(_to_json_types, argument)) if isinstance(argument, list | tuple) else argument
