"""Functions that run recipes as separate programs, which end with the test."""

from __future__ import annotations

import ast
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from waiting import PATIENCE, wait_until

RECIPES = Path(__file__).parent.parent.parent / "docs" / "recipes"
Process = subprocess.Popen[bytes]


def command_of(recipe: str) -> list[str]:
    """Return the command in the last line of the docstring of a recipe, for this Python."""
    docstring = ast.get_docstring(ast.parse((RECIPES / f"{recipe}.py").read_text(encoding="utf-8"))) or ""
    program, *arguments = shlex.split(docstring.splitlines()[-1])
    return [sys.executable, *([] if program == "python" else ["-m", program]), *arguments]


@contextmanager
def running(command: list[str], log: Path, *, descriptors: tuple[int, ...] = ()) -> Iterator[Process]:
    """Start a program. At the end, terminate it and wait until its child processes have ended."""
    with log.open("wb") as output:
        process = Process(
            command, cwd=RECIPES, stdout=output, stderr=output, pass_fds=descriptors, start_new_session=True
        )
    try:
        yield process
        process.terminate()
        process.wait(PATIENCE)
        wait_until(lambda: not _is_running(process.pid))
    finally:
        print(log.read_text(errors="replace"))  # shown by pytest if the test fails
        if _is_running(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def _is_running(group: int) -> bool:
    """Return whether a process group has members."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
