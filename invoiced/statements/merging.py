"""Merging of statements into one PDF."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from invoiced.files import write_atomically
from invoiced.runs import RunError


def merge(paths: Sequence[str | os.PathLike[str]], merged: str | os.PathLike[str]) -> int:
    """Merge PDFs, in this order, into one file. Requires the extra `cli`.

    Args:
        paths: the files to merge.
        merged: the file to write.

    Returns:
        The number of pages.

    Raises:
        RunError: a file cannot be read or written; then the merged file is not written.
    """
    try:
        from pypdf import PdfWriter
    except ModuleNotFoundError:
        raise RunError('Merging PDFs requires pypdf: run pip install ".[cli]" in the checkout') from None

    merged, parts = Path(merged), [Path(path) for path in paths]
    if merged.resolve() in {path.resolve() for path in parts}:
        raise RunError(f"{merged} is one of the files to merge. Use another name.")
    try:
        with write_atomically(merged) as temporary, PdfWriter() as writer:
            for path in parts:
                try:
                    writer.append(path, import_outline=False)
                except Exception as error:  # pypdf raises almost any error for a damaged file
                    raise RunError(f"{path} cannot be merged: {error}") from None
            writer.write(temporary)
            return len(writer.pages)
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"{merged} cannot be written: {error}") from None
