"""Uploads of files."""

import mimetypes
import os
from pathlib import Path
from typing import Any, BinaryIO

from .._compat import Unpack
from ..collection import AnyObject, Collection
from ..options import WriteOptions, write_arguments
from ..uploads import UploadedFile

MAX_SIZE = 20 * 1024 * 1024


class Uploads(Collection[AnyObject]):
    """A collection whose records are uploaded."""

    def create(
        self,
        *,
        file: str | os.PathLike[str] | BinaryIO | None = None,
        url: str | None = None,
        name: str | None = None,
        size: int | None = None,
        type: str | None = None,
        **options: Unpack[WriteOptions],
    ) -> AnyObject:
        """Upload a file, or register a file that stays at a URL: POST /files.

        Args:
            file: path of the file, or an open binary file; at most 20 MiB. It is read while it is sent.
            url: URL of a file that stays where it is, instead of `file`; it requires `name`, `size` and `type`.
            name: file name, by default that of `file`.
            size: number of bytes of the file at `url`.
            type: media type, such as `application/pdf`; by default, that of the file name.
            **options: timeout, deadline and idempotency_key.

        Raises:
            ValueError: the arguments contradict each other, or the file is empty or too large; nothing was sent.
            TypeError: the file was opened in text mode; nothing was sent.
            OSError: the file cannot be read.
        """
        arguments = write_arguments(options)
        if url is not None:
            if file is not None or not (name and size and type):
                raise ValueError("A file at a URL requires name, size and type, and no file to upload.")
            fields = {"url": url, "name": name, "size": size, "type": type}
            return self._post({**arguments, "params": fields})
        if file is None or size is not None:
            raise ValueError("Expected a file to upload, without its size, or a URL with name, size and type.")
        if isinstance(file, (str, os.PathLike)):
            with Path(file).open("rb") as opened:
                return self._post({**arguments, "files": {"file": _uploaded(opened, name or Path(file).name, type)}})
        name = name or os.path.basename(str(getattr(file, "name", "")))
        return self._post({**arguments, "files": {"file": _uploaded(file, name, type)}})

    def _post(self, arguments: dict[str, Any]) -> AnyObject:
        return self._build(self._client.request("POST", self._path, expect=dict, **arguments).body)


def _uploaded(file: BinaryIO, name: str, type: str | None) -> UploadedFile:
    if not isinstance(file.read(0), bytes):
        raise TypeError(f"{name or 'The file'} must be opened in binary mode, as by open(path, 'rb').")
    if not name.strip() or name in {".", ".."} or "/" in name or "\\" in name:
        raise ValueError(f"Invalid file name {name!r}: pass a name without a folder as `name`.")
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)
    if not 0 < size <= MAX_SIZE:
        raise ValueError(f"{name} has {size} bytes; the API accepts 1 to {MAX_SIZE} bytes.")
    return UploadedFile(name, file, size, type or mimetypes.guess_type(name)[0] or "application/octet-stream")
