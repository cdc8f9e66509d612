"""What the README and the examples show, run as it stands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TESTS = [block for block in BLOCKS if "\ndef test_" in block]


def test_every_python_block_of_the_readme_runs_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
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
    assert names["unknown"] == []
    assert sent.count("Your statement of November") == 3
    printed = capsys.readouterr().out
    assert "CUST-0042: sent to billing@acmecorp.com" in printed
    assert "billing@acmecorp.com Statement from Dunder Mifflin, Inc." in printed


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
