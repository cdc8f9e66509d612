"""Fixtures for the examples, which run as separate programs that are configured by the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from invoiced.emulator import Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES))  # for the tests that import an example

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(invoiced_emulator: Emulator, tmp_path: Path) -> Run:
    """Return a function that runs an example in `tmp_path` with the emulator of the test: `run("quickstart.py")`."""
    environment = {**os.environ, "INVOICED_API_KEY": "any-key", "INVOICED_BASE_URL": invoiced_emulator.url}

    def run(example: str, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments]
        options: Any = {"cwd": tmp_path, "env": environment, "text": True, "capture_output": True, "timeout": 60}
        return subprocess.run(command, input=typed, **options)

    return run
