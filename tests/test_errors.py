"""The errors: their classes, attributes and messages."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

import invoiced
from invoiced import errors

ROOT = Path(__file__).parent.parent

URL = "https://api.invoiced.com/customers"


@pytest.fixture
def client() -> invoiced.Client:
    return invoiced.Client("key", max_retries=0)


def create(client: invoiced.Client, api: responses.RequestsMock, **response: Any) -> invoiced.InvoicedError:
    """Return the error of a create that receives this response."""
    api.post(URL, **response)
    with pytest.raises(invoiced.InvoicedError) as caught:
        client.Customer.create(name="Acme", idempotency_key="key-001")
    return caught.value


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (301, invoiced.ApiError),
        (307, invoiced.ApiError),
        (308, invoiced.ApiError),
        (400, invoiced.InvalidRequestError),
        (401, invoiced.AuthenticationError),
        (402, invoiced.InvalidRequestError),
        (403, invoiced.PermissionDeniedError),
        (404, invoiced.NotFoundError),
        (405, invoiced.InvalidRequestError),
        (409, invoiced.InvalidRequestError),
        (418, invoiced.InvalidRequestError),
        (422, invoiced.InvalidRequestError),
        (429, invoiced.RateLimitError),
        (500, invoiced.ApiError),
        (502, invoiced.ApiError),
        (503, invoiced.ApiError),
        (599, invoiced.ApiError),
    ],
)
def test_each_status_raises_its_error_class(
    status: int, expected: type, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, json={"type": "api", "message": "Sorry."})
    assert type(error) is expected
    assert error.status_code == status
    assert error.message == "Sorry."
    assert error.request_sent is True


def test_the_error_classes_have_the_documented_hierarchy() -> None:
    def tree(cls: type) -> dict[str, Any]:
        return {below.__name__: tree(below) for below in cls.__subclasses__()}

    assert tree(invoiced.InvoicedError) == {
        "ApiConnectionError": {"ApiTimeoutError": {}},
        "ApiError": {},
        "AuthenticationError": {},
        "InvalidRequestError": {
            "ConcurrentUpdateError": {},
            "NotFoundError": {},
            "MultipleFoundError": {},
            "PermissionDeniedError": {},
        },
        "ListChangedError": {},
        "RateLimitError": {},
    }
    assert invoiced.ErrorBase is invoiced.InvoicedError


def test_an_error_contains_the_details_of_the_response(client: invoiced.Client, api: responses.RequestsMock) -> None:
    body = {"type": "invalid_request", "message": "Number is taken.", "param": "number", "more": [1]}
    error = create(client, api, status=400, json=body, headers={"X-Request-Id": "7"})
    assert (error.message, error.type, error.param) == ("Number is taken.", "invalid_request", "number")
    assert error.error == body
    assert error.headers["x-request-id"] == "7"
    assert error.idempotency_key == "key-001"
    assert str(error) == "POST /customers failed with status 400: Number is taken (parameter number)."


@pytest.mark.parametrize(
    "response",
    [
        {"body": ""},
        {"body": "<html><h1>Bad Gateway</h1></html>", "content_type": "text/html"},
        {"body": "[1, 2]", "content_type": "application/json"},
        {"body": "null", "content_type": "application/json"},
        {"body": '"text"', "content_type": "application/json"},
        {"body": "{}", "content_type": "application/json"},
        {"body": '{"message": null, "type": null, "param": null}', "content_type": "application/json"},
        {"body": '{"message": " "}', "content_type": "application/json"},
        {"body": '{"message": "cut sho', "content_type": "application/json"},
        {"body": b"\xff\xfe\x00", "content_type": "application/json"},
    ],
)
@pytest.mark.parametrize(("status", "reason"), [(400, "Bad Request"), (502, "Bad Gateway")])
def test_a_body_without_a_message_gets_a_message_from_the_status(
    response: Any, status: int, reason: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, **response)
    assert type(error) is (invoiced.ApiError if status == 502 else invoiced.InvalidRequestError)
    assert reason in error.message
    assert str(error).startswith(f"POST /customers failed with status {status}: {reason}")
    assert error.type is None
    assert error.param is None


def test_a_body_that_is_not_json_is_kept_as_text(client: invoiced.Client, api: responses.RequestsMock) -> None:
    assert create(client, api, status=502, body="<h1>Sorry</h1>").error == "<h1>Sorry</h1>"
    assert create(client, api, status=502, body="").error is None


@pytest.mark.parametrize("message", ["It is busy", "It is busy."])
def test_error_messages_are_sentences(message: str) -> None:
    known = {"method": "POST", "path": "/customers", "status_code": 502, "request_sent": True}
    assert str(invoiced.ApiError(message, **known)) == (
        "POST /customers failed with status 502: It is busy. It may have been processed. Check before retrying."
    )
    assert str(invoiced.NotFoundError(message, method="GET", path="/customers/1")) == "GET /customers/1: It is busy."
    assert str(invoiced.ApiError(message)) == message


def test_the_old_name_of_the_base_class_still_works() -> None:
    assert invoiced.errors.ErrorBase is invoiced.ErrorBase is invoiced.InvoicedError


def test_a_redirect_is_not_followed(client: invoiced.Client, api: responses.RequestsMock) -> None:
    error = create(client, api, status=302, headers={"Location": "https://elsewhere.test/"})
    assert "redirect" in str(error)
    assert len(api.calls) == 1


@pytest.mark.parametrize("body", ["<html>Sign in to the hotel's network</html>", "", "{", "[]", "1", "null"])
@pytest.mark.parametrize("status", [200, 201])
def test_a_response_that_is_not_a_record_raises_an_error_if_a_record_is_expected(
    body: str, status: int, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, body=body, content_type="text/html")
    assert type(error) is invoiced.ApiError
    assert "JSON" in str(error)
    assert (error.status_code, error.request_sent) == (status, True)


@pytest.mark.parametrize(
    ("body", "received"),
    [("<html>", "a response of type text/html"), ("[]", "a response of type text/html"), ("", "an empty response")],
)
def test_the_error_of_an_unexpected_body_names_what_was_received(
    body: str, received: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/1", body=body, content_type="text/html")
    with pytest.raises(invoiced.ApiError, match=rf"Expected .*JSON.*, got {received}\. Did it come from the API\?"):
        client.Customer.retrieve(1)


@pytest.mark.parametrize("id", ["CUST-00001", "15444a"])
def test_the_404_of_an_id_that_may_be_a_number_suggests_find(
    id: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/{id}", status=404, json={"message": "No such customer."})
    with pytest.raises(invoiced.NotFoundError) as caught:
        client.Customer.retrieve(id)
    assert str(caught.value) == (
        f"GET /customers/{id} failed with status 404: No such customer. "
        f"To find one by number, use client.Customer.find(number='{id}')."
    )


@pytest.mark.parametrize("id", [15444, "15444"])
def test_the_404_of_a_numeric_id_suggests_nothing(
    id: int | str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/15444", status=404, json={"message": "No such customer."})
    with pytest.raises(invoiced.NotFoundError) as caught:
        client.Customer.retrieve(id)
    assert str(caught.value) == "GET /customers/15444 failed with status 404: No such customer."


@pytest.mark.parametrize("body", ["{}", "[1]", "null", "", "<html>"])
def test_a_response_that_is_not_a_list_raises_an_error_if_a_list_is_expected(
    body: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(URL, body=body)
    with pytest.raises(invoiced.ApiError, match="JSON"):
        client.Customer.list()


def test_a_create_that_failed_on_the_server_may_have_been_processed(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=500, body="")
    assert error.outcome_unknown
    assert "It may have been processed. Check before retrying (Idempotency-Key key-001)." in str(error)


def test_a_create_that_was_rejected_was_not_processed(client: invoiced.Client, api: responses.RequestsMock) -> None:
    error = create(client, api, status=400, json={"message": "No."})
    assert not error.outcome_unknown
    assert "may have been" not in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "120, 120"}, 120.0),
        ({"Retry-After": "12 monkeys"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Fri, 13 Foo 2026"}, None),
        ({"Retry-After": "Fri, 31 Dec 99999 23:59:59 GMT"}, None),
        ({"Retry-After": "Sun, 22 Nov 2020 10:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_parsed_in_both_formats(
    headers: dict[str, str], seconds: float | None, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=429, headers=headers, json={"message": "Slow down."})
    assert isinstance(error, invoiced.RateLimitError)
    assert error.retry_after == seconds


def test_a_retry_after_date_is_compared_with_the_local_clock(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    error = create(client, api, status=429, headers={"Retry-After": date})
    assert error.retry_after is not None
    assert 3000 < error.retry_after <= 3600


def test_a_retry_after_date_is_compared_with_the_date_of_the_response_if_available() -> None:
    headers = {"Date": "Sat, 08 Nov 2014 00:02:08 GMT", "Retry-After": "Sat, 08 Nov 2014 00:02:38 GMT"}
    assert invoiced.RateLimitError(headers=headers).retry_after == 30


def all_errors() -> list[type[invoiced.InvoicedError]]:
    return [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, invoiced.InvoicedError)
    ]


@pytest.mark.parametrize("cls", all_errors())
def test_every_error_can_be_pickled_with_its_attributes(cls: type[invoiced.InvoicedError]) -> None:
    error = cls(
        "Sorry.",
        method="POST",
        path="/customers",
        status_code=429,
        type="api",
        param="name",
        error={"a": [1]},
        headers={"Retry-After": "3"},
        idempotency_key="key-001",
        request_sent=None,
    )
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_an_error_of_a_real_response_can_be_pickled(client: invoiced.Client, api: responses.RequestsMock) -> None:
    error = create(client, api, status=400, json={"message": "No."}, headers={"X-Request-Id": "7"})
    again = pickle.loads(pickle.dumps(error))
    assert again.headers["x-request-id"] == "7"
    assert again.error == {"message": "No."}


@pytest.mark.parametrize(
    ("response", "reusable"),
    [
        ({"status": 500, "json": {"type": "api_error", "message": "Sorry."}}, False),
        ({"status": 400, "json": {"type": "invalid_request", "message": "No."}}, False),
        ({"status": 404, "json": {"type": "invalid_request", "message": "No."}}, False),
        ({"status": 401, "json": {"type": "invalid_request", "message": "No."}}, True),
        ({"status": 402, "json": {"type": "invalid_request", "message": "No."}}, True),
        ({"status": 429, "json": {"type": "rate_limit_error", "message": "No."}}, True),
        ({"status": 502, "body": "<html>Bad Gateway</html>"}, True),
        ({"status": 500, "json": {"message": "a proxy"}}, True),
        ({"status": 504, "json": {"type": "about:blank", "title": "Gateway Timeout"}}, True),
        ({"status": 302, "json": {"type": "about:blank"}}, True),
        ({"status": 201, "body": "<html>Welcome</html>"}, True),
        ({"body": requests.ConnectionError("lost")}, True),
    ],
)
def test_a_key_is_reusable_unless_the_api_itself_rejected_the_request(
    response: dict[str, Any], reusable: bool, api: responses.RequestsMock
) -> None:
    api.post("https://api.invoiced.com/customers", **response)
    with pytest.raises(invoiced.InvoicedError) as caught:
        invoiced.Client("key", max_retries=0).Customer.create(name="Acme")
    assert caught.value.idempotency_key_reusable is reusable


def test_an_error_of_the_api_itself_was_rolled_back_but_the_client_does_not_rely_on_it() -> None:
    def error(method: str, path: str, **attributes: Any) -> invoiced.ApiError:
        attributes = {"type": "api_error", "status_code": 500, "request_sent": True, **attributes}
        return invoiced.ApiError("Sorry.", method=method, path=path, **attributes)

    assert error("POST", "/customers").rolled_back
    assert error("PATCH", "/customers/1").rolled_back
    assert error("POST", "/customers").outcome_unknown
    assert not error("GET", "/customers").rolled_back
    assert not error("POST", "/customers/1/emails").rolled_back
    assert not error("POST", "/customers", type=None).rolled_back
    assert not error("PATCH", "/customers/1", unknown_before=True).rolled_back


def test_the_calls_that_are_not_rolled_back_are_those_of_the_description() -> None:
    import yaml

    paths = yaml.load((ROOT / "description" / "openapi.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["paths"]
    for path, calls in paths.items():
        for method, call in calls.items():
            if method in {"post", "put", "patch", "delete"}:
                error = invoiced.ApiError("", type="api_error", status_code=500, method=method.upper(), path=path)
                assert error.rolled_back is not call.get("x-no-transaction", False), (method, path)
