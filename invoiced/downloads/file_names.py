"""Names of files for records of the API, which are valid and different on every system."""

from __future__ import annotations

import re
from hashlib import sha256

_OTHER = re.compile(r"[^\w.-]+", re.ASCII)
_DEVICES = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])\..*", re.IGNORECASE)
_MAX_LABEL, _MAX_ID = 100, 40


def file_name(label: object, id: object, extension: str, *, default: str) -> str:
    """Return the name of the file of a record: ASCII letters, digits, `_`, `.` and `-`, at most 200 characters.

    Different IDs have different names, also on a file system that ignores case: an ID that is not a number is followed
    by its hash, after a `_`, so that it cannot be mistaken for a number.

    Args:
        label: what people call the record, such as its number.
        id: ID of the record.
        extension: extension of the file, such as `.pdf`.
        default: label of a record without one.
    """
    name = f"{_cleaned(label)[:_MAX_LABEL] or default}-{_unique(id)}{extension}"
    return f"{default}-{name}" if _DEVICES.fullmatch(name) else name  # con.x.pdf is a device of Windows, too


def _unique(id: object) -> str:
    if re.fullmatch("[0-9]{1,20}", text := str(id), re.ASCII):
        return text
    return f"{_cleaned(id)[:_MAX_ID]}_{sha256(text.encode(errors='surrogatepass')).hexdigest()[:32]}"


def _cleaned(value: object) -> str:
    text = "" if value is None else str(value)
    return _OTHER.sub("-", text).strip(".-")
