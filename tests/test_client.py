"""The client: requests, sessions, secrets and logging."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
import re
import traceback
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from unittest import mock

import pytest
import requests
import responses

import invoiced
from invoiced.replaced import REPLACED

URL = "https://api.invoiced.com"
KEY = "sk_0123456789abcdef"
KEY_IN_BASE64 = "c2tfMDEyMzQ1Njc4OWFiY2RlZjo="
FILTER: Any = {"email": "nancy@example.test"}


# Requests


def test_request_returns_a_named_tuple(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=[{"id": 1}], headers={"X-Total-Count": "1"})
    response = client.request("get", "invoices")
    assert isinstance(response, invoiced.Response)
    status_code, headers, body = response
    assert (status_code, headers["x-total-count"], body) == (200, "1", [{"id": 1}])


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_params_of_get_head_and_delete_become_the_query(
    method: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.add(method, f"{URL}/invoices", body="")
    client.request(method, ("invoices",), {"filter": {"paid": False}})
    assert api.calls[0].request.url == f"{URL}/invoices?filter%5Bpaid%5D=0"
    assert api.calls[0].request.body is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_params_of_post_put_and_patch_become_the_body(
    method: str, client: invoiced.Client, api: responses.RequestsMock
) -> None:
    api.add(method, f"{URL}/invoices", json={})
    client.request(method, ("invoices",), {"amount": Decimal("10.10"), "draft": True, "notes": None})
    assert api.calls[0].request.body == b'{"amount": 10.10, "draft": true, "notes": null}'


def test_an_encoded_query_is_sent_unchanged(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=[])
    client.request("GET", "invoices", "filter%5Bpaid%5D=0&page=2")
    assert api.calls[0].request.url == f"{URL}/invoices?filter%5Bpaid%5D=0&page=2"


def test_the_body_of_an_empty_response_is_none(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.delete(f"{URL}/invoices/1", status=204)
    assert client.request("DELETE", ("invoices", 1)) == (204, {"Content-Type": "text/plain"}, None)


def test_any_2xx_status_is_a_success(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.post(f"{URL}/invoices/1/void", status=202, json={"id": 1})
    assert client.request("POST", "invoices/1/void").status_code == 202


def test_the_expected_type_of_the_body_can_be_set(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/invoices", json=["a", "b"])
    assert client.request("GET", "invoices").body == ["a", "b"]
    with pytest.raises(invoiced.ApiError, match="Expected a JSON object"):
        client.request("GET", "invoices", expect=dict)


def test_amounts_can_be_parsed_as_decimals(api: responses.RequestsMock) -> None:
    api.get(f"{URL}/customers/1/balance", body='{"total_outstanding": 12345678901234567.89, "past_due": false}')
    client = invoiced.Client("key", parse_float=Decimal)
    balance = invoiced.Customer(client, 1).balance()
    assert balance.total_outstanding == Decimal("12345678901234567.89")
    assert json.loads(str(balance))["total_outstanding"] == 12345678901234567.89


@pytest.mark.parametrize("path", [("customers", ""), ("customers", ".."), "customers//contacts"])
def test_an_invalid_path_raises_an_error_before_anything_is_sent(path: Any, client: invoiced.Client) -> None:
    with responses.RequestsMock(), pytest.raises(ValueError, match="is not a valid ID or path segment"):
        client.request("DELETE", path)


# Sessions


def test_a_client_has_a_single_session(client: invoiced.Client) -> None:
    assert client.Customer._client is client
    assert isinstance(client._session._session, requests.Session)


def test_a_with_block_closes_the_session_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[requests.Session] = []
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    with invoiced.Client("key") as client:
        assert closed == []
    assert closed == [client._session._session]


def test_a_users_session_is_used_and_not_closed(monkeypatch: pytest.MonkeyPatch, api: responses.RequestsMock) -> None:
    received: list[requests.Response] = []
    closed: list[requests.Session] = []
    session = requests.Session()
    session.hooks["response"].append(lambda response, **_: received.append(response))
    session.headers["X-Team"] = "billing"
    monkeypatch.setattr(requests.Session, "close", lambda session: closed.append(session))
    api.get(f"{URL}/customers", json=[])
    with invoiced.Client("key", session=session) as client:
        client.Customer.list()
    assert len(received) == 1
    assert api.calls[0].request.headers["X-Team"] == "billing"
    assert closed == []


def test_threads_can_share_a_client(client: invoiced.Client, api: responses.RequestsMock) -> None:
    for number in range(64):
        api.get(f"{URL}/customers/{number}", json={"id": number, "object": "customer"})
    with ThreadPoolExecutor(16) as pool:
        customers = pool.map(client.Customer.retrieve, range(64))
        assert [customer.id for customer in customers] == list(range(64))


def test_a_hook_that_calls_raise_for_status_does_not_change_the_errors(
    api: responses.RequestsMock, waits: list[float]
) -> None:
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


# Attributes


OLDER_CLASS_ATTRIBUTES = sorted({*REPLACED} - {"api_key", "api_url", "sandbox"})


@pytest.mark.parametrize("name", [*REPLACED, "apikey", "customer", "max_bodies"])
def test_setting_an_attribute_that_has_no_effect_raises_an_error(name: str, client: invoiced.Client) -> None:
    expected = f"use invoiced.Client({REPLACED[name]})" if name in REPLACED else "it is not declared"
    with pytest.raises(AttributeError, match=re.escape(f"{name} of a Client cannot be set: {expected}.")):
        setattr(client, name, "value")
    assert name not in vars(client)
    with pytest.raises(AttributeError):
        setattr(client.with_options(max_retries=0), name, "value")


def test_reading_an_attribute_of_the_older_client_raises_an_error_that_says_what_replaces_it(client: Any) -> None:
    for name in {*REPLACED} - {"api_url"}:
        with pytest.raises(AttributeError, match=re.escape(f"Use invoiced.Client({REPLACED[name]}).")):
            getattr(client, name)


def test_the_maximum_size_of_a_body_can_be_set(client: invoiced.Client, api: responses.RequestsMock) -> None:
    api.get(f"{URL}/customers/1", json={"id": 1, "name": "x" * 100})
    client.max_body = 50
    with pytest.raises(invoiced.ApiError, match="larger than 50 bytes"):
        client.Customer.retrieve(1)


def test_tests_can_replace_collections_and_methods(client: invoiced.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with mock.patch.object(client, "Customer") as customers:
        assert client.Customer is customers
    assert isinstance(client.Customer, invoiced.Customers)
    with mock.patch.object(client, "request") as request:
        client.request("GET", "customers")
    assert request.call_count == 1
    assert "request" not in vars(client)
    monkeypatch.setattr(client, "Invoice", "replaced")
    assert client.Invoice == "replaced"  # type: ignore[comparison-overlap]


def test_a_subclass_can_set_the_attributes_that_it_declares() -> None:
    class Tenant(invoiced.Client):
        name: str
        plan = "basic"

    tenant: Any = Tenant(KEY)
    tenant.name, tenant.plan, tenant._cache = "Acme", "gold", {}
    assert (tenant.name, tenant.plan, tenant.with_options(max_retries=0).plan) == ("Acme", "gold", "gold")
    with pytest.raises(AttributeError, match="nmae of a Client cannot be set"):
        tenant.nmae = "Acme"


@pytest.mark.parametrize("name", OLDER_CLASS_ATTRIBUTES)
def test_a_client_whose_class_has_an_attribute_of_the_older_client_cannot_be_created(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = re.escape(f"{name} has no effect any more. Remove it, and use Client({REPLACED[name]}).")
    subclass = type("OwnClient", (invoiced.Client,), {name: "value"})
    for cls in (subclass, type("Derived", (subclass,), {})):
        with pytest.raises(TypeError, match=rf"^{cls.__name__}\.{problem}$"):
            cls(KEY)
    monkeypatch.setattr(invoiced.Client, name, "value", raising=False)
    with pytest.raises(TypeError, match=rf"^Client\.{problem}$"):
        invoiced.Client(KEY)
    monkeypatch.undo()
    assert invoiced.Client(KEY).api_url == URL


# Secrets


def secrets_in(text: str | bytes) -> bool:
    text = text if isinstance(text, str) else text.decode("latin-1")
    return KEY in text or KEY_IN_BASE64 in text or KEY_IN_BASE64.rstrip("=") in text


def test_no_repr_contains_the_key() -> None:
    client = invoiced.Client(KEY)
    customer = invoiced.Customer(client, 1)
    shown = [client, vars(client), client.Customer, customer, customer.contacts(), customer.__getstate__()]
    shown += [client._session, vars(client._session), client._session._session]
    assert not secrets_in("".join(map(repr, shown)))
    assert repr(client) == "<Client https://api.invoiced.com>"


def test_the_error_of_setting_a_key_does_not_contain_the_key(client: Any) -> None:
    def set_key(keys: list[str]) -> None:
        client.api_key = keys.pop()

    with pytest.raises(AttributeError) as caught:
        set_key([KEY])
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "__setattr__" in "".join(shown.format())
    assert not secrets_in("".join(shown.format()))


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_pickling_or_copying_a_client_raises_an_error(duplicate: Any) -> None:
    with pytest.raises(TypeError, match="contains an API key"):
        duplicate(invoiced.Client(KEY))


def test_no_pickle_contains_the_key(api: responses.RequestsMock) -> None:
    api.get(f"{URL}/customers/1", json={"id": 1, "payment_source": {"id": 2, "object": "card"}})
    customer = invoiced.Client(KEY).Customer.retrieve(1)
    assert customer.payment_source is not None
    assert not secrets_in(pickle.dumps(customer))
    assert not secrets_in(pickle.dumps(customer.payment_source))


def everything_in(error: BaseException) -> str:
    """Return everything that a crash reporter could show: the chain of errors and their attributes."""
    found = "".join(traceback.format_exception(error))
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is not None:
            found += repr(current) + repr(vars(current)) + repr(current.args)
            request = getattr(current, "request", None)
            found += repr(getattr(request, "headers", None)) + str(getattr(request, "url", None))
            pending += [current.__cause__, current.__context__]
            pending += [arg for arg in current.args if isinstance(arg, BaseException)]
    return found


@pytest.mark.parametrize(
    "failure", [requests.ConnectionError("lost"), requests.ReadTimeout("late"), requests.ConnectTimeout("no route")]
)
def test_a_connection_error_contains_neither_the_key_nor_the_query(
    failure: Exception, api: responses.RequestsMock
) -> None:
    api.get(f"{URL}/customers", body=failure)
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, max_retries=0).Customer.list(filter=FILTER)
    found = everything_in(caught.value)
    assert not secrets_in(found)
    assert "nancy" not in found
    assert caught.value.__context__ is None


def test_an_adapters_own_error_class_is_supported(api: responses.RequestsMock) -> None:
    class Refused(requests.ConnectionError):
        def __init__(self, host: str, why: str) -> None:
            super().__init__(f"{host} {why}")

    api.get(f"{URL}/customers", body=Refused("host", "is asleep"))
    with pytest.raises(invoiced.ApiConnectionError, match="host is asleep"):
        invoiced.Client(KEY, max_retries=0).Customer.list()


def test_a_client_that_was_not_initialized_has_a_repr() -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        invoiced.Client(KEY, base_url="api.invoiced.test")
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "<Client None>" in "".join(shown.format())


def test_an_error_of_a_real_connection_contains_neither_the_key_nor_the_query() -> None:
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, base_url="http://127.0.0.1:1", max_retries=0).Customer.find(**FILTER)
    found = everything_in(caught.value)
    assert not secrets_in(found)
    assert "nancy" not in found


def test_no_frame_of_a_connection_error_contains_the_prepared_request() -> None:
    with pytest.raises(invoiced.ApiConnectionError) as caught:
        invoiced.Client(KEY, base_url="http://127.0.0.1:1", max_retries=0).Customer.list()
    cause = caught.value.__cause__
    assert isinstance(cause, requests.RequestException)
    assert cause.__traceback__ is None
    held = "".join(repr(frame.f_locals) for frame, _ in traceback.walk_tb(caught.value.__traceback__))
    assert not secrets_in(held.replace(repr(KEY), ""))


def test_each_attempt_is_logged_without_secrets(
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


def test_the_library_prints_nothing_and_adds_no_log_handler(
    client: invoiced.Client, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", out)
    api.get(f"{URL}/customers", json=[])
    client.Customer.list()
    assert out.getvalue() == ""
    assert logging.getLogger("invoiced").handlers == []


class AdapterWithoutBody(requests.adapters.BaseAdapter):
    """An adapter without sockets, whose responses have no raw stream."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.request, response.url = 204, request, str(request.url)
        return response

    def close(self) -> None:
        pass


