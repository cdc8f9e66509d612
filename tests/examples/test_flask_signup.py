"""Tests of an application that uses the library, with the fixtures of the pytest plugin."""

from __future__ import annotations

import pytest

import invoiced
from invoiced.emulator import Emulator

pytest.importorskip("flask")

from flask.cli import ScriptInfo
from flask.testing import FlaskClient
from flask_signup import create_app

ACME = {"name": "Acme", "email": "billing@acmecorp.com"}


@pytest.fixture
def browser(invoiced_client: invoiced.Client) -> FlaskClient:
    return create_app(invoiced_client).test_client()


def names(client: invoiced.Client) -> list[tuple[str, str | None]]:
    return [(customer.name, customer.email) for customer in client.Customer.all()]


@pytest.mark.parametrize("kind", ["data", "json"])
def test_a_sign_up_creates_a_customer(browser: FlaskClient, invoiced_client: invoiced.Client, kind: str) -> None:
    response = browser.post("/sign-up", **{kind: ACME})
    assert response.status_code == 201
    assert names(invoiced_client) == [("Acme", "billing@acmecorp.com")]
    assert invoiced_client.Customer.find(number=response.get_json()["number"]).name == "Acme"


def test_a_second_sign_up_with_the_same_address_creates_nothing(
    browser: FlaskClient, invoiced_client: invoiced.Client
) -> None:
    responses = [browser.post("/sign-up", data={"name": "Acme", "email": email}) for email in ("a@b.com", "A@b.com ")]
    assert [response.status_code for response in responses] == [201, 201]
    assert responses[0].json == responses[1].json
    assert names(invoiced_client) == [("Acme", "a@b.com")]


def test_a_lost_response_creates_exactly_one_customer(
    browser: FlaskClient, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers", connection="reset", committed=True)
    assert browser.post("/sign-up", data=ACME).status_code == 201
    assert names(invoiced_client) == [("Acme", "billing@acmecorp.com")]


def test_a_user_can_retry_after_a_lost_request(
    browser: FlaskClient, invoiced_client: invoiced.Client, invoiced_emulator: Emulator
) -> None:
    invoiced_emulator.fail("POST /customers", connection="reset")
    assert browser.post("/sign-up", data=ACME).status_code == 503
    assert browser.post("/sign-up", data=ACME).status_code == 201
    assert names(invoiced_client) == [("Acme", "billing@acmecorp.com")]


def test_a_refused_parameter_is_reported_to_the_user(browser: FlaskClient, invoiced_emulator: Emulator) -> None:
    refusal = {"type": "invalid_request", "message": "This is not a valid e-mail address.", "param": "email"}
    invoiced_emulator.fail("POST /customers", status=400, body=refusal)
    response = browser.post("/sign-up", data=ACME)
    assert response.status_code == 400
    assert response.get_json() == {"parameter": "email", "message": "This is not a valid e-mail address."}
    assert browser.post("/sign-up", data={**ACME, "name": ""}).json == {
        "parameter": "name",
        "message": "The parameter name is required.",
    }


@pytest.mark.parametrize("form", [{}, {"name": "Acme"}, {"name": "Acme", "email": " "}])
def test_without_an_address_no_request_is_sent(
    browser: FlaskClient, invoiced_emulator: Emulator, form: dict[str, str]
) -> None:
    response = browser.post("/sign-up", data=form)
    assert (response.status_code, response.get_json()["parameter"]) == (400, "email")
    assert invoiced_emulator.requests == []


def test_a_wrong_key_is_not_the_users_fault(
    browser: FlaskClient, invoiced_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    invoiced_emulator.fail("POST /customers", status=401)
    assert browser.post("/sign-up", data=ACME).status_code == 503
    assert "failed with status 401" in caplog.text


def test_flask_finds_the_application(monkeypatch: pytest.MonkeyPatch, invoiced_emulator: Emulator) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "any-key")
    monkeypatch.setenv("INVOICED_BASE_URL", invoiced_emulator.url)
    application = ScriptInfo("flask_signup").load_app()  # as `flask --app flask_signup run` does
    assert application.test_client().post("/sign-up", data=ACME).status_code == 201
    invoiced_emulator.requests.assert_sent("POST /customers", times=1)
