"""Reading of PDFs within limits, because their server is not trusted.

A PDF of a few kilobytes can have pages without end, or refer to the same data a thousand times. So pages are counted
and not rendered, and it is limited how much of a file is read, and for how long.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoiced.downloads.fetching import MAX_SIZE
from invoiced.runs import RunError

from .time_limit import LimitReached, time_limit

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_SECONDS = 10
"""Maximum time to read a file. A thousand pages take about half a second."""

_MAX_REPETITIONS, _ALLOWANCE = 4, 1024 * 1024
"""How often the bytes of a file may be read, and how many more for a small file. Usually they are read up to twice."""
_MAX_REASON = 200

# Without a handler, Python would print on stderr what pypdf logs of a damaged file.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


class UnreadableError(Exception):
    """A PDF cannot be read. The message says why."""


def require_pypdf() -> None:
    """Check that pypdf is installed.

    Raises:
        RunError: it is not.
    """
    try:
        import pypdf  # noqa: F401
    except ModuleNotFoundError:
        raise RunError('PDFs of statements require pypdf: run pip install ".[cli]" in the checkout') from None


def check_pdf(path: Path) -> None:
    """Check that a file is a PDF with pages, and that each page can be read.

    Raises:
        UnreadableError: it is not.
        OSError: the file cannot be opened.
    """
    with reading(path) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            if not _has_content(page):
                raise UnreadableError(f"the content of page {number} is missing")


@contextmanager
def reading(path: Path) -> Iterator[PdfReader]:
    """Read a PDF that has pages. An error in the block means that the file cannot be read.

    Raises:
        UnreadableError: the file cannot be read, or not within the limits.
        OSError: the file cannot be opened.
    """
    from pypdf import PdfReader

    if path.stat().st_size > MAX_SIZE:
        raise UnreadableError(f"it is larger than {MAX_SIZE} bytes")
    content = path.read_bytes()
    try:
        with time_limit(MAX_SECONDS):
            pdf = PdfReader(_LimitedFile(content), strict=False)
            _check_number_of_pages(pdf)
            yield pdf
    except UnreadableError:
        raise
    except LimitReached as limit:
        raise UnreadableError(str(limit)) from None
    except Exception as error:  # pypdf raises almost any error for a damaged file
        raise UnreadableError(_reason(error)) from None


def _check_number_of_pages(pdf: PdfReader) -> None:
    """Check that there are pages, and as many as the file says: pypdf leaves out those that it does not find."""
    tree: Any = pdf.root_object["/Pages"]
    expected = tree.get("/Count", 0)
    if not pdf.pages:
        raise UnreadableError("it has no pages")
    if len(pdf.pages) < expected:
        raise UnreadableError(f"it has {len(pdf.pages)} of {expected} pages")


def _has_content(page: PageObject) -> bool:
    """Return whether the content of a page is there. It is not decoded: a few kilobytes can decode to gigabytes."""
    from pypdf.generic import ArrayObject, StreamObject

    content = page.get("/Contents", ArrayObject()).get_object()
    parts = content if isinstance(content, ArrayObject) else [content]
    return all(isinstance(part.get_object(), StreamObject) for part in parts)


def _reason(error: Exception) -> str:
    """Describe an error of pypdf. The text of other errors makes sense in its source only."""
    from pypdf.errors import PyPdfError

    text = str(error)[:_MAX_REASON] if isinstance(error, PyPdfError) else ""
    return text or type(error).__name__


class _LimitedFile(BytesIO):
    """A file of which only so much can be read, because a reader keeps in memory whatever it has read."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._left = _MAX_REPETITIONS * len(content) + _ALLOWANCE

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes.

        Raises:
            LimitReached: too much was read.
        """
        part = super().read(size)
        self._left -= len(part)
        if self._left < 0:
            raise LimitReached("it refers to the same data too often")
        return part
