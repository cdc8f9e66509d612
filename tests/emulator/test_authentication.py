from __future__ import annotations

import pytest
import requests

from invoiced.emulator import Emulator


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic !",
        "Basic Og==",  # an empty username
        "Basic a2V5OnNlY3JldA==",  # a password
        "Bearer",
        "Bearer ",
        "Digest username=key",
    ],
)
def test_a_request_without_a_valid_key_is_401(api: requests.Session, authorization: str | None) -> None:
    api.auth = lambda request: request
    headers = {} if authorization is None else {"Authorization": authorization}
    response = api.get("/customers", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert response.json() == {"type": "invalid_request", "message": "The API key is missing or wrong."}


def test_a_key_is_accepted_as_the_username_of_basic_authentication(api: requests.Session) -> None:
    assert api.get("/customers", auth=("any key", "")).status_code == 200


def test_a_bearer_token_is_accepted(api: requests.Session) -> None:
    api.auth = lambda request: request
    assert api.get("/customers", headers={"Authorization": "Bearer token"}).status_code == 200


def test_without_a_key_unknown_paths_and_methods_are_also_401(api: requests.Session) -> None:
    api.auth = lambda request: request
    assert api.get("/nothing").status_code == 401
    assert api.put("/customers").status_code == 401


def test_an_emulator_with_an_api_key_accepts_only_that_key() -> None:
    session = requests.Session()
    session.mount("http://emulator.invalid", Emulator(api_key="right").adapter())
    url = "http://emulator.invalid/customers"
    assert session.get(url, auth=("right", "")).status_code == 200
    assert session.get(url, headers={"Authorization": "Bearer right"}).status_code == 200
    assert session.get(url, auth=("wrong", "")).status_code == 401
    assert session.get(url, headers={"Authorization": "Bearer wrong"}).status_code == 401
