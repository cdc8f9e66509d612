"""The client: its one door, its secrets, its log."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import traceback
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

import invoiced

URL = "https://api.invoiced.com"
KEY = "sk_0123456789abcdef"
KEY_IN_BASE64 = "c2tfMDEyMzQ1Njc4OWFiY2RlZjo="
SOUGHT: Any = {"email": "nancy@example.test"}


# The door


def test_a_request_answers_a_named_tuple(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=[{"id": 1}], headers={"X-Total-Count": "1"})
    response = client.request("get", "invoices")
    assert isinstance(response, invoiced.Response)
    status_code, headers, body = response
    assert (status_code, headers["x-total-count"], body) == (200, "1", [{"id": 1}])


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_params_of_a_read_go_into_the_query(method: str, client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.add(method, f"{URL}/invoices", body="")
    client.request(method, ("invoices",), {"filter": {"paid": False}})
    assert api.calls[0].request.url == f"{URL}/invoices?filter%5Bpaid%5D=0"
    assert api.calls[0].request.body is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_params_of_a_write_go_into_the_body(method: str, client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.add(method, f"{URL}/invoices", json={})
    client.request(method, ("invoices",), {"amount": Decimal("10.10"), "draft": True, "notes": None})
    assert api.calls[0].request.body == b'{"amount": 10.10, "draft": true, "notes": null}'


def test_a_query_that_is_encoded_already_is_sent_as_it_is(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=[])
    client.request("GET", "invoices", "filter%5Bpaid%5D=0&page=2")
    assert api.calls[0].request.url == f"{URL}/invoices?filter%5Bpaid%5D=0&page=2"


def test_an_answer_without_a_body_has_none(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.delete(f"{URL}/invoices/1", status=204)
    assert client.request("DELETE", ("invoices", 1)) == (204, {"Content-Type": "text/plain"}, None)


def test_any_2xx_is_a_success(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/invoices/1/void", status=202, json={"id": 1})
    assert client.request("POST", "invoices/1/void").status_code == 202


def test_what_the_body_must_be_can_be_said(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=["a", "b"])
    assert client.request("GET", "invoices").body == ["a", "b"]
    with pytest.raises(invoiced.ApiError, match="A JSON object was due"):
        client.request("GET", "invoices", expect=dict)


def test_amounts_can_be_read_exactly(api: responses.RequestsMock) -> None:
    api.get(f"{URL}/customers/1/balance", body='{"total_outstanding": 12345678901234567.89, "past_due": false}')
    client = invoiced.Client("key", parse_float=Decimal)
    balance = invoiced.Customer(client, 1).balance()
    assert balance.total_outstanding == Decimal("12345678901234567.89")
    assert json.loads(str(balance))["total_outstanding"] == 12345678901234567.89


@pytest.mark.parametrize("path", [("customers", ""), ("customers", ".."), "customers//contacts"])
def test_a_bad_path_is_refused_before_anything_is_sent(path: Any, client: invoiced.Client) -> None:
    with responses.RequestsMock(), pytest.raises(ValueError, match="is not an id"):
        client.request("DELETE", path)


# The session


def test_the_connections_are_those_of_one_session(client: invoiced.Client) -> None:
    assert client.Customer._client is client
    assert isinstance(client._session._session, requests.Session)


def test_with_closes_the_session_that_the_client_made(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[requests.Session] = []
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    with invoiced.Client("key") as client:
        assert closed == []
    assert closed == [client._session._session]


def test_a_session_of_the_users_own_is_used_and_not_closed(
    monkeypatch: pytest.MonkeyPatch, api: responses.RequestsMock
) -> None:
    seen: list[requests.Response] = []
    closed: list[requests.Session] = []
    session = requests.Session()
    session.hooks["response"].append(lambda response, **_: seen.append(response))
    session.headers["X-Team"] = "billing"
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    api.get(f"{URL}/customers", json=[])
    with invoiced.Client("key", session=session) as client:
        client.Customer.list()
    assert len(seen) == 1
    assert api.calls[0].request.headers["X-Team"] == "billing"
    assert closed == []


def test_threads_may_share_a_client(client: invoiced.Client, api: responses.RequestsMock) -> None:
    for number in range(64):
        api.get(f"{URL}/customers/{number}", json={"id": number, "object": "customer"})
    with ThreadPoolExecutor(16) as pool:
        customers = pool.map(client.Customer.retrieve, range(64))
        assert [customer.id for customer in customers] == list(range(64))


def test_a_hook_that_raises_for_bad_statuses_changes_no_error(api: responses.RequestsMock, waits: list[float]) -> None:
    session = requests.Session()
    session.hooks["response"].append(lambda response, **_: response.raise_for_status())
    client = invoiced.Client("key", session=session)
    api.get(f"{URL}/customers/1", status=404, json={"message": "No such customer."})
    with pytest.raises(invoiced.NotFoundError, match=r"No such customer\."):
        client.Customer.retrieve(1)
    assert len(api.calls) == 1
    api.post(f"{URL}/customers", status=429)
    api.post(f"{URL}/customers", json={"id": 1})
    assert client.Customer.create(name="Acme").id == 1


# The secrets


def secrets_in(text: str | bytes) -> bool:
    text = text if isinstance(text, str) else text.decode("latin-1")
    return KEY in text or KEY_IN_BASE64 in text or KEY_IN_BASE64.rstrip("=") in text


def test_the_key_is_in_no_repr() -> None:
    client = invoiced.Client(KEY)
    customer = invoiced.Customer(client, 1)
    shown = [client, vars(client), client.Customer, customer, customer.contacts(), customer.__getstate__()]
    shown += [client._session, vars(client._session), client._session._session]
    assert not secrets_in("".join(map(repr, shown)))
    assert repr(client) == "<Client https://api.invoiced.com>"


@pytest.mark.parametrize("refuse", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_is_not_pickled_or_copied_and_says_why(refuse: Any) -> None:
    with pytest.raises(TypeError, match="holds an API key"):
        refuse(invoiced.Client(KEY))


def test_the_key_is_in_no_pickle(api: responses.RequestsMock) -> None:
    api.get(f"{URL}/customers/1", json={"id": 1, "payment_source": {"id": 2, "object": "card"}})
    customer = invoiced.Client(KEY).Customer.retrieve(1)
    assert customer.payment_source is not None
    assert not secrets_in(pickle.dumps(customer))
    assert not secrets_in(pickle.dumps(customer.payment_source))


def everything_in(error: BaseException) -> str:
    """All that a crash reporter could find: the chain of errors, and the attributes of each."""
    found = "".join(traceback.format_exception(error))
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None:
            found += repr(one) + repr(vars(one)) + repr(one.args)
            request = getattr(one, "request", None)
            found += repr(getattr(request, "headers", None)) + str(getattr(request, "url", None))
            pending += [one.__cause__, one.__context__, *(arg for arg in one.args if isinstance(arg, BaseException))]
    return found


@pytest.mark.parametrize(
    "failure", [requests.ConnectionError("lost"), requests.ReadTimeout("late"), requests.ConnectTimeout("no route")]
)
def test_neither_the_key_nor_a_query_is_in_an_error_without_an_answer(
    failure: Exception, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/customers", body=failure)
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, max_retries=0).Customer.list(filter=SOUGHT)
    found = everything_in(caught.value)
    assert not secrets_in(found)
    assert "nancy" not in found
    assert caught.value.__context__ is None


def test_an_error_class_of_an_adapters_own_is_no_obstacle(api: responses.RequestsMock) -> None:
    class Refused(requests.ConnectionError):
        def __init__(self, host: str, why: str) -> None:
            super().__init__(f"{host} {why}")

    api.get(f"{URL}/customers", body=Refused("host", "is asleep"))
    with pytest.raises(invoiced.ApiConnectionError, match="host is asleep"):
        invoiced.Client(KEY, max_retries=0).Customer.list()


def test_a_client_that_was_refused_can_still_be_shown() -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        invoiced.Client(KEY, base_url="http://api.invoiced.test")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "<Client None>" in "".join(shown.format())


def test_neither_is_in_an_error_of_a_real_connection() -> None:
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, base_url="http://127.0.0.1:1", max_retries=0).Customer.find(**SOUGHT)
    found = everything_in(caught.value)
    assert not secrets_in(found)
    assert "nancy" not in found


def test_no_frame_of_an_error_without_an_answer_holds_the_prepared_request() -> None:
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, base_url="http://127.0.0.1:1", max_retries=0).Customer.list()
    cause = caught.value.__cause__
    assert isinstance(cause, requests.RequestException)
    assert cause.__traceback__ is None
    held = "".join(repr(frame.f_locals) for frame, _ in traceback.walk_tb(caught.value.__traceback__))
    assert not secrets_in(held.replace(repr(KEY), ""))


def test_the_log_tells_each_attempt_and_no_secret(
    api: responses.RequestsMock, caplog: pytest.LogCaptureFixture, waits: list[float]
) -> None:
    caplog.set_level(logging.DEBUG, logger="invoiced")
    api.get(f"{URL}/customers", status=503, json={"message": "secret of the body"})
    api.get(f"{URL}/customers", json=[{"name": "secret of the body"}], headers={"X-Secret": "secret of a header"})
    invoiced.Client(KEY).Customer.list(filter={"email": "secret-of-the-query@example.test"})
    debug = [record for record in caplog.records if record.levelno == logging.DEBUG]
    assert [record.name for record in caplog.records] == ["invoiced"] * 3
    assert debug[0].getMessage().startswith("GET /customers: 503 in ")
    assert debug[0].getMessage().endswith(" ms, attempt 1")
    assert debug[1].getMessage().startswith("GET /customers: 200 in ")
    assert debug[1].getMessage().endswith(" ms, attempt 2")
    assert "secret" not in caplog.text
    assert not secrets_in(caplog.text)


def test_the_library_prints_nothing_and_adds_no_handler(
    client: invoiced.Client, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", out)
    api.get(f"{URL}/customers", json=[])
    client.Customer.list()
    assert out.getvalue() == ""
    assert logging.getLogger("invoiced").handlers == []


class Bodiless(requests.adapters.BaseAdapter):
    """Answers as adapters without sockets may: with a status, and nothing to read from."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 204, request, str(request.url)
        return answer

    def close(self) -> None:
        pass


