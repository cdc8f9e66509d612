"""Which sheet of a file is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .column_names import IDENTIFYING
from .errors import TableError
from .headers import MAX_ROWS, Header, find_header
from .notes import note
from .sheets import Sheet, VisibleSheet


def select_sheet(file: str, sheets: Sequence[Sheet], name: str | None, *, include_hidden: bool) -> tuple[Sheet, Header]:
    """Return the sheet to read, and its header.

    Raises:
        TableError: no sheet has a header, or several have one.
    """
    candidates = [sheet for sheet in sheets if name in (None, sheet.name)]
    if not candidates:
        raise TableError(f"{file} has no sheet {name!r}. Its sheets: {', '.join(sheet.name for sheet in sheets)}.")
    if include_hidden:
        found = _with_header(candidates)
    else:
        found = _with_header(VisibleSheet(sheet) for sheet in candidates if name or not sheet.is_hidden)
    if len(found) > 1:
        names = ", ".join(sheet.name for sheet, _ in found)
        raise TableError(f"Several sheets of {file} have a header row: {names}. Choose one by its name.")
    if not found and _with_header(candidates):
        raise TableError(f"The header of {file} is in a hidden sheet, row or column, which is read only on request.")
    if not found:
        raise TableError(
            f"No header row in the first {MAX_ROWS} rows of {file}. Expected a row with one of the columns "
            f"{', '.join(sorted(IDENTIFYING))}, below titles only."
        )
    skipped = [] if name or include_hidden else _with_header(sheet for sheet in sheets if sheet.is_hidden)
    if skipped:
        note("%s: hidden sheets are not read: %s.", file, ", ".join(sheet.name for sheet, _ in skipped))
    return found[0]


def _with_header(sheets: Iterable[Sheet]) -> list[tuple[Sheet, Header]]:
    return [(sheet, header) for sheet in sheets if (header := find_header(sheet))]
