"""A reader of pages, which runs their code blocks in order."""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exchanges import Exchanges
from sybil import Document, Example
from sybil.document import PythonDocStringDocument
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser
from sybil.parsers.rest import CodeBlockParser as DirectiveParser
from waiting import PATIENCE, wait_until

from invoiced.emulator import Emulator

ROOT = Path(__file__).parent.parent

# Parts of commands that are replaced: the port of the emulator, and installation from the checkout.
_PORT = "8065"
_EMULATOR = re.compile(r"(invoiced emulator|python -m invoiced\.emulator)\b")
_CHECKOUT = re.compile(r'pip install "\.(\[[\w,]+\])?"')
_CREATE_VENV = "python3 -m venv "

# Without network: pip only checks that the requirements of the page are installed.
_ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PIP_NO_INDEX": "1",
    "PIP_QUIET": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "COLUMNS": "120",
}


class Reader:
    """Runs the code blocks of a page in order: Python in one namespace, shell commands in one folder."""

    def __init__(self, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.emulator, self._monkeypatch = emulator, monkeypatch
        self._printed = ""
        self._exchanges = Exchanges(monkeypatch)
        self._running: list[subprocess.Popen[bytes]] = []
        self._reserved = socket.create_server(("127.0.0.1", 0))  # reserves the port for an emulator
        self._port = self._reserved.getsockname()[1]
        emulator.set_time(1796040000)  # 2026-11-30 12:00 UTC
        monkeypatch.chdir(folder)
        for name, value in {**_ENVIRONMENT, "INVOICED_API_KEY": "any-key", "INVOICED_BASE_URL": emulator.url}.items():
            monkeypatch.setenv(name, value)
        (folder / "examples").symlink_to(ROOT / "examples")

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        self._reserved.close()
        for process in self._running:
            process.terminate()
            process.wait(PATIENCE)

    def read(self, path: Path) -> None:
        """Run the code blocks of a page, and compare its output and HTTP messages."""
        document = Document(path.read_text(encoding="utf-8").replace(_PORT, str(self._port)), str(path))
        blocks = {"python": self._python, "sh": self._sh, "output": self._output, "http": self._http}
        for language, evaluate in blocks.items():
            for region in CodeBlockParser(language, evaluate)(document):
                document.add(region)
        for example in document:
            example.evaluate()
        self._exchanges.end(str(path))
        for emulator in document.namespace.values():
            if isinstance(emulator, Emulator):
                emulator.stop()

    def read_docstrings(self, path: Path, names: dict[str, Any]) -> int:
        """Run the code blocks of the docstrings of a module, each with these names, and return the number of blocks."""
        blocks = 0
        for _, _, docstring in PythonDocStringDocument.extract_docstrings(path.read_text(encoding="utf-8")):
            document = Document(docstring, str(path))
            document.namespace.update(names)
            for region in DirectiveParser("python", self._python)(document):
                document.add(region)
            for example in document:
                example.evaluate()
                blocks += 1
        return blocks

    def _python(self, example: Example) -> None:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            PythonEvaluator()(example)
        self._printed = printed.getvalue()

    def _sh(self, example: Example) -> None:
        commands: list[str] = []
        for line in example.parsed.splitlines():
            if _EMULATOR.match(line):
                self._start(line)
            elif not line.startswith(_CREATE_VENV):  # the tests already run in an environment with all requirements
                commands.append(_CHECKOUT.sub(r'pip install "invoiced\1"', line))
        # Exported variables remain set for the following blocks, as in one terminal.
        script = "set -euo pipefail\n" + "\n".join([*commands, "env -0 > .environment"])
        completed = subprocess.run(
            ["bash", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self._printed = completed.stdout
        assert completed.returncode == 0, (
            f"{_location(example)} exited with {completed.returncode}:\n{completed.stdout}"
        )
        assert "does not provide the extra" not in completed.stdout
        for name, _, value in (pair.partition("=") for pair in Path(".environment").read_text().split("\0")):
            if name.startswith("INVOICED_"):
                self._monkeypatch.setenv(name, value)

    def _start(self, line: str) -> None:
        """Start a program that runs until the end of the page."""
        self._reserved.close()
        self._running.append(subprocess.Popen(shlex.split(line), stdout=subprocess.DEVNULL))
        wait_until(self._is_listening, self._running[-1])

    def _is_listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port)):
            return True
        return False

    def _output(self, example: Example) -> None:
        expected = example.parsed.rstrip()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if not doctest.OutputChecker().check_output(expected, self._printed.rstrip(), flags):
            raise AssertionError(f"{_location(example)} shows\n{expected}\nbut the output was:\n{self._printed}")

    def _http(self, example: Example) -> None:
        self._exchanges.compare(example.parsed, _location(example))


def _location(example: Example) -> str:
    return f"{example.path}:{example.line}"


@contextlib.contextmanager
def reading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Yield a reader with an emulator of the API."""
    with Emulator(seed=7) as emulator, Reader(emulator, folder, monkeypatch) as reader:
        yield reader
