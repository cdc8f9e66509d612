"""Card and account numbers come from a file, a prompt or standard input, but never from an argument."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import responses
from conftest import KEY

from invoiced.cli import secret_values

from .conftest import Run

CHARGE = ("charges", "create", "--customer", 1, "--applied-to", "[]", "--yes", "--columns", "id")
SOURCE = ("payment-sources", "create", "--customer", 1, "--columns", "id")
SECRET = "000123456789"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", KEY)


@pytest.fixture
def charges(api: responses.RequestsMock) -> responses.RequestsMock:
    api.post("https://api.invoiced.com/charges", json={"id": 9})
    return api


def sent(api: responses.RequestsMock) -> dict[str, object]:
    body: dict[str, object] = json.loads(api.calls[-1].request.body or b"")
    del body["customer"], body["applied_to"]
    return body


@pytest.mark.parametrize(
    "words",
    [
        (*CHARGE, "--cvc", SECRET),
        (*CHARGE, f"--account-number={SECRET}"),
        (*CHARGE, "--routing-number", SECRET),
        (*CHARGE, "--field", f"cvc={SECRET}"),
        (*CHARGE, "--field", f"card_number={SECRET}"),
        (*CHARGE, "--field", f'source={{"iban": "{SECRET}"}}'),
        (*CHARGE, "--field", f'card={{"exp_month": 1, "number": "{SECRET}"}}'),
        (*SOURCE, "--account-number", SECRET),
        ("customers", "create", "--name", "A", "--payment-source", f"account_number={SECRET}"),
        ("customers", "create", "--name", "A", "--payment-source", f'{{"routing_number" : "{SECRET}"}}'),
        ("customers", "update", 1, "--field", f"account_number={SECRET}"),
    ],
    ids=lambda words: " ".join(map(str, words[-2:])),
)
def test_a_secret_in_an_argument_is_refused_and_not_repeated(
    run: Run, api: responses.RequestsMock, words: tuple[object, ...]
) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout, len(api.calls)) == (2, "", 0)
    assert result.stderr.count("\n") == 1
    assert "other users of this machine can read arguments" in result.stderr or "use --cvc for cvc" in result.stderr
    assert SECRET not in result.stderr


def test_a_secret_is_read_from_a_file(run: Run, charges: responses.RequestsMock, tmp_path: Path) -> None:
    (tmp_path / "number").write_text(f"{SECRET}\n")
    assert run(*CHARGE, "--account-number", f"@{tmp_path / 'number'}").exit_code == 0
    assert sent(charges) == {"account_number": SECRET}


def test_secrets_are_read_from_lines_of_standard_input(run: Run, charges: responses.RequestsMock) -> None:
    assert (
        run(*CHARGE, "--account-number", "-", "--routing-number", "-", input=f"{SECRET}\r\n021000021\n").exit_code == 0
    )
    assert sent(charges) == {"account_number": SECRET, "routing_number": "021000021"}


def test_secrets_are_prompted_for_and_not_shown(
    run: Run, charges: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_values, "is_interactive", lambda: True)
    result = run(*CHARGE, "--cvc", "-", input="123\n")
    assert (result.exit_code, result.stdout.strip()) == (0, '{"id": 9}')
    assert result.stderr.strip() == "Card security code, three or four digits:"
    assert sent(charges) == {"cvc": "123"}


def test_json_with_secrets_is_read_from_a_file(run: Run, api: responses.RequestsMock, tmp_path: Path) -> None:
    source = {"method": "ach", "account_number": SECRET}
    (tmp_path / "source.json").write_text(json.dumps(source))
    api.post("https://api.invoiced.com/customers", json={"id": 1})
    assert run("customers", "create", "--name", "A", "--payment-source", f"@{tmp_path / 'source.json'}").exit_code == 0
    assert json.loads(api.calls[0].request.body or b"")["payment_source"] == source


def test_metadata_may_have_any_names(run: Run, api: responses.RequestsMock) -> None:
    api.post("https://api.invoiced.com/customers", json={"id": 1})
    assert run("customers", "create", "--name", "A", "--metadata", "account_number=4711").exit_code == 0


@pytest.mark.parametrize("value", ["-", "@empty", "@missing"])
def test_a_missing_secret_is_an_error(
    run: Run, api: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").write_text("\n")
    result = run(*CHARGE, "--cvc", value, input="")
    assert (result.exit_code, len(api.calls)) == (2, 0)
    assert "Invalid value for '--cvc'" in result.stderr
