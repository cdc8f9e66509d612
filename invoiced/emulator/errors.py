"""How the API refuses a call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """A call is refused with `status`, and with `message`, a sentence for people.

    `param` names the parameter at fault, if it is just one.
    """

    def __init__(
        self, status: int, message: str, param: str | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        body = {"type": "api" if self.status >= 500 else "invalid_request", "message": self.message}
        return body if self.param is None else {**body, "param": self.param}


def no_such(record_type: str, record_id: int | str) -> ApiError:
    """The error that says so of a record, such as a "customer". An ID that is text is quoted."""
    return ApiError(404, f"No such {record_type.replace('_', ' ')}: {record_id!r}")
