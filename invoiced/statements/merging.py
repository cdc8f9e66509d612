"""Merging of statements into one PDF."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from invoiced.files import write_atomically
from invoiced.runs import RunError

from .download import Download
from .pdf_files import UnreadableError, reading, require_pypdf


def merge(downloads: Iterable[Download], merged: str | os.PathLike[str], *, allow_missing: bool = False) -> int:
    """Merge the statements that `StatementDownload.fetch` returned into one PDF, in this order, each of them once.

    A bookmark for each statement has the number and the name of its customer. Requires the extra `cli`.

    Args:
        downloads: the results of the download.
        merged: the file to write.
        allow_missing: whether the file is also written if statements are missing. Then its first page lists which, and
            why.

    Returns:
        The number of pages.

    Raises:
        RunError: a statement is missing, or a file cannot be read or written. Then the merged file is not written.
    """
    require_pypdf()
    from pypdf import PdfWriter

    from .missing_page import add_missing_page

    downloads, merged = [*downloads], Path(merged)
    statements, missing = {each.path: each.customer for each in downloads if each.done}, missing_in(downloads)
    total = len(statements) + len(missing)
    if missing and not allow_missing:
        names = "; ".join(f"row {each.row}, {each.customer}: {each.reason}" for each in missing)
        raise RunError(
            f"{merged} was not written, because {len(missing)} of {total} statements are missing ({names}). "
            "With allow_missing=True, it is written, and its first page lists them."
        )
    if not statements:
        raise RunError(f"{merged} was not written: there are no statements to merge.")
    if merged.resolve() in {path.resolve() for path in statements}:
        raise RunError(f"{merged} is one of the files to merge. Use another name.")
    try:
        with write_atomically(merged) as temporary, PdfWriter() as writer:
            if missing:
                add_missing_page(writer, missing, total)
            for path, customer in statements.items():
                try:
                    with reading(path) as pdf:
                        writer.append(pdf, outline_item=str(customer), import_outline=False)
                except (UnreadableError, OSError) as error:
                    raise RunError(
                        f"{path} cannot be merged: {error}. {merged} was not written. Run the download again, which "
                        "replaces a broken file."
                    ) from None
            writer.write(temporary)
            return len(writer.pages)
    except RunError:
        raise
    except Exception as error:
        raise RunError(f"{merged} cannot be written: {error}") from None


def missing_in(downloads: Iterable[Download]) -> list[Download]:
    """Return the rows whose customers have no statement. A duplicate has that of an earlier row."""
    return [each for each in downloads if not each.done and not each.is_duplicate]
