"""PDFs and uploads."""

from __future__ import annotations

import base64
import errno
import io
import os
import traceback
from pathlib import Path
from typing import Any

import pytest
from calls.recorder import Recorder, recording
from conftest import KEY

import invoiced

PDF = b"%PDF-1.7\n..."
RECORDS = [invoiced.Invoice, invoiced.CreditNote, invoiced.Estimate, invoiced.Payment]


@pytest.mark.parametrize("cls", RECORDS)
def test_a_pdf_is_returned_and_written(client: invoiced.Client, recorder: Recorder, tmp_path: Path, cls: Any) -> None:
    recorder.respond(PDF, Content_Type="application/pdf")
    assert cls(client, 7).pdf(tmp_path / "a.pdf") == PDF
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [PDF]
    (request,) = recorder.requests
    assert (request.method, request.path) == ("GET", f"/{cls._path}/7")
    assert request.headers["Accept"] == "application/pdf"


def test_a_response_that_is_not_a_pdf_is_an_error_and_leaves_the_file_as_it_was(
    client: invoiced.Client, recorder: Recorder, tmp_path: Path
) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"old")
    recorder.respond({"id": 7}, Content_Type="application/json")
    with pytest.raises(invoiced.ApiError, match="Expected a PDF, got application/json"):
        invoiced.Invoice(client, 7).pdf(file)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.pdf": b"old"}


def test_an_error_response_to_a_pdf_is_the_usual_error(client: invoiced.Client, recorder: Recorder) -> None:
    recorder.respond({"type": "invalid_request", "message": "No such invoice."}, 404)
    with pytest.raises(invoiced.NotFoundError, match="No such invoice"):
        invoiced.Invoice(client, 7).pdf()


