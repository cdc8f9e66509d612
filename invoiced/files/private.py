"""Files and folders that only their owner can read, as programs that keep personal data create them.

Windows has no such modes: there, the folder of a file determines who can read it.
"""

from __future__ import annotations

import os
from itertools import takewhile
from pathlib import Path

_FILE, _FOLDER = 0o600, 0o700


def create_file(path: Path) -> None:
    """Create an empty file. Nobody else can read it at any time.

    Raises:
        FileExistsError: there is something at the path, even a link to nothing.
        OSError: the file cannot be created.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))
    _restore(path, _FILE)


def create_folder(path: Path) -> None:
    """Create a folder, and its parents, unless they exist. A folder that exists keeps its mode.

    Raises:
        FileExistsError: there is a file at the path.
        OSError: a folder cannot be created.
    """
    parents = takewhile(lambda parent: not parent.exists(), path.parents)
    for folder in (*reversed([*parents]), path):
        if not folder.is_dir():
            folder.mkdir(_FOLDER, exist_ok=True)
            _restore(folder, _FOLDER)


def _restore(path: Path, mode: int) -> None:
    """Return to the owner what the umask of the process took."""
    if path.stat().st_mode & mode != mode:
        path.chmod(mode)
