from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator


class Api(requests.Session):
    """A session with an API key that knows the address of the API: `api.get("/customers")`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.auth = ("key", "")
        self._url = url

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url if "://" in url else self._url + url, *args, **options)


@pytest.fixture
def clock() -> SimpleNamespace:
    """The emulator's time, `clock.now` in Unix seconds, which tests set."""
    return SimpleNamespace(now=1415222128)


@pytest.fixture
def emulator(clock: SimpleNamespace) -> Iterator[Emulator]:
    with Emulator(clock=lambda: clock.now) as emulator:
        yield emulator


@pytest.fixture(params=["over HTTP", "in process"])
def api(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[requests.Session]:
    """The emulator through both of its doors."""
    if request.param == "over HTTP":
        session = Api(emulator.url)
    else:
        session = Api("http://emulator.invalid")
        session.mount("http://emulator.invalid", emulator.adapter())
    with session:
        yield session


@pytest.fixture
def customer(api: requests.Session) -> dict[str, Any]:
    """A customer of the account."""
    answer = api.post("/customers", json={"name": "Acme", "email": "billing@acmecorp.com"})
    assert answer.status_code == 201
    created: dict[str, Any] = answer.json()
    return created
