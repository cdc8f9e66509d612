"""Which answer becomes which error, and what the errors tell."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
import responses

import invoiced
from invoiced import errors

URL = "https://api.invoiced.com/customers"


@pytest.fixture
def client() -> invoiced.Client:
    return invoiced.Client("key", max_retries=0)


def create(client: invoiced.Client, api: responses.RequestsMock, **answer: Any) -> invoiced.InvoicedError:
    """The error of a create that got this answer."""
    api.post(URL, **answer)
    with pytest.raises(invoiced.InvoicedError) as caught:
        client.Customer.create(name="Acme", idempotency_key="key-1")
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
def test_each_status_has_its_class(
    status: int, expected: type, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, json={"type": "api", "message": "Sorry."})
    assert type(error) is expected
    assert error.status_code == status
    assert error.message == "Sorry."
    assert error.request_sent is True


def test_the_tree_of_errors_is_that_of_the_documentation() -> None:
    def tree(cls: type) -> dict[str, Any]:
        return {below.__name__: tree(below) for below in cls.__subclasses__()}

    assert tree(invoiced.InvoicedError) == {
        "ApiConnectionError": {"ApiTimeoutError": {}},
        "ApiError": {},
        "AuthenticationError": {},
        "InvalidRequestError": {"NotFoundError": {}, "MultipleFoundError": {}, "PermissionDeniedError": {}},
        "RateLimitError": {},
    }
    assert invoiced.ErrorBase is invoiced.InvoicedError


def test_an_error_carries_all_that_the_api_said(client: invoiced.Client, api: responses.RequestsMock) -> None:
    body = {"type": "invalid_request", "message": "Number is taken.", "param": "number", "more": [1]}
    error = create(client, api, status=400, json=body, headers={"X-Request-Id": "7"})
    assert (error.message, error.type, error.param) == ("Number is taken.", "invalid_request", "number")
    assert error.error == body
    assert error.headers["x-request-id"] == "7"
    assert error.idempotency_key == "key-1"
    assert str(error) == "POST /customers was answered 400: Number is taken (parameter number)."


@pytest.mark.parametrize(
    "answer",
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
def test_a_body_without_a_message_still_gives_a_message(
    answer: Any, status: int, reason: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, **answer)
    assert type(error) is (invoiced.ApiError if status == 502 else invoiced.InvalidRequestError)
    assert reason in error.message
    assert str(error).startswith(f"POST /customers was answered {status}: {reason}")
    assert error.type is None
    assert error.param is None


def test_the_body_is_kept_as_text_where_it_is_not_json(client: invoiced.Client, api: responses.RequestsMock) -> None:
    assert create(client, api, status=502, body="<h1>Sorry</h1>").error == "<h1>Sorry</h1>"
    assert create(client, api, status=502, body="").error is None


@pytest.mark.parametrize("message", ["It is busy", "It is busy."])
def test_what_an_error_says_reads_as_sentences(message: str) -> None:
    known = {"method": "POST", "path": "/customers", "status_code": 502, "request_sent": True}
    assert str(invoiced.ApiError(message, **known)) == (
        "POST /customers was answered 502: It is busy. It may have been carried out: look before you repeat it."
    )
    assert str(invoiced.NotFoundError(message, method="GET", path="/customers/1")) == "GET /customers/1: It is busy."
    assert str(invoiced.ApiError(message)) == message


def test_the_older_name_of_the_base_is_where_it_was() -> None:
    assert invoiced.errors.ErrorBase is invoiced.ErrorBase is invoiced.InvoicedError


def test_a_redirect_is_not_followed(client: invoiced.Client, api: responses.RequestsMock) -> None:
    error = create(client, api, status=302, headers={"Location": "https://elsewhere.test/"})
    assert "redirect" in str(error)
    assert len(api.calls) == 1


@pytest.mark.parametrize("body", ["<html>Sign in to the hotel's network</html>", "", "{", "[]", "1", "null"])
@pytest.mark.parametrize("status", [200, 201])
def test_an_answer_that_is_no_record_where_one_is_due_is_an_error(
    body: str, status: int, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=status, body=body, content_type="text/html")
    assert type(error) is invoiced.ApiError
    assert "JSON" in str(error)
    assert (error.status_code, error.request_sent) == (status, True)


@pytest.mark.parametrize("body", ["{}", "[1]", "null", "", "<html>"])
def test_an_answer_that_is_no_list_where_one_is_due_is_an_error(
    body: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.get(URL, body=body)
    with pytest.raises(invoiced.ApiError, match="JSON"):
        client.Customer.list()


def test_a_write_that_failed_at_the_server_may_have_been_carried_out(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=500, body="")
    assert error.outcome_unknown
    assert "It may have been carried out: look before you repeat it (Idempotency-Key key-1)." in str(error)


def test_a_write_that_was_refused_was_not_carried_out(client: invoiced.Client, api: responses.RequestsMock) -> None:
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
def test_the_wait_that_the_api_asks_for_is_read_in_both_forms(
    headers: dict[str, str], seconds: float | None, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    error = create(client, api, status=429, headers=headers, json={"message": "Slow down."})
    assert isinstance(error, invoiced.RateLimitError)
    assert error.retry_after == seconds


def test_a_date_is_compared_with_the_clock_of_this_machine(
    client: invoiced.Client, api: responses.RequestsMock
) -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    error = create(client, api, status=429, headers={"Retry-After": date})
    assert error.retry_after is not None
    assert 3000 < error.retry_after <= 3600


def test_a_retry_after_that_is_a_date_counts_from_the_date_of_the_answer_whatever_clock_this_machine_has() -> None:
    headers = {"Date": "Sat, 08 Nov 2014 00:02:08 GMT", "Retry-After": "Sat, 08 Nov 2014 00:02:38 GMT"}
    assert invoiced.RateLimitError(headers=headers).retry_after == 30


def all_errors() -> list[type[invoiced.InvoicedError]]:
    return [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, invoiced.InvoicedError)
    ]


@pytest.mark.parametrize("cls", all_errors())
def test_every_error_survives_pickling_with_all_it_carries(cls: type[invoiced.InvoicedError]) -> None:
    error = cls(
        "Sorry.",
        method="POST",
        path="/customers",
        status_code=429,
        type="api",
        param="name",
        error={"a": [1]},
        headers={"Retry-After": "3"},
        idempotency_key="key-1",
        request_sent=None,
    )
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_an_error_of_a_real_answer_survives_pickling(client: invoiced.Client, api: responses.RequestsMock) -> None:
    error = create(client, api, status=400, json={"message": "No."}, headers={"X-Request-Id": "7"})
    again = pickle.loads(pickle.dumps(error))
    assert again.headers["x-request-id"] == "7"
    assert again.error == {"message": "No."}
