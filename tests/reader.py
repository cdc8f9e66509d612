"""Somebody who reads a page and types what it shows, block after block."""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from sybil import Document, Example
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from invoiced.emulator import Emulator

ROOT = Path(__file__).parent.parent

# What the pages write, and what takes its place: the port of an emulator that goes on, this checkout as installed.
_PORT = "8065"
_EMULATOR = re.compile(r"(invoiced emulator|python -m invoiced\.emulator)\b")
_CHECKOUT = re.compile(r'pip install "\.(\[\w+\])?"')

# Without network: what the tests have installed must satisfy what a page installs.
_ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "COLUMNS": "120",
}


class Reader:
    """Runs the blocks of a page in order: Python in one program, shell commands in one folder."""

    def __init__(self, emulator: Emulator, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.emulator, self._folder, self._monkeypatch = emulator, folder, monkeypatch
        self._printed = ""
        self._exchanges: list[tuple[requests.PreparedRequest, requests.Response, list[bytes]]] = []
        self._running: list[subprocess.Popen[bytes]] = []
        self._port = _free_port()
        emulator.set_time(1796040000)  # 2026-11-30 12:00 UTC
        monkeypatch.chdir(folder)
        for name, value in {**_ENVIRONMENT, "INVOICED_API_KEY": "any-key", "INVOICED_BASE_URL": emulator.url}.items():
            monkeypatch.setenv(name, value)
        (folder / "examples").symlink_to(ROOT / "examples")
        self._record_exchanges()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._running:
            process.terminate()
            process.wait()

    def read(self, path: Path) -> dict[str, Any]:
        """Do what the page at `path` shows, and answer the names of its Python program."""
        document = Document(path.read_text(encoding="utf-8").replace(_PORT, str(self._port)), str(path))
        blocks = {"python": self._python, "sh": self._sh, "output": self._output, "http": self._http}
        for language, evaluate in blocks.items():
            for region in CodeBlockParser(language, evaluate)(document):
                document.add(region)
        for example in document:
            example.evaluate()
        return document.namespace

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
            else:
                commands.append(_CHECKOUT.sub(r'pip install "invoiced\1"', line))
        # What is exported holds for the blocks that follow, as in one terminal.
        script = "set -euo pipefail\n" + "\n".join([*commands, "env -0 > .environment"])
        ran = subprocess.run(
            ["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120
        )
        self._printed = ran.stdout
        assert ran.returncode == 0, f"{example.path}:{example.line} ended with {ran.returncode}:\n{ran.stdout}"
        assert "does not provide the extra" not in ran.stdout
        for name, _, value in (pair.partition("=") for pair in Path(".environment").read_text().split("\0")):
            if name.startswith("INVOICED_"):
                self._monkeypatch.setenv(name, value)

    def _start(self, line: str) -> None:
        """A program that goes on while the page does, in another window."""
        self._running.append(subprocess.Popen(shlex.split(line), stdout=subprocess.DEVNULL))
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port)):
                return
            time.sleep(0.05)
        raise AssertionError(f"{line} does not listen")

    def _output(self, example: Example) -> None:
        shown = example.parsed.rstrip()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        if not doctest.OutputChecker().check_output(shown, self._printed.rstrip(), flags):
            raise AssertionError(f"{example.path}:{example.line} shows\n{shown}\nbut this was printed:\n{self._printed}")

    def _record_exchanges(self) -> None:
        send = requests.Session.send

        def recorded(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            response = send(session, request, **options)
            read, parts = response.iter_content, list[bytes]()

            def kept(*size: Any, **more: Any) -> Iterator[bytes]:
                for part in read(*size, **more):
                    parts.append(part)
                    yield part

            # Not read here, but as the client reads it: an answer that breaks off must break off there.
            vars(response)["iter_content"] = kept
            self._exchanges.append((request, response, parts))
            return response

        self._monkeypatch.setattr(requests.Session, "send", recorded)

    def _http(self, example: Example) -> None:
        """A request that was sent, or the answer to it: what a page shows of it is true, though it may not be all."""
        head, _, shown = example.parsed.partition("\n\n")
        line, *headers = head.splitlines()
        request, response, parts = self._exchanges[0]
        sent = line.startswith("HTTP/")
        if sent:
            self._exchanges.pop(0)
            written, body = f"HTTP/1.1 {response.status_code} {response.reason}", b"".join(parts)
        else:
            url = urlsplit(str(request.url))
            written = f"{request.method} {url.path}{f'?{url.query}' if url.query else ''} HTTP/1.1"
            body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        where = f"{example.path}:{example.line}"
        assert line == written, f"{where}: {written}"
        for name, value in (header.split(": ", 1) for header in headers):
            had = (response if sent else request).headers[name]
            assert doctest.OutputChecker().check_output(value, str(had), doctest.ELLIPSIS), f"{where}: {name}: {had}"
        if shown.strip():
            assert _holds(json.loads(body), json.loads(shown), partly=sent), f"{where}: {json.dumps(json.loads(body))}"
        else:
            assert not body, f"{where}: {body!r}"


def _holds(value: Any, shown: Any, *, partly: bool) -> bool:
    """Whether `value` is what is shown, or with `partly` has at least its fields."""
    if not partly:
        return bool(value == shown)
    if isinstance(shown, dict):
        return isinstance(value, dict) and all(
            name in value and _holds(value[name], shown[name], partly=True) for name in shown
        )
    if isinstance(shown, list):
        pairs = zip(value, shown, strict=False)
        return len(value) == len(shown) and all(_holds(one, other, partly=True) for one, other in pairs)
    return bool(value == shown)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def reading(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """A reader with an emulator of the API."""
    with Emulator(seed=7) as emulator, Reader(emulator, folder, monkeypatch) as reader:
        yield reader