def test_a_file_that_cannot_be_replaced_leaves_no_temporary_file(
    client: invoiced.Client, recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    recorder.respond(PDF)
    with pytest.raises(OSError, match="folder"):
        invoiced.Invoice(client, 7).pdf(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def parts_of(content: bytes) -> list[bytes]:
    """Return the parts of a multipart body."""
    boundary = content.partition(b"\r\n")[0]
    assert content.endswith(boundary + b"--\r\n")
    return content.removesuffix(boundary + b"--\r\n").split(boundary + b"\r\n")[1:]


def test_a_file_is_uploaded_from_a_path(client: invoiced.Client, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "scan ü.pdf"
    content = os.urandom(200_000)
    path.write_bytes(content)
    recorder.respond({"id": 9, "object": "file"}, 201)
    assert type(client.File.create(file=path, idempotency_key="key-0001")) is invoiced.File
    (request,) = recorder.requests
    (part,) = parts_of(request.content)
    head, _, body = part.partition(b"\r\n\r\n")
    assert body == content + b"\r\n"
    assert 'name="file"; filename="scan ü.pdf"' in head.decode()
    assert b"Content-Type: application/pdf" in head
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert request.headers["Idempotency-Key"] == "key-0001"


def test_an_open_file_is_uploaded_from_its_position(client: invoiced.Client, recorder: Recorder) -> None:
    file = io.BytesIO(b"skipped rest")
    file.seek(8)
    client.File.create(file=file, name="a.txt")
    (part,) = parts_of(recorder.requests[0].content)
    assert part.endswith(b"text/plain\r\n\r\nrest\r\n")


class Shrinking(io.BytesIO):
    """A file that becomes shorter after its size was read."""

    def read(self, size: int | None = -1) -> bytes:
        return b"" if size == 0 or self.tell() >= 10 else super().read(5)


INVALID: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "empty": ({"file": io.BytesIO(), "name": "a"}, ValueError, "a has 0 bytes"),
    "text mode": ({"file": io.StringIO("a"), "name": "a"}, TypeError, "must be opened in binary mode"),
    "no name": ({"file": io.BytesIO(b"a")}, ValueError, "Invalid file name ''"),
    "a folder": ({"file": io.BytesIO(b"a"), "name": "a/b"}, ValueError, "without a folder"),
    "a quote": ({"file": io.BytesIO(b"a"), "name": 'a"b'}, ValueError, "must not contain quotes"),
    "a line break": ({"file": io.BytesIO(b"a"), "name": "a\r\nb"}, ValueError, "control characters"),
    "nothing": ({}, ValueError, "Expected a file to upload"),
    "a file and a URL": ({"file": io.BytesIO(b"a"), "url": "https://a.test"}, ValueError, "and no file to upload"),
    "a URL only": ({"url": "https://a.test"}, ValueError, "requires name, size and type"),
    "missing": ({"file": "nowhere.pdf"}, FileNotFoundError, "nowhere.pdf"),
}


@pytest.mark.parametrize("kind", INVALID)
def test_an_invalid_file_is_refused(client: invoiced.Client, recorder: Recorder, kind: str) -> None:
    arguments, error, message = INVALID[kind]
    with pytest.raises(error, match=message):
        client.File.create(**arguments)
    assert recorder.requests == []


def test_a_file_that_becomes_shorter_while_it_is_sent_is_an_error() -> None:
    with recording() as server, invoiced.Client("key", base_url=server.url) as client:
        with pytest.raises(invoiced.ApiConnectionError, match="a ended 6 bytes early: it changed while it was sent"):
            client.File.create(file=Shrinking(b"0123456789abcdef"), name="a")


def test_a_file_larger_than_20_mib_is_refused(client: invoiced.Client, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024 + 1)
    with pytest.raises(ValueError, match="the API accepts 1 to 20971520 bytes"):
        client.File.create(file=path)
    assert recorder.requests == []


def test_a_retry_sends_the_whole_file_again(recorder: Recorder, waits: list[float]) -> None:
    recorder.respond({"message": "Slow down."}, 429)
    with invoiced.Client("key", base_url=recorder.url, max_retries=1) as client:
        with pytest.raises(invoiced.RateLimitError):
            client.File.create(file=io.BytesIO(b"content"), name="a.txt")
    first, second = (request.content for request in recorder.requests)
    assert first == second
    assert b"content" in first
    assert len(waits) == 1


class Counting(io.BytesIO):
    """A file that records how much is read of it at once."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.sizes: list[int] = []

    def read(self, size: int | None = -1) -> bytes:
        content = super().read(size)
        self.sizes.append(len(content))
        return content


def test_a_file_is_read_while_it_is_sent_and_its_length_is_sent_first(
    client: invoiced.Client, recorder: Recorder
) -> None:
    file = Counting(os.urandom(1_000_000))
    client.File.create(file=file, name="a.bin")
    (request,) = recorder.requests
    assert file.getvalue() in request.content
    assert max(file.sizes) <= 64 * 1024
    assert request.headers["Content-Length"] == str(len(request.content))
    assert "Transfer-Encoding" not in request.headers


def test_a_file_of_20_mib_is_uploaded(client: invoiced.Client, recorder: Recorder, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    client.File.create(file=path)
    assert len(recorder.requests[0].content) > 20 * 1024 * 1024


def test_a_retry_starts_at_the_position_of_the_open_file(recorder: Recorder, waits: list[float]) -> None:
    file = io.BytesIO(b"skipped rest")
    file.seek(8)
    recorder.respond({"message": "Slow down."}, 429)
    with invoiced.Client("key", base_url=recorder.url, max_retries=2) as client:
        with pytest.raises(invoiced.RateLimitError):
            client.File.create(file=file, name="a.txt")
    bodies = [parts_of(request.content)[0].partition(b"\r\n\r\n")[2] for request in recorder.requests]
    assert bodies == [b"rest\r\n"] * 3
    assert len({request.headers["Idempotency-Key"] for request in recorder.requests}) == 1


def test_a_type_with_a_line_break_is_refused(client: invoiced.Client, recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="control characters"):
        client.File.create(file=io.BytesIO(b"a"), name="a", type="text/plain\r\nX-Evil: 1")
    assert recorder.requests == []


@pytest.mark.parametrize("file", [io.BytesIO(b"content"), Shrinking(b"0123456789abcdef")])
def test_no_error_of_an_upload_contains_the_key(recorder: Recorder, file: io.BytesIO) -> None:
    recorder.respond({"message": "No."}, 400)
    with invoiced.Client(KEY, base_url=recorder.url, max_retries=0) as client:
        with pytest.raises(invoiced.InvoicedError) as caught:
            client.File.create(file=file, name="a")
    lines = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    shown = "".join(lines) + repr(caught.value) + repr(vars(caught.value))
    assert "/files" in shown
    assert KEY not in shown
    assert base64.b64encode(f"{KEY}:".encode()).decode() not in shown


def test_a_pdf_that_cannot_be_written_leaves_the_earlier_file_and_no_temporary_file(
    client: invoiced.Client, recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "a.pdf"
    file.write_bytes(b"old")
    recorder.respond(PDF)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        invoiced.Invoice(client, 7).pdf(file)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.pdf": b"old"}


def test_a_pdf_replaces_the_earlier_file(client: invoiced.Client, recorder: Recorder, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(b"old and longer than the PDF" * 5)
    recorder.respond(PDF)
    invoiced.Invoice(client, 7).pdf(file)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.pdf": PDF}
