"""Bodies of requests: JSON, or a form. Other bodies are not read."""

from __future__ import annotations

from typing import Any

from werkzeug import Request

from invoiced.emulator.errors import ApiError, MalformedJsonError
from invoiced.emulator.values import exact_json
from invoiced.emulator.values.brackets import pairs, parse_nested


def sent_json(request: Request) -> dict[str, Any] | None:
    """Return the parameters of a JSON body, or None if the body is not JSON. `ApiError` if the JSON is malformed.

    JSON is recognized by its Content-Type only. The items of a list are named by their indexes, and a single value is
    ignored.
    """
    body = request.get_data()
    if request.mimetype != "application/json" or not body:
        return None
    try:
        sent = exact_json.loads_received(body)
    except ValueError as error:
        raise MalformedJsonError(f"The body is not valid JSON: {error}.") from None
    if isinstance(sent, list):
        return {str(index): value for index, value in enumerate(sent)}
    return sent if isinstance(sent, dict) else {}


def form(request: Request) -> dict[str, Any]:
    """Return the parameters of a form, as text. `ApiError` if they are invalid."""
    if request.mimetype == "multipart/form-data" and request.method == "POST":
        return parse_nested([*request.form.items(multi=True)])
    if request.mimetype != "application/x-www-form-urlencoded":
        return {}
    return parse_nested(pairs(request.get_data()))


def json_object(text: bytes) -> dict[str, Any]:
    """Return the JSON object of a request to the emulator itself. `ApiError` if the body is not an object."""
    try:
        parameters = exact_json.loads_received(text)
    except ValueError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.") from None
    if not isinstance(parameters, dict):
        raise ApiError(400, "The body must be a JSON object.")
    return parameters
