"""Rows of tables: cells by the names of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from .amounts import Amount, amount_of
from .cells import Unreadable, is_blank, text_of
from .column_names import names_of


class TableRow(dict[str, Any]):
    """The cells of a row, by the name of their column in the style of the API: `customer_number`."""

    number: int
    """Number of the row in its sheet or file, from 1."""

    def __init__(self, number: int, titles: Sequence[object], cells: Iterable[Any]) -> None:
        names, twins = _names_of(tuple(map(str, titles)))
        cells = [cell for _, cell in zip_longest(names, cells)]  # blank cells at the end of a row may be missing
        super().__init__((name, cell) for name, cell in zip(names, cells, strict=False) if name)
        for name, problem in twins.items():
            self[name] = _common([cell for own, cell in zip(names, cells, strict=False) if own == name], problem)
        self.number = number

    def text(self, *columns: str) -> str | None:
        """Return the text in the first of these columns that is not blank, or None.

        Raises:
            ValueError: a cell is unreadable, its value is not text, a number, a date or a bool, or two of the columns
                contradict each other.
        """
        texts: dict[str, str] = {}
        for column in columns:
            try:
                text = text_of(self.get(column))
            except ValueError as error:
                raise ValueError(f"{column}: {error}") from None
            if text is not None:
                texts[text] = column
        if len(texts) > 1:
            contradiction = ", ".join(f"{column} is {text!r}" for text, column in texts.items())
            raise ValueError(f"columns that contradict each other: {contradiction}")
        return next(iter(texts), None)

    def amount(self, column: str) -> Amount | None:
        """Return the amount in a column, exactly as a workbook stores it or as text has it, or None if it is blank.

        `1234,50`, `1.234,50`, `1 234.50`, `$1,234.50` and `(5.00)` are amounts. `1,234` may be 1234 or 1.234.

        Raises:
            ValueError: the cell is unreadable or no amount, the amount is ambiguous, or a workbook shows another number
                than it stores, such as a rounded one.
        """
        try:
            return amount_of(self.get(column))
        except ValueError as error:
            raise ValueError(f"{column}: {error}") from None


def _common(cells: Sequence[Any], problem: Unreadable) -> Any:
    """Return the cell of several columns with the same name, or the problem if they differ."""
    filled = [cell for cell in cells if not is_blank(cell)]
    try:
        agree = len({text_of(cell) for cell in filled}) <= 1
    except ValueError:
        agree = len(filled) == 1
    return next(iter(filled), None) if agree else problem


@lru_cache(maxsize=16)
def _names_of(titles: tuple[str, ...]) -> tuple[Sequence[str], Mapping[str, Unreadable]]:
    """Return the names of columns, and the problem of each name that several of them have."""
    titles_by_name: dict[str, list[str]] = {}
    names = names_of(titles)
    for name, title in zip(names, titles, strict=True):
        titles_by_name.setdefault(name, []).append(title)
    return names, {
        name: Unreadable(f"two columns have this name ({', '.join(map(repr, twins))})")
        for name, twins in titles_by_name.items()
        if name and len(twins) > 1
    }
