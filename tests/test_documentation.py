"""What the README and the examples show, run as it stands."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = re.findall(r"^invoiced .*", "".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)), re.MULTILINE)
TESTS = [block for block in BLOCKS if "\ndef test_" in block]


def test_every_python_block_of_the_readme_runs_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with Emulator() as emulator:
        monkeypatch.setenv("INVOICED_API_KEY", "key-of-the-environment")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        names: dict[str, Any] = {}
        for block in BLOCKS:
            exec(compile(block, "README.md", "exec"), names)
            for customer in list(names["client"].Customer.all()) if names["client"].api_url == emulator.url else []:
                emulator.set_balance(customer.id, total_outstanding=10)
        names["session"].close()
        sent = [email["subject"] for email in emulator.outbox]
    assert sent.count("Your statement of November") == 3
    printed = capsys.readouterr().out
    assert "CUST-0042 Acme sent" in printed
    assert re.search(r"^2 sent$", printed, re.MULTILINE)
    assert re.search(r"^statements-2026-11.CUST-0042-\d+\.pdf downloaded", printed, re.MULTILINE)
    assert "billing@acmecorp.com Statement from Dunder Mifflin, Inc." in printed


def test_every_command_of_the_readme_runs_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "customers.csv").write_text("number\nCUST-0099\n", encoding="ascii")
    contacts = Workbook()
    contacts.worksheets[0].append(["Customer number", "Email", "Phone"])
    contacts.worksheets[0].append(["CUST-0099", "Nancy.Talty@example.com", "820"])
    contacts.save(tmp_path / "contacts.xlsx")
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as client:
        monkeypatch.setenv("INVOICED_API_KEY", "any key")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        for line in COMMANDS:
            ran = CliRunner().invoke(application(), shlex.split(line)[1:])
            assert ran.exit_code == 0, (line, ran.output)
            for customer in client.Customer.all():
                emulator.set_balance(customer.id, total_outstanding=10)
        assert len(emulator.outbox) == 2  # to the customer and to its contact
        (contact,) = client.Customer.find(number="CUST-0099").contacts().all()
        assert contact.phone == "820"
    assert sorted(path.name for path in tmp_path.glob("*.pdf")) == ["all.pdf"]


def test_the_tests_of_the_readme_pass_as_a_users_own(pytester: pytest.Pytester) -> None:
    assert len(TESTS) == 1
    pytester.makepyfile(TESTS[0])
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_readme_names_every_error() -> None:
    classes = [cls for cls in vars(invoiced).values() if isinstance(cls, type) and issubclass(cls, Exception)]
    for cls in classes:
        assert f"`{cls.__name__}`" in README


SAID = {
    "quickstart.py": (
        "Created customer CUST-0001, Acme, and a contact.",
        "The first three of 250: Acme, Customer 001, Customer 002.",
        "Looped over all pages: 250 customers have an e-mail address.",
        "Changed the payment terms of Acme to NET 14.",
        "Acme owes 470 and has 50 in credits.",
        "Sent a statement to nancy.talty@example.com: Statement from Dunder Mifflin, Inc.",
    )
}
"""What each example says of what happened."""


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_every_example_runs_and_says_what_happened(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    for line in SAID[path.name]:
        assert line in printed
