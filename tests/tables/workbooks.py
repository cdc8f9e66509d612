"""Workbooks made for the tests: XLSX with openpyxl, XLS with xlwt, and ODS as LibreOffice writes it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import xlwt
from openpyxl import Workbook

from invoiced.tables import TableError, read_table


def xlsx(path: Path, *rows: list[Any], change: Callable[[Workbook], Any] | None = None) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    book.save(path)
    return path


def with_parts(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Change the parts of an archive; None removes a part."""
    parts = {name: change(name, content) for name, content in _parts(path).items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return path


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def xls(path: Path, *rows: list[Any], formats: dict[tuple[int, int], str] | None = None, hidden_row: int = 0) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("A")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            style = xlwt.easyxf(num_format_str=(formats or {}).get((at, column), "General"))
            sheet.write(at, column, value, style)
    if hidden_row:
        sheet.row(hidden_row - 1).hidden = True
    book.save(str(path))
    return path


_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style", "calcext")
)


def ods(path: Path, table: str, styles: str = "", manifest: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr(
            "content.xml",
            f"<office:document-content {_NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_text(text: str) -> str:
    return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'


def compound_file(*streams: str) -> bytes:
    """Return the beginning of a compound file with these streams, as of an encrypted workbook."""
    directory = io.BytesIO()
    for stream in streams:
        directory.write(stream.encode("utf-16-le").ljust(128, b"\0"))
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + directory.getvalue() + b"\0" * 3000


def refused(source: Path | BinaryIO) -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(TableError) as caught:
        list(read_table(source))
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 1100
    return message
