"""PDFs of documents and receipts."""

import os
import tempfile
from pathlib import Path
from typing import Any

from .._compat import Unpack
from ..encoding import encode_path
from ..errors import ApiError
from ..options import Options, read_arguments
from .verbs import Record


class Downloadable(Record):
    """A record that can be downloaded as a PDF."""

    __slots__ = ()

    def pdf(self, path: str | os.PathLike[str] | None = None, **options: Unpack[Options]) -> bytes:
        """Download the PDF: GET, with the path of the record and `Accept: application/pdf`.

        Args:
            path: file to which the PDF is also written, completely or not at all.
            **options: timeout and deadline.

        Raises:
            ApiError: the response is not a PDF; no file was written.
            OSError: the file cannot be written.
        """
        arguments: dict[str, Any] = {**read_arguments(options), "accept": "application/pdf"}
        response = self._connection().request("GET", self._address(), **arguments)
        content: bytes = response.body
        if not content.startswith(b"%PDF-"):
            problem = f"Expected a PDF, got {response.headers.get('Content-Type', 'an unknown type')}."
            location = encode_path(self._address())
            raise ApiError(problem, method="GET", path=location, status_code=response.status_code, request_sent=True)
        if path is not None:
            _write_atomically(Path(path), content)
        return content


def _write_atomically(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
