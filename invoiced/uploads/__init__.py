"""Multipart bodies, which are read from their files while they are sent."""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, NamedTuple
from uuid import uuid4

_CHUNK_SIZE = 64 * 1024


class UploadedFile(NamedTuple):
    """A file to upload."""

    name: str
    """File name, without a folder."""
    content: BinaryIO
    """Open binary file; it is read from its present position."""
    size: int
    """Number of bytes to send."""
    type: str = "application/octet-stream"
    """Media type."""


class MultipartBody:
    """A body of form fields and files, with a known length. It can be sent several times if its files can seek.

    Raises:
        ValueError: a name contains characters that a header must not contain.
    """

    def __init__(self, fields: Mapping[str, str], files: Mapping[str, UploadedFile]) -> None:
        self._boundary = uuid4().hex
        self._parts: list[bytes | UploadedFile] = []
        for name, value in fields.items():
            self._parts += [self._head(name, ""), value.encode(), b"\r\n"]
        for name, file in files.items():
            self._parts += [self._head(name, f'; filename="{file.name}"', file.type), file, b"\r\n"]
        self._parts.append(f"--{self._boundary}--\r\n".encode())
        self._starts = {id(file): file.content.tell() for file in files.values() if file.content.seekable()}
        self._chunks = self._read_parts()

    @property
    def content_type(self) -> str:
        """Value of the header Content-Type."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        return sum(part.size if isinstance(part, UploadedFile) else len(part) for part in self._parts)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def read(self, _size: int = -1) -> bytes:
        """Return the next chunk; empty at the end."""
        return next(self._chunks, b"")

    def rewind(self) -> None:
        """Start from the beginning again."""
        for part in self._parts:
            if isinstance(part, UploadedFile) and id(part) in self._starts:
                part.content.seek(self._starts[id(part)])
        self._chunks = self._read_parts()

    def _head(self, field: str, parameters: str, type: str = "") -> bytes:
        if re.search(r'[\x00-\x1f\x7f"\\]', field + type + parameters.partition('"')[2].removesuffix('"')):
            raise ValueError(f"{field}: a name must not contain quotes, \\ or control characters: {parameters!r}")
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{field}"{parameters}\r\n'
        return (head + (f"Content-Type: {type}\r\n" if type else "") + "\r\n").encode()

    def _read_parts(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, bytes):
                yield part
                continue
            remaining = part.size
            while remaining:
                chunk = part.content.read(min(remaining, _CHUNK_SIZE))
                if not chunk:
                    raise ValueError(f"{part.name} ended {remaining} bytes early: it changed while it was sent")
                remaining -= len(chunk)
                yield chunk