def test_an_adapter_may_answer_without_anything_to_read_from() -> None:
    with requests.Session() as session:
        session.mount("https://", Bodiless())
        invoiced.Customer(invoiced.Client(KEY, session=session), 1).delete()


def test_with_options_is_the_same_account_over_the_same_connections_with_other_limits(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.get(f"{URL}/customers/1", status=503)
    hurried = client.with_options(max_retries=0, timeout=(3, 20), deadline=5)
    with pytest.raises(invoiced.ApiError):
        hurried.Customer.retrieve(1)
    assert waits == []
    with pytest.raises(invoiced.ApiError):
        client.Customer.retrieve(1)
    assert len(waits) == 2  # the client itself is as before
    assert hurried.api_url == client.api_url
    assert api.calls[0].request.headers["Authorization"] == api.calls[1].request.headers["Authorization"]


def test_with_options_keeps_the_limits_that_are_not_given(api: responses.RequestsMock, waits: list[float]) -> None:
    api.get(f"{URL}/customers/1", status=503)
    with invoiced.Client(KEY, max_retries=1) as client, pytest.raises(invoiced.ApiError):
        client.with_options(timeout=5).Customer.retrieve(1)
    assert len(waits) == 1


@pytest.mark.parametrize("limit", [{"max_retries": -1}, {"timeout": 0}, {"deadline": float("nan")}])
def test_with_options_refuses_limits_that_make_no_sense(client: invoiced.Client, limit: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        client.with_options(**limit)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_resource_that_is_not_there_yet_is_told_with_the_way_out(client: invoiced.Client) -> None:
    with pytest.raises(AttributeError, match=r"A Client has no 'Invoice'; request\(\) reaches what has no method yet"):
        client.Invoice  # type: ignore[attr-defined]  # noqa: B018
