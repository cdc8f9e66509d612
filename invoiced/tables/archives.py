"""The archive of a workbook, of which no more is unpacked than a workbook of a person has."""

from __future__ import annotations

from typing import IO, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from .bounds import MAX_FILE_SIZE, MAX_PART_ELEMENTS, MAX_PART_SIZE, MAX_PARTS, MAX_UNPACKED_SIZE
from .elements import elements
from .errors import TableError, damaged, other_kind, too_large

_ENTRY = b"PK\x01\x02"
"""How the directory of an archive has each of its parts."""

_IS_ENCRYPTED = 1
_CHUNK = 2**20


class Archive(ZipFile):
    """A workbook of parts. `ZipFile` unpacks no more of a part than the size in the directory, which is checked.

    Raises:
        TableError: it is damaged, it has a password, or it has too many parts.
    """

    def __init__(self, file: str, stream: BinaryIO) -> None:
        self.file, self.stream = file, stream
        if _count_entries(stream) > MAX_PARTS:  # before they are in memory
            raise too_large(file, MAX_PARTS, "parts")
        try:
            super().__init__(stream)
        except BadZipFile:
            raise TableError(f"{file} is a damaged workbook or archive: a part of the file is missing.") from None
        names = self.namelist()
        if len(set(names)) < len(names):
            raise damaged(file, "it has two parts with the same name")
        if any(part.flag_bits & _IS_ENCRYPTED for part in self.infolist()):
            raise other_kind(file, "an archive with a password")
        if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in self.infolist()):
            raise other_kind(file, "an archive with a compression that no workbook has")
        self._sizes: dict[str, int] = {}

    def open_part(self, name: str) -> IO[bytes]:
        """Open a part that is read piece by piece.

        Raises:
            TableError: the parts that were opened unpack to too many bytes.
        """
        self._sizes[name] = self.getinfo(name).file_size
        if sum(self._sizes.values()) > MAX_UNPACKED_SIZE:
            raise too_large(self.file, MAX_UNPACKED_SIZE, "bytes when it is unpacked")
        return self.open(name)

    def beginning(self, name: str) -> bytes:
        """Return the beginning of a small part that need not be XML."""
        with self.open(name) as part:
            return part.read(MAX_PART_SIZE)

    def read(self, name: str, pwd: bytes | None = None) -> bytes:  # type: ignore[override]  # of names only
        """Return a part that is XML, which openpyxl then reads as a whole.

        Raises:
            TableError: it has too many bytes or elements, or it is not XML without definitions.
        """
        if self.getinfo(name).file_size > MAX_PART_SIZE:
            raise too_large(self.file, MAX_PART_SIZE, f"bytes in its part {name}")
        with self.open(name) as part:
            for _ in elements(self.file, part, max_others=MAX_PART_ELEMENTS):
                pass
        return self.beginning(name)


def _count_entries(stream: BinaryIO) -> int:
    """Return how often a file has the beginning of an entry of the directory, which data rarely has."""
    stream.seek(0)
    count, end = 0, b""
    for _ in range(0, MAX_FILE_SIZE + 1, _CHUNK):
        chunk = stream.read(_CHUNK)
        count += (end + chunk).count(_ENTRY)
        end = chunk[1 - len(_ENTRY) :]
    return count
