"""Workbooks: the sheets of a file, whichever program wrote it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from .errors import TableError
from .sheets import Sheet

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"

_PARTS = {
    "xl/workbook.bin": "a binary workbook (XLSB)",
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "Index": "a Numbers document",
    "content.xml": "an OpenDocument file, but not a workbook",
}
"""Kinds of archives, by how the name of a part begins."""

_STREAMS = {
    "EncryptedPackage": "a workbook with a password or a sensitivity label",
    "WordDocument": "a Word document",
    "PowerPoint Document": "a PowerPoint presentation",
}
"""Kinds of compound files, by the name of a stream."""

_WEB_PAGE = "a web page, even if its name ends in .xls"
_BEGINNINGS = {
    b"%pdf": "a PDF",
    b"{\\rtf": "a Rich Text document",
    b"\x1f\x8b": "a compressed file",
    b"\x89png": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"<html": _WEB_PAGE,
    b"<!doctype html": _WEB_PAGE,
    b"<table": _WEB_PAGE,
    b"<?xml": "an XML file, even if its name ends in .xls",
    b"pk\x05\x06": "an empty archive",
}
"""Kinds of files, by how they begin in lower case."""


def sheets_of(name: str, stream: BinaryIO) -> list[Sheet]:
    """Return the sheets of a workbook, or no sheets if the file may be text.

    Raises:
        TableError: it is damaged, encrypted, or another kind of file.
        Exception: it is damaged: the libraries raise almost any error.
    """
    stream.seek(0)
    head = stream.read(4096)
    if head.startswith(_ZIP):
        return _call(_sheets_of_archive(name, stream), name, stream)
    if head.startswith(_OLE):
        return _call(_sheets_of_compound_file(name, stream), name, stream)
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if kind := next((kind for beginning, kind in _BEGINNINGS.items() if start.startswith(beginning)), None):
        raise _other_kind(name, kind)
    return []


def _sheets_of_archive(name: str, stream: BinaryIO) -> str:
    """Return the function that reads a ZIP archive."""
    try:
        with ZipFile(stream) as archive:
            parts = archive.namelist()
            if "mimetype" in parts and archive.read("mimetype").decode("ascii", "replace").startswith(_ODS):
                if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise _other_kind(name, "a workbook with a password")
                return "ods_files.sheets_of_ods"
    except BadZipFile:
        raise TableError(f"{name} is a damaged workbook or archive: a part of the file is missing.") from None
    if any(part.startswith("xl/") for part in parts) and "xl/workbook.bin" not in parts:
        return "xlsx_files.sheets_of_xlsx"
    kinds = (kind for start, kind in _PARTS.items() if any(part.startswith(start) for part in parts))
    raise _other_kind(name, next(kinds, "a ZIP archive, but not a workbook"))


def _sheets_of_compound_file(name: str, stream: BinaryIO) -> str:
    """Return the function that reads a compound file, the format of old documents and of encrypted ones."""
    stream.seek(0)
    content = stream.read()
    for text, kind in _STREAMS.items():
        if text.encode("utf-16-le") in content:
            raise _other_kind(name, kind)
    return "xls_files.sheets_of_xls"


def _call(reader: str, name: str, stream: BinaryIO) -> list[Sheet]:
    module, function = reader.split(".")
    try:
        read: Any = getattr(import_module(f".{module}", __package__), function)
    except ImportError as error:
        raise TableError(f"To read {name}, install {error.name}: pip install 'invoiced[tables]'.") from None
    stream.seek(0)
    sheets: list[Sheet] = read(stream)
    return sheets


def _other_kind(name: str, kind: str) -> TableError:
    return TableError(f"{name} is {kind}. Save it as XLSX or CSV, without a password.")
