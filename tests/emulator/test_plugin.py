"""The fixtures that come with the library, and the rooms that load only when they are entered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=30)


def test_the_fixtures_give_a_fresh_emulator_and_a_client_of_it(pytester: pytest.Pytester) -> None:
    # Imported, not named as a plugin: where the library is installed, pytest has loaded it already.
    pytester.makeconftest("from invoiced.testing.pytest_plugin import invoiced_client, invoiced_emulator")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_statement(invoiced_client, invoiced_emulator, turn):
            customer = invoiced_client.Customer.create(name="Acme", email="billing@acmecorp.com")
            assert customer.id == 1
            customer.send_statement()
            assert [email["email"] for email in invoiced_emulator.outbox] == ["billing@acmecorp.com"]
        """
    )
    pytester.runpytest_inprocess("-W", "error").assert_outcomes(passed=2)


@pytest.mark.parametrize("package", ["jsonschema", "waitress", "werkzeug"])
def test_without_the_extra_the_error_names_it(package: str) -> None:
    ran = _run(f"import sys; sys.modules['{package}'] = None; import invoiced.emulator")
    assert ran.stderr.endswith(f'ImportError: The emulator needs {package}: pip install "invoiced[emulator]"\n')
