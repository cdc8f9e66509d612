"""Error responses of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An error response with a `status` and a human-readable `message`.

    `param` names the invalid parameter, if there is exactly one.
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
        """Return the body of the response."""
        body = {"type": "api" if self.status >= 500 else "invalid_request", "message": self.message}
        return body if self.param is None else {**body, "param": self.param}


def not_found(record_type: str, record_id: int | str) -> ApiError:
    """Return the 404 error for a record of a type such as "customer". Text IDs are quoted."""
    return ApiError(404, f"No such {record_type.replace('_', ' ')}: {record_id!r}")
