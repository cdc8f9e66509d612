"""Files that only their owner can read: the data of an emulator names customers, and what they owe."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_OWNER_ONLY = 0o600


def create(path: Path) -> None:
    """Create an empty file, unless it exists.

    An existing file is not opened: closing it would end the locks that SQLite holds on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))


def tighten(*paths: Path) -> None:
    """Take the access of others from existing files, on systems with such permissions."""
    for path in paths:
        # A file that is missing, or that belongs to somebody else, stays as it is.
        with suppress(FileNotFoundError, PermissionError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if os.name == "posix" and mode & 0o077:
                path.chmod(mode & 0o700)


def write(path: Path, text: str) -> None:
    """Replace a file as a whole with a text in UTF-8."""
    temporary = Path(f"{path}.{uuid4().hex}")
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n", opener=_open) as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _open(path: str, flags: int) -> int:
    return os.open(path, flags, _OWNER_ONLY)
