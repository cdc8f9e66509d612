"""Confirmation before records are deleted or statements sent on a live account."""

from __future__ import annotations

import io
from contextlib import nullcontext

import pytest
import responses
from conftest import KEY

import invoiced
from invoiced.cli import confirmation
from invoiced.cli.confirmation import confirm_if_live, confirm_number
from invoiced.cli.errors import NotStartedError

from .conftest import Run

LIVE = "https://api.invoiced.com"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", KEY)


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["customers", "delete", "1"], "Delete 1 customer at api.invoiced.com?"),
        (["customers", "delete", "1", "2", "1"], "Delete 2 customers at api.invoiced.com?"),
        (["contacts", "delete", "3", "--customer", "1"], "Delete 1 contact at api.invoiced.com?"),
        (["customers", "send-statement", "1"], "Send statement for 1 customer at api.invoiced.com?"),
    ],
)
def test_without_a_terminal_or_yes_nothing_is_sent(
    run: Run, api: responses.RequestsMock, words: list[str], question: str
) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        result.stderr == f"Error: {question} Cannot ask without a terminal: pass --yes to confirm. Nothing was sent.\n"
    )
    assert len(api.calls) == 0


def test_the_user_is_asked_on_a_terminal(
    run: Run, api: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "is_interactive", lambda: True)
    for reply in ("n\n", "\n", "maybe\n"):
        result = run("customers", "delete", 1, input=reply)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Delete 1 customer at api.invoiced.com? [y/N]" in result.stderr
        assert result.stderr.endswith("Error: Not confirmed. Nothing was sent.\n")
    assert run("customers", "delete", 1, input="").exit_code == 130
    assert len(api.calls) == 0
    api.delete(f"{LIVE}/customers/1", status=204)
    assert run("customers", "delete", 1, input="y\n").exit_code == 0


def test_yes_skips_the_prompt(run: Run, api: responses.RequestsMock) -> None:
    api.delete(f"{LIVE}/customers/1", status=204)
    assert run("customers", "delete", 1, "--yes").stderr == "Deleted customer 1.\n"


def test_reading_creating_and_updating_need_no_confirmation(run: Run, api: responses.RequestsMock) -> None:
    api.get(f"{LIVE}/customers/1/balance", json={"due_now": 0})
    api.post(f"{LIVE}/customers", json={"id": 1})
    api.patch(f"{LIVE}/customers/1", json={"id": 1})
    for words in (["balance", 1], ["create", "--name", "A"], ["update", 1, "--name", "B"]):
        assert run("customers", *words).exit_code == 0


@pytest.mark.parametrize(
    "url",
    [
        "https://api.sandbox.invoiced.com",
        "http://localhost:8065",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:1",
    ],
)
def test_the_sandbox_and_localhost_need_no_confirmation(url: str) -> None:
    with invoiced.Client(KEY, base_url=url) as client:
        confirm_if_live(client, "Delete 1 customer", yes=False)


@pytest.mark.parametrize(
    "url", [LIVE, "https://127.0.0.1.example.com", "https://xlocalhost", "https://api.sandbox.invoiced.com.example.com"]
)
def test_all_other_hosts_need_confirmation(url: str) -> None:
    with invoiced.Client(KEY, base_url=url) as client:
        confirm_if_live(client, "Delete 1 customer", yes=True)
        with pytest.raises(NotStartedError):
            confirm_if_live(client, "Delete 1 customer", yes=False)


def test_statements_are_confirmed_by_typing_their_number_on_any_host(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    confirm_number("Send 83 statements?", 83, yes=True)
    with pytest.raises(NotStartedError, match="pass --yes to confirm"):
        confirm_number("Send 83 statements?", 83, yes=False)
    monkeypatch.setattr(confirmation, "is_interactive", lambda: True)
    for typed, is_confirmed in (("83\n", True), (" 83\n", True), ("y\n", False), ("8\n", False), ("\n", False)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with nullcontext() if is_confirmed else pytest.raises(NotStartedError, match="Not confirmed"):
            confirm_number("Send 83\n\x1b[2J statements?", 83, yes=False)
        assert capsys.readouterr().err == "Send 83 \\x1b[2J statements? Type 83 to confirm: "
