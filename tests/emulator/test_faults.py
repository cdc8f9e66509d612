"""Fault rules: which requests they match and how often, the responses, and the records afterwards."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

HTML = "<html><h1>502 Bad Gateway</h1></html>"


def _names(api: requests.Session) -> list[str]:
    return [customer["name"] for customer in api.get("/customers?per_page=100").json()]


@pytest.mark.parametrize(
    ("fault", "status", "text", "content_type"),
    [
        ({"status": 503}, 503, "", None),
        ({"status": 599}, 599, "", None),
        ({"status": 502, "body": HTML}, 502, HTML, "text/html; charset=utf-8"),
        ({"status": 500, "body": "Oops"}, 500, "Oops", "text/plain; charset=utf-8"),
        ({"status": 500, "body": {"error": 1.5}}, 500, '{"error": 1.5}', "application/json"),
        ({"status": 500, "body": [1]}, 500, "[1]", "application/json"),
        ({"status": 200, "body": HTML, "headers": {"content-type": "application/json"}}, 200, HTML, "application/json"),
        ({"status": 200, "body": {}, "headers": {"Content-Type": None}}, 200, "{}", None),
        ({"status": 204}, 204, "", None),
        ({"body": HTML}, 200, HTML, "text/html; charset=utf-8"),
        ({"body": False}, 200, "false", "application/json"),
        ({"body": ""}, 200, "", "application/json"),
    ],
)
def test_a_status_and_a_body_are_sent_unchanged(
    api: requests.Session, emulator: Emulator, fault: Any, status: int, text: str, content_type: str | None
) -> None:
    rule = emulator.fail("GET /customers", **fault)
    response = api.get("/customers")
    assert (response.status_code, response.text) == (status, text)
    assert response.headers.get("Content-Type") == content_type
    assert rule.hits == 1
    assert api.get("/customers").json() == []


def test_headers_are_sent_with_a_status(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", status=429, headers={"Retry-After": "2"})
    emulator.fail("GET /customers", status=429, headers={"Retry-After": "Wed, 05 Nov 2014 21:15:30 GMT"})
    emulator.fail("GET /customers", status=302, headers={"Location": "https://other.invalid/customers"})
    assert api.get("/customers").headers["Retry-After"] == "2"
    assert api.get("/customers").headers["Retry-After"] == "Wed, 05 Nov 2014 21:15:30 GMT"
    redirect = api.get("/customers", allow_redirects=False)
    assert (redirect.status_code, redirect.headers["Location"]) == (302, "https://other.invalid/customers")


@pytest.mark.parametrize("link", ['<https://other.invalid/customers?page=2>; rel="next"', "<<nonsense", ""])
def test_headers_without_a_status_change_the_real_response(
    api: requests.Session, emulator: Emulator, customer: Any, link: str
) -> None:
    emulator.fail("GET /customers", headers={"link": link, "X-Total-Count": None})
    response = api.get("/customers")
    assert (response.status_code, response.json()) == (200, [customer])
    assert response.headers["Link"] == link
    assert "X-Total-Count" not in response.headers


def test_a_body_without_a_status_keeps_the_headers_of_the_real_response(
    api: requests.Session, emulator: Emulator, customer: Any
) -> None:
    emulator.fail("GET /customers", body={"not": "a list"})
    response = api.get("/customers")
    assert (response.json(), response.headers["X-Total-Count"]) == ({"not": "a list"}, "1")
    assert response.headers["Content-Length"] == str(len(response.content))


def test_a_request_is_processed_only_if_its_fault_is_committed(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("POST /customers", status=500)
    emulator.fail("POST /customers", status=500, committed=True)
    assert api.post("/customers", json={"name": "Never"}).status_code == 500
    assert api.post("/customers", json={"name": "Once"}).status_code == 500
    assert _names(api) == ["Once"]


def test_a_committed_write_is_replayed_for_its_idempotency_key(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("POST /customers", connection="reset", committed=True)
    for _ in range(2):
        try:
            response = api.post("/customers", json={"name": "Acme"}, headers={"Idempotency-Key": "key-0001"})
        except requests.ConnectionError:
            continue
    assert response.json()["id"] == 1
    assert _names(api) == ["Acme"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("GET /customers", "a"),
        ("get /customers", "a"),
        ("* /customers", "ab"),
        ("GET /customers/*", "cd"),
        ("GET /customers/1", "c"),
        ("GET /customers/*/contacts", "e"),
        ("GET /customers/**", "acde"),
        ("* /**", "abcdefg"),
        ("GET /nothing/here", "f"),
        ("GET /*/*", "cdf"),
        ("GET /customers/a%2fb", "d"),
        ("GET /", "g"),
    ],
)
def test_a_pattern_matches_methods_and_paths(
    api: requests.Session, emulator: Emulator, pattern: str, expected: str
) -> None:
    emulator.fail(pattern, times=None, status=418)
    sent = {
        "a": ("GET", "/customers"),
        "b": ("POST", "/customers"),
        "c": ("GET", "/customers/1"),
        "d": ("GET", "/customers/a%2Fb"),
        "e": ("GET", "/customers/1/contacts"),
        "f": ("GET", "/nothing/here"),
        "g": ("GET", "/"),
    }
    matched = [name for name, (method, path) in sent.items() if api.request(method, path).status_code == 418]
    assert "".join(matched) == expected


def test_rules_do_not_match_requests_to_the_emulator_itself(emulator: Emulator) -> None:
    emulator.fail("* /**", times=None, status=500)
    assert requests.get(f"{emulator.url}/_emulator/outbox").status_code == 200


def test_a_rule_skips_requests_and_then_applies_to_a_number_of_requests(
    api: requests.Session, emulator: Emulator
) -> None:
    rule = emulator.fail("GET /customers", skip=1, times=2, status=500)
    assert [api.get("/customers").status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert rule.hits == 2
    rule = emulator.fail("GET /customers", times=None, status=500)
    assert [api.get("/customers").status_code for _ in range(3)] == [500] * 3
    assert rule.hits == 3


def test_only_the_first_matching_rule_is_applied(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", status=500)
    emulator.fail("GET /customers", status=501, skip=1)
    emulator.fail("GET /customers", status=502)
    assert [api.get("/customers").status_code for _ in range(4)] == [500, 502, 501, 200]


def test_a_rule_matches_the_query_and_the_default_page_is_1(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", query={"page": "2"}, times=None, status=502)
    emulator.fail("GET /customers", query={"page": "1", "sort": "name asc"}, times=None, status=503)
    queries = ("", "?page=1", "?page=2", "?page=2&sort=name+asc", "?sort=name+asc", "?sort=name")
    statuses = [api.get(f"/customers{query}").status_code for query in queries]
    assert statuses == [200, 200, 502, 502, 503, 200]


def test_probability_is_reproducible_with_a_seed() -> None:
    def statuses(emulator: Emulator) -> list[int]:
        emulator.fail("GET /customers", probability=0.5, times=None, status=500)
        with requests.Session() as session:
            session.mount("http://", emulator.adapter())
            return [session.get("http://emulator/customers", auth=("key", "")).status_code for _ in range(50)]

    emulator = Emulator(seed=7)
    first = statuses(emulator)
    emulator.reset()
    assert first == statuses(emulator) == statuses(Emulator(seed=7))
    assert first != statuses(Emulator(seed=8))
    assert 10 < first.count(500) < 40


@pytest.mark.parametrize(("probability", "status"), [(0, 200), (1, 500)])
def test_a_probability_of_0_or_1_is_never_or_always(
    api: requests.Session, emulator: Emulator, probability: float, status: int
) -> None:
    emulator.fail("GET /customers", probability=probability, times=None, status=500)
    assert {api.get("/customers").status_code for _ in range(20)} == {status}


def test_a_rule_for_one_time_applies_to_one_of_many_concurrent_requests(emulator: Emulator) -> None:
    rule = emulator.fail("GET /customers", status=500)

    def get(number: int) -> int:
        return requests.get(f"{emulator.url}/customers", auth=(f"key {number}", "")).status_code

    with ThreadPoolExecutor(32) as callers:
        statuses = list(callers.map(get, range(64)))
    assert sorted(statuses) == [200] * 63 + [500]
    assert rule.hits == 1


def test_changes_are_made_after_the_response(api: requests.Session, emulator: Emulator, customer: Any) -> None:
    api.post("/customers", json={"name": "Doomed"})
    emulator.fail(
        "GET /customers",
        changes=[
            ["DELETE", "/customers/2"],
            ("POST", "/customers", {"name": "New"}),
            ("PATCH", "/customers/1", {"name": "Changed"}),
        ],
    )
    assert _names(api) == ["Acme", "Doomed"]
    assert _names(api) == ["Changed", "New"]
    assert len(emulator.requests.to("GET /customers")) == 2
    assert not emulator.requests.to("DELETE /**") + emulator.requests.to("PATCH /**")


def test_rules_do_not_match_changes(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", changes=[["POST", "/customers", {"name": "New"}]])
    emulator.fail("POST /customers", times=None, status=500)
    assert (_names(api), _names(api)) == ([], ["New"])


def test_changes_may_be_a_function(api: requests.Session, emulator: Emulator, customer: Any) -> None:
    rule = emulator.fail("GET /customers/*", changes=lambda: emulator.set_balance(1, due_now=5))
    api.get("/customers/1")
    assert api.get("/customers/1/balance").json()["due_now"] == 5
    assert "function" in rule.to_json()["changes"]


def test_changes_use_the_api_key_of_the_emulator() -> None:
    emulator = Emulator(api_key="right")
    emulator.fail("GET /customers", changes=[["POST", "/customers", {"name": "New"}]])
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        for _ in range(2):
            response = session.get("http://emulator/customers", auth=("right", ""))
    assert [customer["name"] for customer in response.json()] == ["New"]


def test_a_failed_change_is_reported(
    api: requests.Session, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", changes=[["DELETE", "/customers/5"]])
    response = api.get("/customers")
    message = "The scheduled change DELETE /customers/5 failed: Customer was not found: 5"
    assert (response.status_code, response.json()["message"]) == (501, message)
    assert message in caplog.messages


def test_a_failed_change_takes_precedence_over_other_effects(api: requests.Session, emulator: Emulator) -> None:
    emulator.fail("GET /customers", connection="reset", changes=[["DELETE", "/customers/5"]])
    assert api.get("/customers").status_code == 501


def test_a_failed_function_is_reported(
    api: requests.Session, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.fail("GET /customers", changes=lambda: emulator.set_balance(5, due_now=1))
    with caplog.at_level(logging.ERROR):
        assert api.get("/customers").status_code == 501
    assert "Customer was not found: 5" in caplog.text


INVALID: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"latency": -1}, "latency"),
    ({"latency": "1"}, "latency"),
    ({"status": 199}, "status"),
    ({"status": 600}, "status"),
    ({"status": True}, "status"),
    ({"status": "500"}, "status"),
    ({"status": 500, "times": 0}, "times"),
    ({"status": 500, "skip": -1}, "skip"),
    ({"status": 500, "probability": 1.1}, "probability"),
    ({"status": 500, "committed": 1}, "committed"),
    ({"status": 500, "query": {"page": 2.5}}, "query"),
    ({"status": 500, "request": "PSOT /customers"}, "request"),
    ({"status": 500, "headers": {"Date": None}}, "headers"),
    ({"status": 500, "headers": {"server": None}}, "headers"),
    ({"status": 500, "headers": {"Retry-After": 2}}, "headers"),
    ({"status": 500, "headers": {"A b": "c"}}, "headers"),
    ({"status": 500, "headers": {"A": "b\r\nC: d"}}, "headers"),
    ({"status": 500, "headers": {"A": "\u20ac"}}, "headers"),
    ({"status": 500, "headers": {"Content-Length": "5"}}, "headers"),
    ({"status": 500, "headers": {"connection": "close"}}, "headers"),
    ({"connection": "lost"}, "connection"),
    ({"connection": "reset", "status": 500}, "status"),
    ({"connection": "hang", "body": ""}, "body"),
    ({"connection": "reset", "cut": 1}, "cut"),
    ({"cut": -1}, "cut"),
    ({"cut": 1.5}, "cut"),
    ({"latency": 1, "drip_head": True}, "drip_head"),
    ({"changes": [["GET", "/customers"]]}, "changes"),
    ({"changes": [["DELETE"]]}, "changes"),
    ({"changes": [["DELETE", "customers/1"]]}, "changes"),
    ({"changes": [["POST", "/_emulator/reset"]]}, "changes"),
    ({"changes": [["POST", "/customers", "Acme"]]}, "changes"),
    ({"changes": "DELETE /customers/1"}, "changes"),
    ({"status": 500, "request": "/customers"}, "request"),
    ({"status": 500, "request": "GET customers"}, "request"),
    ({"status": 500, "request": "GET /customers?page=2"}, "request"),
    ({"status": 500, "request": "GET /**/contacts"}, "request"),
    ({"status": 500, "request": "GET /cust*"}, "request"),
    ({"status": 500, "request": "GET /_emulator/outbox"}, "request"),
    ({"status": 500, "request": 5}, "request"),
]


@pytest.mark.parametrize(("fault", "param"), INVALID)
def test_an_invalid_rule_is_refused(emulator: Emulator, fault: dict[str, Any], param: str | None) -> None:
    arguments = {"request": "GET /customers", **fault}
    with pytest.raises(ValueError, match=param or "effect"):
        emulator.fail(**arguments)
    response = requests.post(f"{emulator.url}/_emulator/faults", json=arguments)
    assert (response.status_code, response.json().get("param")) == (400, param)
    assert emulator.faults == []


@pytest.mark.parametrize("body", [float("nan"), object(), {1, 2}, "\ud800", [b"bytes"]])
def test_a_body_that_cannot_be_serialized_is_refused(emulator: Emulator, body: Any) -> None:
    with pytest.raises(ValueError, match="body"):
        emulator.fail("GET /customers", status=500, body=body)


def test_an_unknown_argument_is_refused(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="statsu is not known"):
        emulator.fail("GET /customers", statsu=500)  # type: ignore[call-arg]


def test_an_unknown_or_missing_field_is_refused_over_http(emulator: Emulator) -> None:
    rule = {"request": "GET /customers", "status": 500, "wait": 1}
    response = requests.post(f"{emulator.url}/_emulator/faults", json=rule)
    assert (response.status_code, response.json()["param"]) == (400, "wait")
    response = requests.post(f"{emulator.url}/_emulator/faults", json={"status": 500})
    assert (response.status_code, response.json()["param"]) == (400, "request")


def test_rules_can_be_added_listed_and_removed_over_http(emulator: Emulator) -> None:
    url = f"{emulator.url}/_emulator/faults"
    rule = {"request": "GET /customers", "times": None, "status": 500, "body": {"amount": 0.1}, "latency": 0.001}
    defaults = {"skip": 0, "probability": 1, "committed": False}
    added = requests.post(url, json=rule)
    assert (added.status_code, added.json()) == (201, {**rule, **defaults, "hits": 0})
    response = requests.get(f"{emulator.url}/customers", auth=("key", ""))
    assert (response.status_code, response.text) == (500, '{"amount": 0.1}')
    assert requests.get(url).json() == [{**rule, **defaults, "hits": 1}]
    assert emulator.faults[0].hits == 1
    assert requests.delete(url).status_code == 204
    assert requests.get(url).json() == []
    assert requests.get(f"{emulator.url}/customers", auth=("key", "")).status_code == 200


def test_changes_can_be_scheduled_over_http(emulator: Emulator, api: requests.Session) -> None:
    rule = {"request": "GET /customers", "changes": [["POST", "/customers", {"name": "New"}]]}
    added = requests.post(
        f"{emulator.url}/_emulator/faults", data=json.dumps(rule), headers={"Content-Type": "application/json"}
    )
    assert added.json()["changes"] == rule["changes"]
    assert (_names(api), _names(api)) == ([], ["New"])


def test_reset_and_clear_faults_remove_all_rules(api: requests.Session, emulator: Emulator) -> None:
    for remove in (emulator.reset, emulator.clear_faults):
        emulator.fail("GET /customers", status=500)
        remove()
        assert (emulator.faults, api.get("/customers").status_code) == ([], 200)


def test_the_client_raises_an_error_for_a_failed_change(emulator: Emulator) -> None:
    with invoiced.Client("key", base_url=emulator.url) as client:
        for _ in range(3):
            client.Customer.create(name="Acme")
        emulator.fail("GET /customers", query={"page": 2}, changes=[["DELETE", "/customer/1"]])
        with pytest.raises(invoiced.ApiError, match="The scheduled change DELETE /customer/1 failed"):
            list(client.Customer.all(per_page=2))
