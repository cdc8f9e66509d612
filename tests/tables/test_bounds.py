"""Text and streams that would exhaust time or memory: each is refused in one line."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from invoiced.tables import bounds, read_table

from .workbooks import refused

TEXT = {
    "a line of 5 MB": (b"number,x\n" + b"a" * 5 * 2**20, "4,194,304 characters in a row|field larger"),
    "many columns": (b"number," + b"a," * 17_000, "No header row"),
    "many columns below the header": (b"number,x\n" + b"," * 17_000, "16,384 columns"),
    "a row of many lines": (b"number,x\n" + b'"\n",' * 1_100_000, "4,194,304 characters in a row"),
    "a quotation that does not end": (b'number,x\n"' + b"a\n" * 2**20, "field larger than field limit"),
    "a header below 10,000 blank rows": (b"\n" * 10_000 + b"number,x\nA-1,x\n", "No header row"),
    "an array of arrays": (b"[" + b"[]," * 10**6 + b"1]", "is not a JSON object"),
    "an object of arrays": (b'[{"number":[' + b"[]," * 2 * 10**6 + b"1]}]", "4,194,304 characters in a row"),
    "a long line of JSON": (b'{"number":[' + b"[]," * 2 * 10**6 + b"1]}", "4,194,304 characters in a row"),
    "an object of many names": (
        b'{"number":1' + b"".join(b',"%d":1' % name for name in range(17_000)) + b"}", "16,384 columns"),
    "nested arrays": (b"[" * 10**6, "Invalid JSON|4,194,304 characters"),
    "nested objects": (b'{"a":' * 500_000, "Invalid JSON"),
    "an integer of 100,000 digits": (b'[{"number":' + b"1" * 100_000 + b"}]", "more than 300 digits"),
    "a fraction of 100,000 digits": (b'[{"number":0.' + b"1" * 100_000 + b"}]", "more than 300 digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXT)
def test_hostile_text_is_refused(name: str) -> None:
    content, problem = TEXT[name]
    assert re.search(problem, refused(io.BytesIO(content)))


@pytest.mark.parametrize("text", ["@" * 130_000 + " x", "a@" * 65_000 + " x", "\xe9" * 130_000, "a " * 65_000 + "\xe9"])
def test_a_long_cell_takes_no_more_than_linear_time(text: str) -> None:
    for encoding in ("utf-8", "cp1252"):
        content = f"number,x\n{text},y\n".encode(encoding)
        assert [row["x"] for row in read_table(io.BytesIO(content))] == ["y"]


def test_a_long_title_is_shortened() -> None:
    content = f"number,{'x' * 2000}\nA-1,y\n".encode()
    assert [dict(row) for row in read_table(io.BytesIO(content))] == [{"number": "A-1", "x" * 1000: "y"}]


class Endless(io.RawIOBase):
    """A stream without end, such as `/dev/zero` or the output of `yes`, which returns little at a time."""

    def __init__(self, content: bytes, *, seekable: bool = False) -> None:
        self._content, self._seekable = content * (2**16 // len(content)), seekable
        self.count = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._seekable

    def seek(self, *_: int) -> int:
        return 0

    def readinto(self, buffer: Any) -> int:
        part = self._content[: len(buffer)]
        buffer[: len(part)] = part
        self.count += len(part)
        return len(part)


@pytest.mark.parametrize("content", [b"\0", b"y\n", b"{}\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
@pytest.mark.parametrize("seekable", [True, False])
def test_no_more_is_read_of_a_stream_without_end_than_is_allowed(
    content: bytes, seekable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("reading", "workbooks", "archives"):
        monkeypatch.setattr(f"invoiced.tables.{module}.MAX_FILE_SIZE", 2**22)
    stream = Endless(content, seekable=seekable)
    assert re.search("more than 4,194,304 bytes|damaged", refused(stream))  # type: ignore[arg-type]
    assert stream.count < 4 * 2**22


def test_a_stream_that_returns_little_at_a_time_is_read_completely() -> None:
    class Slow(Endless):
        def readinto(self, buffer: Any) -> int:
            length = min(len(buffer), 7)
            part, self._content = self._content[:length], self._content[length:]
            buffer[: len(part)] = part
            return len(part)

    rows = "number,x\n" + "".join(f"A-{number},x\n" for number in range(4_000))
    assert len(list(read_table(Slow(rows.encode())))) == 4_000  # type: ignore[arg-type]


def test_a_large_file_is_refused_by_its_size(tmp_path: Path) -> None:
    with (tmp_path / "rows.csv").open("wb") as file:
        file.write(b"number,x\nA-1,x\n")
        file.truncate(bounds.MAX_FILE_SIZE + 1)
    assert "more than 104,857,600 bytes" in refused(tmp_path / "rows.csv")


def test_what_requires_more_memory_than_there_is_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Iterator[Any]:
        raise MemoryError

    monkeypatch.setattr("invoiced.tables.reading.split_at_delimiter", fail)
    assert "requires more memory than there is" in refused(io.BytesIO(b"number,x\nA-1,x\n"))


def test_the_pages_list_the_bounds() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    for name in ("FILE_SIZE", "UNPACKED_SIZE"):
        assert f"{getattr(bounds, f'MAX_{name}') // 2**20} MB" in page
    for name in ("ROWS", "COLUMNS", "CELLS", "SHEETS", "CELL_LENGTH", "ROW_LENGTH", "TEXTS", "NUMBER_LENGTH", "DEPTH"):
        assert f"{getattr(bounds, f'MAX_{name}'):,}" in page, name
