"""Error responses of the API."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An error response with a `status` and a human-readable `message`.

    `param` is what is invalid: a parameter of the body, `query` or `request`. It is None if the API names nothing.
    A call that ends with an error changes nothing, unless the error `keeps_changes`, as that of a declined charge.
    """

    def __init__(self, status: int, message: str, param: str | None = None, *, keeps_changes: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.keeps_changes = keeps_changes

    @property
    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        kind = "rate_limit_error" if self.status == 429 else "api_error" if self.status >= 500 else "invalid_request"
        body = {"type": kind, "message": self.message}
        return body if self.param is None else {**body, "param": self.param}


class MalformedJsonError(ApiError):
    """The error response to a body that is not valid JSON. It comes before the API itself, and has no type."""

    def __init__(self, message: str) -> None:
        super().__init__(400, message)

    @property
    def body(self) -> dict[str, Any]:
        """Return the body of the response."""
        return {"message": self.message}


def not_found(record_type: str, record_id: int | str) -> ApiError:
    """Return the 404 error for a record of a type such as "customer"."""
    return ApiError(404, f"{record_type.replace('_', ' ').capitalize()} was not found: {record_id}")
