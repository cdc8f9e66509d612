"""Workbooks: the sheets of a file, whichever program wrote it."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any, BinaryIO

from .archives import Archive
from .bounds import MAX_FILE_SIZE
from .errors import TableError, other_kind
from .sheets import Sheet

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"

_PARTS = {
    "xl/workbook.bin": "a binary workbook (XLSB)",
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "Index/": "a Numbers document",
    "content.xml": "an OpenDocument file, but not a workbook",
}
"""Kinds of archives, by how the name of a part begins."""

_STREAMS = {
    "EncryptedPackage": "a workbook with a password or a sensitivity label",
    "WordDocument": "a Word document",
    "PowerPoint Document": "a PowerPoint presentation",
}
"""Kinds of compound files, by the name of a stream."""

_ENTRY_LENGTH = 128
"""Number of bytes of an entry in the directory of a compound file, which begins with the name of a stream."""

_WEB_PAGE = "a web page, even if its name ends in .xls"
_BEGINNINGS = {
    b"%pdf": "a PDF",
    b"{\\rtf": "a Rich Text document",
    b"\x1f\x8b": "a compressed file",
    b"\x89png": "a picture",
    b"\xff\xd8\xff": "a picture",
    **dict.fromkeys((b"<!doctype html", b"<!--", b"<html", b"<head", b"<meta", b"<body", b"<table"), _WEB_PAGE),
    **dict.fromkeys((b"mime-version:", b"from: <saved by"), "a web archive (MHT), even if its name ends in .xls"),
    b"begin:vcard": "a vCard",
    b"id;pwxl": "a SYLK file",
    b"<?xml": "an XML file, even if its name ends in .xls",
    b"pk\x05\x06": "an empty archive",
}
"""Kinds of files, by how they begin in lower case."""


def sheets_of(file: str, stream: BinaryIO) -> list[Sheet]:
    """Return the sheets of a workbook, or no sheets if the file may be text.

    Raises:
        TableError: it is damaged, encrypted, or another kind of file.
        Exception: it is damaged: the libraries raise almost any error.
    """
    arguments: tuple[Any, ...]
    stream.seek(0)
    head = stream.read(4096)
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith(_ZIP):
        archive = Archive(file, stream)
        name, arguments = _reader_of_archive(archive), (archive,)
    elif head.startswith(_OLE):
        content = head + stream.read(MAX_FILE_SIZE)
        name, arguments = _reader_of_compound_file(file, content), (file, content)
    elif kind := next((kind for beginning, kind in _BEGINNINGS.items() if start.startswith(beginning)), None):
        raise other_kind(file, kind)
    else:
        return []
    try:
        reader: Any = import_module(f".{name}", __package__)
    except ImportError as error:
        raise TableError(f"To read {file}, install {error.name}: pip install 'invoiced[tables]'.") from None
    sheets: list[Sheet] = reader.read_sheets(*arguments)
    if not sheets:
        raise TableError(f"{file} is a workbook without sheets.")
    return sheets


def _reader_of_archive(archive: Archive) -> str:
    """Return the module that reads a ZIP archive."""
    parts = archive.namelist()
    if "mimetype" in parts and archive.beginning("mimetype").decode("ascii", "replace").startswith(_ODS):
        if b"encryption-data" in archive.beginning("META-INF/manifest.xml"):
            raise other_kind(archive.file, "a workbook with a password")
        return "ods_files"
    if any(part.startswith("xl/") for part in parts) and "xl/workbook.bin" not in parts:
        return "xlsx_files"
    kinds = (kind for start, kind in _PARTS.items() if any(part.startswith(start) for part in parts))
    raise other_kind(archive.file, next(kinds, "a ZIP archive, but not a workbook"))


def _reader_of_compound_file(file: str, content: bytes) -> str:
    """Return the module that reads a compound file, the format of old documents and of encrypted ones."""
    for name, kind in _STREAMS.items():
        entry = re.escape(name.encode("utf-16-le").ljust(64, b"\0"))
        if any(found.start() % _ENTRY_LENGTH == 0 for found in re.finditer(entry, content)):
            raise other_kind(file, kind)
    return "xls_files"
