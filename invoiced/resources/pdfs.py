"""PDFs of documents and receipts."""

import os
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
            path: file to which the PDF is also written, completely or not at all. Only its owner can read it.
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
            from ..files import write_atomically  # most programs write no PDF

            with write_atomically(Path(path), durable=True) as temporary:
                temporary.write_bytes(content)
        return content
