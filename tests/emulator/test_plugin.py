"""The fixtures of the pytest plugin, and the error if the extra is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import invoiced

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


TEST = "def test_client(invoiced_client): assert invoiced_client.Customer.create(name='Acme').id == 1"
NO_OTHER_PLUGINS = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def _run_pytest(folder: Path, before: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a program that has executed a statement before."""
    program = f"import sys; {before}; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-W", "error", "-c", program, "-q", "-W", "error", *options]
    environment = {**NO_OTHER_PLUGINS, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("name", ["pytest_invoiced", "invoiced.testing.pytest_plugin"])
@pytest.mark.parametrize(
    "before", ["import invoiced", "import invoiced.emulator", "import invoiced.statements, invoiced.cli", "pass"]
)
def test_a_program_that_uses_the_library_can_start_pytest(name: str, before: str, tmp_path: Path) -> None:
    (tmp_path / "test_program.py").write_text(TEST)
    (tmp_path / "conftest.py").write_text("import invoiced")
    ran = _run_pytest(tmp_path, before, "-p", name, "-p", "no:cacheprovider")
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


def test_both_names_of_the_plugin_can_be_used_together(tmp_path: Path) -> None:
    (tmp_path / "test_program.py").write_text(TEST)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["invoiced.testing.pytest_plugin"]')
    assert _run_pytest(tmp_path, "pass", "-p", "pytest_invoiced").returncode == 0


def test_pytest_does_not_warn_about_the_library_that_was_imported_before() -> None:
    assert "PYTEST_DONT_REWRITE" in str(invoiced.__doc__)


def test_the_plugin_imports_nothing_of_the_library_until_a_fixture_is_used() -> None:
    ran = _run("import pytest, sys; before = {*sys.modules}; import pytest_invoiced; print({*sys.modules} - before)")
    assert ran.stdout == "{'pytest_invoiced'}\n"


@pytest.mark.parametrize("package", ["jsonschema", "waitress", "werkzeug"])
def test_the_error_for_a_missing_package_names_the_extra(package: str) -> None:
    completed = _run(f"import sys; sys.modules['{package}'] = None; import invoiced.emulator")
    assert completed.stderr.endswith(
        f'ImportError: The emulator needs {package}: run pip install ".[emulator]" in the checkout\n'
    )
