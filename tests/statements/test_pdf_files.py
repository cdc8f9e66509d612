"""Tests of reading PDFs of servers that are broken or hostile."""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from pdfs import BOMB, BROKEN, CATALOG, HOSTILE, ONE_PAGE, page, pages, pdf, stream

from invoiced.statements import RunError, pdf_files
from invoiced.statements.pdf_files import UnreadableError, check_pdf, require_pypdf
from invoiced.statements.time_limit import LimitReached, time_limit


@pytest.fixture
def check(tmp_path: Path) -> Callable[[bytes], None]:
    def check(content: bytes) -> None:
        path = tmp_path / "statement.pdf"
        path.write_bytes(content)
        check_pdf(path)

    return check


@pytest.mark.parametrize(
    "content",
    [
        ONE_PAGE,
        pdf(CATALOG, pages(3), b"<< /Type /Page /MediaBox [0 0 1 1] >>"),
        pdf(CATALOG, pages(3), page(4), b"[5 0 R 5 0 R]", stream(b"BT ET")),
        ONE_PAGE.replace(b"startxref\n", b"startxref\n1"),
        b"%PDF-1.4\n" + ONE_PAGE,
        pdf(CATALOG, pages(*range(3, 503)), *[page(503)] * 500, stream(b"BT ET" * 10_000)),
    ],
    ids=["one page", "no content", "content in parts", "a wrong table", "bytes before it", "500 pages"],
)
def test_what_other_programs_can_read_is_readable(content: bytes, check: Callable[[bytes], None]) -> None:
    check(content)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_pdf_is_refused(content: bytes, check: Callable[[bytes], None]) -> None:
    with pytest.raises(UnreadableError, match=r"\S"):
        check(content)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_pdf_takes_neither_time_nor_memory(
    content: bytes, check: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_files, "MAX_SECONDS", 3)
    tracemalloc.start()
    began = time.monotonic()
    try:
        with suppress(UnreadableError):  # what can be read in time may be a statement
            check(content)
        assert tracemalloc.get_traced_memory()[1] < 250_000_000
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 20


def test_the_content_of_pages_is_not_decoded(check: Callable[[bytes], None]) -> None:
    tracemalloc.start()
    try:
        check(BOMB)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_same_data_cannot_be_read_a_thousand_times(check: Callable[[bytes], None]) -> None:
    with pytest.raises(UnreadableError, match="it refers to the same data too often"):
        check(HOSTILE["the same data for a thousand pages"])


def test_a_pdf_that_takes_too_long_is_refused(check: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "MAX_SECONDS", 0.05)
    with pytest.raises(UnreadableError, match=r"^reading it takes longer than 0\.05 seconds$"):
        check(HOSTILE["pages that double forty times"])


def test_a_pdf_that_is_too_large_is_not_read(check: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "MAX_SIZE", 10)
    with pytest.raises(UnreadableError, match=r"^it is larger than 10 bytes$"):
        check(ONE_PAGE)


def test_a_damaged_pdf_logs_nothing_on_stderr(
    check: Callable[[bytes], None], capfd: pytest.CaptureFixture[str]
) -> None:
    for content in BROKEN.values():
        with pytest.raises(UnreadableError):
            check(content)
    assert capfd.readouterr() == ("", "")


def test_without_pypdf_an_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(RunError, match=r'require pypdf: run pip install "\.\[cli\]"'):
        require_pypdf()


# The time limit


def endless() -> None:
    while True:
        with suppress(Exception):
            len("a")


def test_what_never_ends_and_handles_all_exceptions_is_ended() -> None:
    with pytest.raises(LimitReached, match=r"longer than 0\.1 seconds"), time_limit(0.1):
        endless()


def test_what_ends_in_time_is_not_ended_later() -> None:
    with time_limit(0.05):
        pass
    began = time.monotonic()
    while time.monotonic() < began + 0.1:
        len("a")


@pytest.mark.parametrize("seconds", [0.1, 60])
def test_a_profiler_continues_after_the_limit(seconds: float) -> None:
    calls = list[str]()

    def profiler(frame: object, event: str, _: object) -> None:
        calls.append(event)

    sys.setprofile(profiler)
    try:
        with suppress(LimitReached), time_limit(seconds):
            if seconds < 1:
                endless()
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
