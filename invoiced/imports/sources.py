"""Names of the sources of imports: files, or whatever else the rows come from."""

from __future__ import annotations

import os
from os import PathLike

_MAX_LENGTH = 200


def name_of(source: str | PathLike[str]) -> str:
    """Return the name of a source: of a file, its name without the folder.

    Raises:
        ValueError: it has no name, or one that cannot be shown.
    """
    name = os.path.basename(os.fspath(source)).strip()
    if not name or name == "-" or len(name) > _MAX_LENGTH or not name.isprintable():
        raise ValueError(f"source must be a name of the rows, such as contacts.xlsx, not {os.fspath(source)!r}")
    return name
