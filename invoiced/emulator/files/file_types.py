"""Which files are accepted (catalog.md, 9.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from invoiced.emulator.errors import ApiError

MAX_BYTES = 20 * 2**20

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OLD_OFFICE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"

_TYPES: Mapping[str, tuple[str, tuple[bytes, ...]]] = {
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
    "heic": ("image/heic", ()),
    "heif": ("image/heif", ()),
    "tiff": ("image/tiff", ()),
    "doc": ("application/msword", (_OLD_OFFICE,)),
    "docx": (f"{_OFFICE}.wordprocessingml.document", (_ZIP,)),
    "xls": ("application/vnd.ms-excel", (_OLD_OFFICE,)),
    "xlsx": (f"{_OFFICE}.spreadsheetml.sheet", (_ZIP,)),
    "ppt": ("application/vnd.ms-powerpoint", (_OLD_OFFICE,)),
    "pptx": (f"{_OFFICE}.presentationml.presentation", (_ZIP,)),
    "pages": ("application/vnd.apple.pages", ()),
    "keynote": ("application/vnd.apple.keynote", ()),
    "numbers": ("application/vnd.apple.numbers", ()),
    "txt": ("text/plain", ()),
    "rtf": ("application/rtf", ()),
    "pdf": ("application/pdf", (b"%PDF-",)),
    "zip": ("application/zip", (_ZIP,)),
    "csv": ("text/csv", ()),
}
"""By extension, the MIME type, and the first bytes, one of which a file has."""

_TEXTS = ("txt", "csv")


def type_of(name: str, content: bytes) -> str:
    """Return the MIME type of a file. `ApiError` if the service accepts no such file."""
    extension = name.rpartition(".")[2].lower()
    if "." not in name or extension not in _TYPES:
        raise ApiError(400, f"The file {name} has an extension that is not accepted (expected {', '.join(_TYPES)}).")
    if len(content) > MAX_BYTES:
        raise ApiError(
            400, f"The file {name} is too large: {len(content)} bytes, but at most {MAX_BYTES} are accepted."
        )
    mime_type, first_bytes = _TYPES[extension]
    # Without first bytes of its own, the type of a file must at least not be another one.
    others = [start for _, starts in _TYPES.values() for start in starts]
    fits = content.startswith(first_bytes) if first_bytes else not content.startswith(tuple(others))
    if not fits or (extension in _TEXTS and b"\0" in content):
        raise ApiError(400, f"The content of the file {name} does not fit its extension.")
    return mime_type


def stored_name(name: str) -> str:
    """Return the name under which a file is stored. Its extension stays readable."""
    stem, dot, extension = name.rpartition(".")
    return f"{re.sub('[^A-Za-z0-9_-]', '_', stem)}{dot}{extension}"
