from __future__ import annotations

from base64 import b64encode

import pytest
import requests

from invoiced.emulator import Emulator

MISSING = "The API key is missing. Send it as the user name of HTTP Basic, without a password."


def _basic(username: str, password: str) -> str:
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


@pytest.fixture
def strict() -> requests.Session:
    """Return a session with an emulator that accepts only the key `sk_right`."""
    session = requests.Session()
    session.auth = lambda request: request
    session.mount("http://emulator.invalid", Emulator(api_key="sk_right").adapter())
    return session


@pytest.mark.parametrize(
    "authorization", [None, "Basic", "Basic !", _basic("", ""), "Bearer", "Bearer ", "Digest username=key"]
)
def test_a_request_without_a_key_is_401(api: requests.Session, authorization: str | None) -> None:
    api.auth = lambda request: request
    headers = {} if authorization is None else {"Authorization": authorization}
    response = api.get("/customers", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Basic realm="Invoiced"'
    assert response.json() == {"type": "invalid_request", "message": MISSING}


def test_a_key_is_accepted_as_the_user_name_of_basic_authentication(api: requests.Session) -> None:
    assert api.get("/customers", auth=("any key", "")).status_code == 200


def test_a_bearer_token_is_accepted(api: requests.Session) -> None:
    api.auth = lambda request: request
    assert api.get("/customers", headers={"Authorization": "Bearer token"}).status_code == 200


@pytest.mark.parametrize("authorization", [_basic("sk_right", ""), _basic("dunder", "sk_right"), "Bearer sk_right"])
def test_an_emulator_with_an_api_key_accepts_that_key(strict: requests.Session, authorization: str) -> None:
    response = strict.get("http://emulator.invalid/customers", headers={"Authorization": authorization})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "shown"),
    [
        (_basic("sk_wrong_key", ""), "sk_***key"),
        (_basic("sk_right", "sk_wrong_key"), "sk_***key"),
        ("Bearer sk_wrong_key", "sk_***key"),
        (_basic("secret", ""), "***"),
    ],
)
def test_an_unknown_key_is_401_and_shown_masked(strict: requests.Session, authorization: str, shown: str) -> None:
    response = strict.get("http://emulator.invalid/customers", headers={"Authorization": authorization})
    assert response.status_code == 401
    assert response.json() == {"type": "invalid_request", "message": f"The API key is not known: {shown}"}


def test_authentication_comes_before_the_path_and_the_method(api: requests.Session) -> None:
    assert [api.get("/nothing").status_code, api.put("/customers").status_code] == [404, 405]
    api.auth = lambda request: request
    assert [api.get("/nothing").status_code, api.put("/customers").status_code] == [401, 401]


def test_malformed_json_comes_before_authentication_and_has_no_type(api: requests.Session) -> None:
    api.auth = lambda request: request
    headers = {"Content-Type": "application/json"}
    response = api.post("/nothing", data="{", headers=headers)
    assert (response.status_code, list(response.json())) == (400, ["message"])
    assert api.post("/nothing", data="{}", headers=headers).status_code == 401


def test_a_canceled_account_is_simulated_by_a_rule(api: requests.Session, emulator: Emulator) -> None:
    body = {"type": "invalid_request", "message": "Your trial has ended."}
    emulator.fail("* /**", status=402, body=body, times=None)
    response = api.get("/customers")
    assert (response.status_code, response.json()) == (402, body)
    assert api.get("/customers", auth=("", "")).status_code == 401


def test_a_request_that_is_refused_does_not_count_for_a_rule(api: requests.Session, emulator: Emulator) -> None:
    rule = emulator.fail("GET /customers", status=500)
    assert api.get("/customers", auth=("", "")).status_code == 401
    assert rule.hits == 0
