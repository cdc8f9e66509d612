"""Random requests, to which the emulator responds without an internal error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from invoiced.emulator import Emulator
from invoiced.emulator.description import schema_of

URL = "http://emulator.invalid"

PROPERTIES = [*sorted(schema_of("CustomerCreate")["properties"].keys() - {"payment_source"}), "to", "bcc", "id", "a[b"]
QUERY = ["page", "per_page", "sort", "filter", "metadata", "payment_source", "balance", "updated_after", "expand"]
BRACKETS = ["", "[]", "[0]", "[name]", "[owner]", "[a][b]", "["]
PATHS = ["/customers", "/customers/1", "/customers/1/contacts", "/customers/1/emails", "/customers/1/balance"]

TEXT = st.text(max_size=5) | st.sampled_from(["1", "0", "true", "name desc", "9" * 30, "-1", "1e999", "a@b.c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=5,
)
PAIRS = st.builds(
    lambda name, bracket, value: (name + bracket, value),
    st.sampled_from([*PROPERTIES, *QUERY]),
    st.sampled_from(BRACKETS),
    TEXT,
)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = ("key", "")
        session.mount(URL, Emulator().adapter())
        session.post(f"{URL}/customers", json={"name": "Acme", "email": "a@example.com"})
        yield session


@given(path=st.sampled_from(PATHS), pairs=st.lists(PAIRS, max_size=3))
def test_any_query_gets_a_response(session: requests.Session, path: str, pairs: list[tuple[str, str]]) -> None:
    response = session.get(f"{URL}{path}?{urlencode(pairs)}")
    assert response.status_code in {200, 400, 405}


@given(
    method=st.sampled_from(["POST", "PATCH"]),
    path=st.sampled_from(PATHS),
    body=st.dictionaries(st.sampled_from(PROPERTIES), VALUES, max_size=4),
)
def test_any_json_body_gets_a_response(
    session: requests.Session, method: str, path: str, body: dict[str, object]
) -> None:
    headers = {"Content-Type": "application/json"}
    response = session.request(method, URL + path, data=json.dumps(body), headers=headers)
    assert _is_processed(response)


@given(path=st.sampled_from(PATHS), pairs=st.lists(PAIRS, max_size=4))
def test_any_form_gets_a_response(session: requests.Session, path: str, pairs: list[tuple[str, str]]) -> None:
    assert _is_processed(session.post(URL + path, data=pairs))


def _is_processed(response: requests.Response) -> bool:
    """Return whether a request was processed or refused. The service fails at an unknown type of a statement (B7)."""
    return response.status_code in {200, 201, 400, 405} or "of a statement is not known" in response.text
