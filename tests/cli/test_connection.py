"""The source of the API key, and that the key is never shown."""

from __future__ import annotations

import base64
import logging
import os
from pathlib import Path

import pytest
import responses
from conftest import KEY

import invoiced
from invoiced.cli import connection
from invoiced.emulator import Emulator

from .conftest import Run

NO_KEY = (
    "Error: No API key: set INVOICED_API_KEY or use --api-key-file. "
    "For an emulator: export INVOICED_API_KEY=any-key INVOICED_BASE_URL=http://127.0.0.1:8065\n"
)


def test_a_missing_key_is_reported_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, "", " "):
        if value is not None:
            monkeypatch.setenv("INVOICED_API_KEY", value)
        result = run("customers", "list")
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", NO_KEY)


def test_a_key_file_takes_precedence_over_the_environment(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "another")
    (tmp_path / "key").write_text(f"{KEY}\r\n", encoding="ascii")
    assert run("customers", "list").exit_code == 2
    assert run("customers", "list", "--api-key-file", tmp_path / "key").exit_code == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-sig"])
@pytest.mark.parametrize("text", [KEY, f"{KEY}\r\n", f"\r\n\t {KEY}\xa0\r\n\r\n"])
def test_key_files_of_windows_are_read(
    run: Run, account: invoiced.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str, text: str
) -> None:
    monkeypatch.delenv("INVOICED_API_KEY")
    content = b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-be-sig" else text.encode(encoding)
    (tmp_path / "key").write_bytes(content)
    assert run("customers", "list", "--api-key-file", tmp_path / "key").exit_code == 0


@pytest.mark.parametrize("key", [f"\ufeff{KEY}", f"{KEY}\r\n", f" {KEY}\xa0"])
def test_blanks_around_the_key_in_the_environment_are_ignored(
    run: Run, account: invoiced.Client, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", key)
    assert run("customers", "list").exit_code == 0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "Cannot read the API key file: No such file"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n", "is empty"),
        (b"\xff", "is not text in UTF-8 or UTF-16"),
        (b"\xff\xfea", "is not text in UTF-8 or UTF-16"),
        ("Schlüssel".encode(), "does not contain an API key"),
        (b"k\0e\0y\0", "does not contain an API key"),
        (b"name\nkey\n", "has several lines"),
        (b"k" * 5000, "does not contain an API key"),
    ],
)
def test_an_error_in_the_key_file_is_one_line_without_the_file_name(
    run: Run, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    file = tmp_path / KEY
    if content is not None:
        file.write_bytes(content)
    result = run("customers", "list", "--api-key-file", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert KEY not in result.stderr


def test_the_key_is_prompted_for_on_a_terminal_and_not_shown(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INVOICED_API_KEY")
    monkeypatch.setattr(connection, "is_interactive", lambda: True)
    result = run("customers", "list", input=f"{KEY}\n")
    assert (result.exit_code, result.stdout.strip()) == (0, "")
    assert result.stderr.strip() == "API key:"


def test_a_wrong_key_exits_with_2(run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "wrong")
    result = run("customers", "list")
    assert result.exit_code == 2
    assert "Check the API key" in result.stderr


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv"])
def test_the_key_is_never_in_the_output(run: Run, account: invoiced.Client, emulator: Emulator, output: str) -> None:
    account.Customer.create(name="Acme", email="billing@example.com")
    emulator.fail("GET /customers", skip=1, connection="reset", times=None)
    emulator.fail("GET /customers/*/balance", status=401, body='{"message": "no"}')
    emulator.fail("POST /customers", status=500, body="<html>")
    output_text = ""
    for words in (
        ["list"], ["list", "--sandbox", "--filter", "x"], ["get", 1], ["get", 99], ["balance", 1],
        ["create", "--name", "A"], ["send-statement", 1],
    ):  # fmt: skip
        result = run("customers", *words, "--debug", "--output", output)
        output_text += result.stdout + result.stderr
    assert "DEBUG invoiced: GET /customers" in output_text
    assert "Traceback" in output_text
    assert KEY not in output_text
    assert base64.b64encode(f"{KEY}:".encode()).decode() not in output_text


def test_debug_logging_ends_with_the_command(run: Run, emulator: Emulator) -> None:
    logger = logging.getLogger("invoiced")
    before = (logger.level, [*logger.handlers])
    result = run("customers", "get", 5, "--debug")
    assert "NotFoundError" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: GET /customers/5")
    assert (logger.level, [*logger.handlers]) == before
    assert "Traceback" not in run("customers", "get", 5).stderr
    assert "Traceback" in run("customers", "list", "--updated-after", "x", "--debug").stderr


def test_amounts_are_read_exactly(emulator: Emulator) -> None:
    with connection.create_client(None, sandbox=False) as client:
        assert str(client.Customer.create(name="Acme", credit_limit=0.1).credit_limit) == "0.1"


def test_the_sandbox_is_an_option(emulator: Emulator) -> None:
    with connection.create_client(None, sandbox=True) as client:
        assert client.api_url == "https://api.sandbox.invoiced.com"


def test_an_invalid_base_url_is_reported_in_one_line(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICED_BASE_URL", "http://example.com")
    result = run("customers", "list")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: base_url must use https")


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize(("mode", "warned"), [(0o644, 1), (0o640, 1), (0o604, 1), (0o600, 0), (0o400, 0), (0o700, 0)])
def test_a_key_file_that_others_can_read_is_warned_of(
    run: Run, api: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, warned: int
) -> None:
    monkeypatch.delenv("INVOICED_BASE_URL", raising=False)
    file = tmp_path / f"name-{KEY}"
    file.write_text(KEY)
    file.chmod(mode)
    api.get("https://api.invoiced.com/customers/1", json={"id": 1})
    result = run("customers", "get", 1, "--api-key-file", file)
    assert (result.exit_code, result.stdout) == (0, '{"id": 1}\n')
    assert result.stderr.count("\n") == result.stderr.count("Warning: other users can read the API key file") == warned
    assert KEY not in result.stderr


@pytest.mark.parametrize("name", ["INVOICED_BASE_URL", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("password", ["hunter2", "hunt%65r2", "hunter2%40x", "hunter2\x1b"])
@pytest.mark.parametrize("words", ["customers get 1 --debug", "contract --debug", "statements send --all --debug"])
def test_a_password_in_a_url_of_the_environment_is_not_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, password: str, words: str
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", KEY)
    monkeypatch.setattr("time.sleep", lambda _: None)
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    monkeypatch.setenv(
        name, f"https://user:{password}@127.0.0.1:1" if "BASE" in name else f"http://u:{password}@127.0.0.1:1"
    )
    result = run(*words.split(), "--sandbox" if name != "INVOICED_BASE_URL" else "--debug")
    assert result.exit_code != 0
    assert "hunt" not in result.stdout + result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("host", ["user:hunter2@127.0.0.1", "http://user:hunter2@127.0.0.1"])
def test_a_password_in_the_host_of_an_emulator_is_not_shown(run: Run, host: str) -> None:
    result = run("emulator", "--health", "--port", 1, "--host", host)
    assert result.exit_code == 2
    assert "hunter2" not in result.stdout + result.stderr
