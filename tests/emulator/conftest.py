from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator


class Api(requests.Session):
    """A session with an API key and the base URL of the API: `api.get("/customers")`."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.auth = ("key", "")
        self._url = url

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        return super().request(method, url if "://" in url else self._url + url, *args, **options)


@pytest.fixture
def clock() -> SimpleNamespace:
    """Return the emulator's clock. Tests set `clock.now`, in Unix seconds."""
    return SimpleNamespace(now=1415222128)


@pytest.fixture
def emulator(clock: SimpleNamespace) -> Iterator[Emulator]:
    with Emulator(clock=lambda: clock.now) as emulator:
        yield emulator


@pytest.fixture(params=["over HTTP", "in process"])
def api(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[requests.Session]:
    """Yield a session that reaches the emulator over HTTP, and one that calls it in process."""
    if request.param == "over HTTP":
        session = Api(emulator.url)
    else:
        session = Api("http://emulator.invalid")
        session.mount("http://emulator.invalid", emulator.adapter())
    with session:
        yield session


@pytest.fixture
def customer(api: requests.Session) -> dict[str, Any]:
    """Create a customer and return its fields."""
    response = api.post("/customers", json={"name": "Acme", "email": "billing@acmecorp.com"})
    assert response.status_code == 201
    created: dict[str, Any] = response.json()
    return created


class Raw:
    """Calls of the API as raw HTTP."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url, requests.Session()
        self._session.auth = ("key", "")

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        response = self._session.request(method, self._url + path, json=body or None)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def refusal(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        response = self._session.request(method, self._url + path, json=body)
        assert response.status_code == 400, response.text
        refusal: dict[str, Any] = response.json()
        return refusal


@pytest.fixture
def raw(emulator: Emulator) -> Raw:
    return Raw(emulator.url)


@pytest.fixture(params=["through the client", "as raw HTTP"])
def create(request: pytest.FixtureRequest, raw: Raw, emulator: Emulator) -> Iterator[Callable[..., Any]]:
    """Return a function that creates a record, through the client and as raw HTTP: `create("plans", id="gold")`."""
    names = {
        "customers": "Customer",
        "plans": "Plan",
        "coupons": "Coupon",
        "tax_rates": "TaxRate",
        "subscriptions": "Subscription",
        "items": "Item",
        "tax_rules": "TaxRule",
        "late_fee_schedules": "LateFeeSchedule",
        "invoices": "Invoice",
    }
    if request.param == "as raw HTTP":
        yield lambda path, **fields: raw("POST", f"/{path}", **fields)
    else:
        with invoiced.Client("key", base_url=emulator.url) as client:
            yield lambda path, **fields: dict(getattr(client, names[path]).create(**fields))
