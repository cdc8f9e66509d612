"""Reading of tables, whatever kind of file they are in."""

from __future__ import annotations

import io
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from .bounds import MAX_FILE_SIZE
from .encodings import decode
from .errors import TableError, too_large
from .json_files import is_json, read_json
from .rows import TableRow
from .sheet_rows import rows_below_header
from .sheet_selection import select_sheet
from .table import Table
from .text_files import split_at_delimiter
from .workbooks import sheets_of

_CHUNK = 2**20


def read_table(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    name: str | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    include_hidden: bool = False,
) -> Table:
    """Return the rows of a table: CSV, XLSX, XLS, ODS, JSON Lines or a JSON array. Blank rows are omitted.

    The kind of a file is recognized by its content. The header is the first row with the name of a column that
    identifies a customer. What is assumed or left out is logged as a warning: rows above the header and rows that
    repeat it, cells below no title, hidden rows, columns and sheets, and an encoding that is not that of the text.

    Args:
        source: path, or a binary stream, which is read from its beginning.
        name: name of the source in messages; by default, its path.
        sheet: name of the sheet to read; by default, the only visible one with a header.
        encoding: encoding of a text file, such as `cp1250`; by default, UTF-8, UTF-16, or else Windows-1252.
        include_hidden: whether hidden and filtered rows, hidden columns and hidden sheets are read.

    Returns:
        The rows, to iterate once: mappings from names of columns in the style of the API to the values of cells.

    Raises:
        TableError: while iterating: the table cannot be read, is ambiguous, has no rows, or was read before.
    """
    name = name or (str(source) if isinstance(source, (str, os.PathLike)) else "the stream")
    return Table(name, _read(source, name, sheet, encoding, include_hidden))


def _read(
    source: Any, name: str, sheet: str | None, encoding: str | None, include_hidden: bool
) -> Generator[TableRow, None, None]:
    with _open(source, name) as stream:
        yield from _rows_of(name, stream, sheet, encoding, include_hidden)


def _rows_of(
    name: str, stream: BinaryIO, sheet: str | None, encoding: str | None, include_hidden: bool
) -> Iterator[TableRow]:
    sheets = sheets_of(name, stream)
    if not sheets:
        stream.seek(0)
        text = decode(name, _content_of(name, stream), encoding)
        if sheet is not None:
            raise TableError(f"{name} is not a workbook, and has no sheet {sheet!r}.")
        if is_json(text):
            return read_json(name, text)
        sheets = [split_at_delimiter(name, text)]
    selected, header = select_sheet(name, sheets, sheet, include_hidden=include_hidden)
    return rows_below_header(name, selected, header)


def _content_of(name: str, stream: BinaryIO) -> bytes:
    """Return what is left of a stream, which may never end, and may return less than what is asked for."""
    content = io.BytesIO()
    while chunk := stream.read(_CHUNK):
        if content.tell() + len(chunk) > MAX_FILE_SIZE:
            raise too_large(name, MAX_FILE_SIZE, "bytes")
        content.write(chunk)
    return content.getvalue()


@contextmanager
def _open(source: Any, name: str) -> Iterator[BinaryIO]:
    """Open a file. A pipe is read completely, because a file is read more than once.

    Raises:
        TableError: it cannot be read, or it is too large.
    """
    try:
        with Path(source).open("rb") if isinstance(source, (str, os.PathLike)) else nullcontext(source) as stream:
            if isinstance(stream.read(0), str):
                raise TableError(f"{name} is text. Open it in binary mode, such as open(path, 'rb').")
            size = stream.seek(0, io.SEEK_END) if stream.seekable() else 0  # also that of a device
            if size > MAX_FILE_SIZE:
                raise too_large(name, MAX_FILE_SIZE, "bytes")
            seekable = stream if size else io.BytesIO(_content_of(name, stream))
            seekable.seek(0)
            if not seekable.read(1):
                raise TableError(f"{name} is empty.")
            yield seekable
    except TableError:
        raise
    except MemoryError:
        raise TableError(f"{name} requires more memory than there is. Save only what is needed of it.") from None
    except Exception as error:  # libraries raise almost any error for a damaged file
        if isinstance(error, OSError) and error.errno is not None:
            raise TableError(f"Cannot read {name}: {error.strerror}.") from None
        raise TableError(f"{name} cannot be read, it may be damaged ({type(error).__name__}: {error}).") from error
