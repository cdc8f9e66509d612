"""Responses as a contract sees them: with any status, and described without personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from invoiced import List
from invoiced.contract.facts import UnexpectedResponseError


@dataclass(frozen=True)
class Received:
    """A response with any status."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """Parsed JSON, text if it is not JSON, or None if it is empty."""
    text: str = ""
    """The body as it was sent, if the status is 2xx."""

    @property
    def type(self) -> Any:
        """The error type."""
        return self._field("type")

    @property
    def param(self) -> Any:
        """The invalid parameter."""
        return self._field("param")

    @property
    def record(self) -> dict[str, Any]:
        """The record of a successful response.

        Raises:
            UnexpectedResponseError: there is none.
        """
        if self.status >= 300 or not isinstance(self.body, dict):
            raise UnexpectedResponseError(str(self))
        return self.body

    @property
    def elements(self) -> list[Any]:
        """The elements of a successful response.

        Raises:
            UnexpectedResponseError: it is not a list.
        """
        if self.status >= 300 or not isinstance(self.body, list):
            raise UnexpectedResponseError(str(self))
        return self.body

    @property
    def ids(self) -> list[Any]:
        """The IDs of a list, in its order."""
        return [record["id"] for record in self.elements]

    @property
    def total_count(self) -> int:
        """The number of records on all pages."""
        return int(self.headers["X-Total-Count"])

    @property
    def links(self) -> dict[str, dict[str, str]]:
        """The query of each link, by relation and in order."""
        links = List.from_headers(self.headers, "").links
        return {
            relation: dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)) for relation, url in links.items()
        }

    def _field(self, name: str) -> Any:
        return self.body.get(name) if isinstance(self.body, dict) else None

    def __str__(self) -> str:
        """Describe the response by its status, error type, parameter and number of records, and by nothing else."""
        words = [f"status {self.status}"]
        words += [f"{name} {_word(self._field(name))}" for name in ("type", "param") if self.status >= 400]
        if isinstance(self.body, list):
            words.append(f"{len(self.body)} record{'' if len(self.body) == 1 else 's'}")
        return ", ".join(word for word in words if not word.endswith(" none"))


def parse(content: bytes) -> Any:
    """Return a parsed body, text if it is not JSON, or None if it is empty."""
    text = content.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _word(value: Any) -> str:
    """Return a word of the API's vocabulary; other values may contain data of the account."""
    if value is None:
        return "none"
    return value if isinstance(value, str) and re.fullmatch(r"[a-z_]{1,30}", value) else "of another kind"