def test_an_adapter_can_return_a_response_without_a_raw_stream() -> None:
    with requests.Session() as session:
        session.mount("https://", AdapterWithoutBody())
        invoiced.Customer(invoiced.Client(KEY, session=session), 1).delete()


def test_with_options_returns_a_client_with_the_same_account_and_other_limits(
    client: invoiced.Client, api: responses.RequestsMock, waits: list[float]
) -> None:
    api.get(f"{URL}/customers/1", status=503)
    impatient = client.with_options(max_retries=0, timeout=(3, 20), deadline=5)
    with pytest.raises(invoiced.ApiError):
        impatient.Customer.retrieve(1)
    assert waits == []
    with pytest.raises(invoiced.ApiError):
        client.Customer.retrieve(1)
    assert len(waits) == 2  # the limits of the client itself are unchanged
    assert impatient.api_url == client.api_url
    assert api.calls[0].request.headers["Authorization"] == api.calls[1].request.headers["Authorization"]


def test_with_options_keeps_the_limits_that_are_not_given(api: responses.RequestsMock, waits: list[float]) -> None:
    api.get(f"{URL}/customers/1", status=503)
    with invoiced.Client(KEY, max_retries=1) as client, pytest.raises(invoiced.ApiError):
        client.with_options(timeout=5).Customer.retrieve(1)
    assert len(waits) == 1


@pytest.mark.parametrize("limit", [{"max_retries": -1}, {"timeout": 0}, {"deadline": float("nan")}])
def test_with_options_rejects_invalid_limits(client: invoiced.Client, limit: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        client.with_options(**limit)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_missing_resource_raises_an_error_that_suggests_request(client: invoiced.Client) -> None:
    advice = r'For other endpoints, use client\.request\(\), as in client\.request\("GET", "payment_links"\)'
    for name in ("PaymentLink", "payment_links", "close_all"):
        with pytest.raises(AttributeError, match=f"Client has no attribute '{name}'. {advice}"):
            getattr(client, name)


@pytest.mark.parametrize("name", ["customer", "customers", "Customers", "CUSTOMER"])
def test_a_misspelt_collection_raises_an_error_that_suggests_the_correct_name(
    name: str, client: invoiced.Client
) -> None:
    with pytest.raises(
        AttributeError, match=rf"Client has no attribute '{name}'. Did you mean client\.Customer\?$"
    ) as caught:
        getattr(client, name)
    assert "Did you mean" in str(caught.value)
    assert "".join(traceback.format_exception(caught.value)).count("Did you mean") == 1
