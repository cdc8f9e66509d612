"""Tests of the webhook recipes for Flask, Django and FastAPI: which requests they accept."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import types
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.test import Client as DjangoClient
from recipes.processes import RECIPES

from invoiced import webhooks

SECRET = "any secret"
INVOICE = {"id": 46225, "object": "invoice", "number": "INV-0016"}
EVENT = {"id": 7, "type": "invoice.paid", "data": {"object": INVOICE, "previous": {"paid": False}}}
# The whitespace is lost if the body is parsed and encoded again.
BODY = json.dumps(EVENT, indent=3).encode()

PAGE = RECIPES.parent / "webhooks.md"

Post = Callable[[bytes, dict[str, str]], int]


JSON = {"Content-Type": "application/json"}


def flask(recipe: types.ModuleType, body: bytes, headers: dict[str, str]) -> int:
    response = recipe.application.test_client().post("/webhooks", data=body, headers=headers)
    return int(response.status_code)


def django(recipe: types.ModuleType, body: bytes, headers: dict[str, str]) -> int:
    if not settings.configured:
        settings.configure(ROOT_URLCONF=recipe.__name__, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"])
    browser = DjangoClient(enforce_csrf_checks=True)
    return browser.post("/webhooks", body, content_type=headers["Content-Type"], headers=headers).status_code


def fastapi(recipe: types.ModuleType, body: bytes, headers: dict[str, str]) -> int:
    async def post() -> int:
        transport = httpx.ASGITransport(recipe.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
            return (await browser.post("/webhooks", content=body, headers=headers)).status_code

    return asyncio.run(post())


@pytest.fixture(params=[flask, django, fastapi])
def post(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Return a function that posts a body to a recipe and returns the status of the response."""
    monkeypatch.setenv("INVOICED_WEBHOOK_SECRET", SECRET)
    monkeypatch.syspath_prepend(str(RECIPES))
    recipe = importlib.import_module(f"{request.param.__name__}_webhooks")
    return lambda body, headers: int(request.param(recipe, body, {**JSON, **headers}))


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Invoiced-Signature": webhooks.sign(body, secret)}


def test_a_signed_event_is_handled(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    assert post(BODY, signed(BODY)) == 204
    assert "Invoice INV-0016 was paid" in caplog.messages


def test_an_event_of_an_unknown_type_is_accepted(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps({**EVENT, "type": "invoice.unheard_of"}).encode()
    assert post(body, signed(body)) == 204
    assert not caplog.messages


@pytest.mark.parametrize(
    "headers", [{}, {"X-Invoiced-Signature": "wrong"}, signed(BODY, "another secret"), signed(b"another body")]
)
def test_a_request_without_the_correct_signature_is_refused(
    post: Post, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert post(BODY, headers) == 400
    assert "was paid" not in caplog.text
    assert "Refused a webhook" in caplog.text
    assert SECRET not in caplog.text


def test_a_body_that_is_too_large_is_refused(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    body = BODY.ljust(webhooks.MAX_BODY + 1)
    assert post(body, signed(body)) in {400, 413}
    assert "was paid" not in caplog.text


def test_the_test_of_the_page_passes_and_fails_without_the_verification(pytester: pytest.Pytester) -> None:
    (block,) = re.findall(r"```python\n# test_flask_webhooks.py\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    recipe = Path(shutil.copy(RECIPES / "flask_webhooks.py", pytester.path))
    (pytester.path / "test_flask_webhooks.py").write_text(block, encoding="utf-8")
    pytester.syspathinsert()
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace("webhooks.SignatureError", "KeyError"), encoding="utf-8")
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(failed=1)
