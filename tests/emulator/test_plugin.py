"""The fixtures of the pytest plugin, and the error if the extra is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=30)


def test_each_test_gets_a_new_emulator_and_client(pytester: pytest.Pytester) -> None:
    # Imported rather than registered as a plugin, which fails if the installed library has registered it.
    pytester.makeconftest("from invoiced.testing.pytest_plugin import invoiced_client, invoiced_emulator")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", [1, 2])
        def test_statement(invoiced_client, invoiced_emulator, number):
            customer = invoiced_client.Customer.create(name="Acme", email="billing@acmecorp.com")
            assert customer.id == 1
            customer.send_statement()
            assert [email["email"] for email in invoiced_emulator.outbox] == ["billing@acmecorp.com"]
        """
    )
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=2)


@pytest.mark.parametrize("package", ["jsonschema", "waitress", "werkzeug"])
def test_the_error_for_a_missing_package_names_the_extra(package: str) -> None:
    completed = _run(f"import sys; sys.modules['{package}'] = None; import invoiced.emulator")
    assert completed.stderr.endswith(
        f'ImportError: The emulator needs {package}: run pip install ".[emulator]" in the checkout\n'
    )
