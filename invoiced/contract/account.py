"""The account that a contract uses, and the records that the contract makes there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar
from urllib.parse import urlencode

from invoiced import Client, InvoicedError
from invoiced.contract.facts import NotCheckedError
from invoiced.contract.received import Received, parse
from invoiced.contract.wire import RequestRefusedError, Wire

SceneT = TypeVar("SceneT")

UNRELATED = {402, 403, 429, 501, 502, 503, 504}
"""Statuses that show nothing about a fact: the account or the key lacks a permission, or the service is not ready."""

KINDS = {"customers": "customer", "contacts": "contact", "invoices": "invoice"}
"""The records that a contract makes: the last segment of their path, and their `object`."""

FOUND_BY_MARKER = {"customers", "invoices"}
"""Kinds whose lists can be filtered by metadata. Contacts are deleted with their customer."""


class Account(AbstractContextManager["Account"]):
    """An account of the sandbox or of an emulator. At the end of a `with` block, what was made there is deleted.

    Ctrl-C ends the block, but not the deletions; a second Ctrl-C ends these, too.

    Args:
        client: client of the account, whose session sends its requests over `wire`.
        wire: the connections of the client.
    """

    def __init__(self, client: Client, wire: Wire) -> None:
        self.token = secrets.token_hex(4)
        self.marker = f"contract {self.token}"
        self._client, self._wire = client, wire
        self._once = client.with_options(max_retries=0)
        self._scenes: dict[Callable[[Account], Any], Any] = {}
        self._made: dict[str, None] = {}
        self._uncertain: set[str] = set()

    @property
    def left(self) -> list[str]:
        """Paths of the records that were made and not deleted."""
        return [*self._made]

    @property
    def uncertain(self) -> list[str]:
        """Kinds of records of which one may have been made without a response that contains its ID."""
        return sorted(self._uncertain)

    def check_key(self) -> None:
        """Send a request, to check the API key.

        Raises:
            InvoicedError: the request failed, for example because the key is wrong.
        """
        self._once.request("GET", "customers", "per_page=1")

    def scene(self, play: Callable[[Account], SceneT]) -> SceneT:
        """Return what a function returns, or raise what it raises, and call it only once for all facts."""
        if play not in self._scenes:
            try:
                self._scenes[play] = play(self)
            except Exception as error:
                self._scenes[play] = error
        result = self._scenes[play]
        if isinstance(result, Exception):
            raise result
        return result  # type: ignore[no-any-return]

    def get(self, path: str, query: Mapping[str, object] | None = None, **headers: str | None) -> Received:
        """Send a GET request. Underscores in the names of headers are hyphens, and a header of None is removed."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("GET", path, urlencode(query or {}), headers=named)

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | str | None = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        content: bytes | None = None,
    ) -> Received:
        """Send a request once, whatever the client thinks of it, and return the response with any status.

        Args:
            method: HTTP method.
            path: path.
            params: encoded query of a GET request, or the JSON body of another request.
            key: idempotency key.
            headers: headers that replace those of the client; a header of None is removed.
            content: a body that replaces that of the client.

        Raises:
            NotCheckedError: the response shows nothing, none arrived, or all remaining requests are required for
                deletions.
        """
        kind = path.rpartition("/")[2] if method == "POST" else ""
        # A record that is made requires a deletion; without a response, it requires a search before.
        required = 1 + len(self._made) + 2 * len(self._uncertain | ({kind} & KINDS.keys()))
        if self._wire.remaining < required:
            raise NotCheckedError("no request was left")
        was_uncertain = kind in self._uncertain  # an earlier response was lost
        if kind in FOUND_BY_MARKER:
            self._uncertain.add(kind)  # until a response arrives
        with self._wire.changing(headers or {}, content):
            received = self._receive(self._once, method, path, params, key)
        self._record(method, path, received)
        if received.status < 500 and isinstance(received.body, dict) and not was_uncertain:
            self._uncertain.discard(kind)
        if received.status in UNRELATED:
            raise NotCheckedError(str(received))
        return received

    def create(self, path: str, fields: Mapping[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """Create a record and return it.

        Raises:
            NotCheckedError: it was not created.
        """
        received = self.send("POST", path, fields, key=key)
        if received.status != 201:
            raise NotCheckedError(f"POST /{path.partition('/')[0]} failed: {received}")
        return received.record

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        try:
            self._delete_all()
        except KeyboardInterrupt:
            if not interrupted:
                self._delete_all()
            raise

    def _receive(self, client: Client, method: str, path: str, params: Any, key: str | None) -> Received:
        try:
            response = client.request(method, path, params, idempotency_key=key, accept="*/*")
        except InvoicedError as error:
            if error.status_code is None:
                raise NotCheckedError("no response arrived") from None
            return Received(error.status_code, error.headers, error.error)
        content = response.body or b""
        return Received(response.status_code, response.headers, parse(content), content.decode(errors="replace"))

    def _record(self, method: str, path: str, received: Received) -> None:
        """Remember a record that was created, and forget one that was deleted."""
        if method == "POST" and received.status in (200, 201) and isinstance(received.body, dict):
            kind = KINDS.get(path.rpartition("/")[2])
            if kind and received.body.get("object", kind) == kind and "id" in received.body:
                self._made[f"{path}/{received.body['id']}"] = None
        elif method == "DELETE" and received.status in (200, 204, 404):
            self._made.pop(path, None)

    def _delete_all(self) -> None:
        """Delete what was made, the newest first. What could not be deleted is in `left`."""
        with suppress(RequestRefusedError):
            for kind in self.uncertain:
                with suppress(NotCheckedError):
                    self._find_uncertain(kind)
            for path in reversed(self.left):
                with suppress(NotCheckedError):
                    self._record("DELETE", path, self._receive(self._client, "DELETE", path, None, None))

    def _find_uncertain(self, kind: str) -> None:
        """Find records that were made without a response, by their metadata."""
        query = urlencode({"metadata[contract]": self.token})
        received = self._receive(self._client, "GET", kind, query, None)
        if received.status == 200 and isinstance(received.body, list):
            mine = [record for record in received.body if self._is_marked(record)]
            self._made |= {f"{kind}/{record['id']}": None for record in mine}
            if len(mine) == len(received.body):  # otherwise the filter was ignored
                self._uncertain.discard(kind)

    def _is_marked(self, record: Any) -> bool:
        metadata = record.get("metadata") if isinstance(record, dict) else None
        return isinstance(metadata, dict) and metadata.get("contract") == self.token
