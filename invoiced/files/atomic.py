"""Atomic writing of files."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from .private import create_file

_WRITING_FAILED = (errno.EIO, errno.ENOSPC, errno.EDQUOT)

_NAME_LENGTH = 50
"""Characters of a name that the name of its temporary file begins with. File systems limit names to 255 bytes."""


@contextmanager
def write_atomically(path: Path, *, replace: bool = True, durable: bool = False) -> Iterator[Path]:
    """Write a file completely or not at all. Only its owner can read it, even if it replaces one that others can read.

    Args:
        path: the file to write.
        replace: whether an existing file is replaced.
        durable: whether the file is flushed to disk, so that it survives a power failure.

    Yields:
        A temporary path in the same directory. The file written there is renamed to `path` when the block ends, and
        deleted if the block raises an error.

    Raises:
        FileExistsError: the file exists and `replace` is false.
        OSError: the file cannot be written, or what is at `path` is not a file.
    """
    if path.exists() and not path.is_file():  # a device or a pipe
        raise OSError(errno.EINVAL, "not a file", str(path))
    temporary = path.with_name(f"{path.name[:_NAME_LENGTH]}.{uuid4().hex}.part")
    try:
        create_file(temporary)
        yield temporary
        if durable:
            _flush(temporary)
        if replace:
            temporary.replace(path)
        else:
            _rename_to_new(temporary, path)
        if durable:
            _flush(path.absolute().parent)
    finally:
        with suppress(OSError):
            temporary.unlink()


def _flush(path: Path) -> None:
    """Flush a file or a directory to disk. Not every system and not every file system can flush directories."""
    is_directory = path.is_dir()
    if is_directory and os.name == "nt":
        return
    try:
        descriptor = os.open(path, os.O_RDONLY if is_directory else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if not is_directory or error.errno in _WRITING_FAILED:
            raise


def _rename_to_new(temporary: Path, path: Path) -> None:
    """Rename a file, but never replace another one."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)
