from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import KEY

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator

ROOT = Path(__file__).parents[2]

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def documented_responses() -> bool:
    """Whether the emulator responds to statements as documented."""
    return False


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, documented_responses: bool) -> Iterator[Emulator]:
    """An emulator of the API that the command line is configured to use."""
    with Emulator(api_key=KEY, documented_responses=documented_responses) as emulator:
        monkeypatch.setenv("INVOICED_API_KEY", KEY)
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        yield emulator


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory in which commands run."""
    path = tmp_path / "folder"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def account(emulator: Emulator) -> Iterator[invoiced.Client]:
    """A client of the emulated account."""
    with invoiced.Client() as client:
        yield client


@pytest.fixture
def run() -> Run:
    """Run the command line in this process, with stdout and stderr captured separately."""
    options = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    runner = CliRunner(**options)

    def run(*arguments: object, input: str | None = None) -> Result:
        return runner.invoke(application(), [str(argument) for argument in arguments], input=input)

    return run


@pytest.fixture
def start() -> Iterator[Start]:
    """Start the command line as a process. Kill processes that still run at the end of the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, stdout: int = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "invoiced.cli", *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **environment},
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
