"""Names of columns, as people write them and as the API writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from .cells import Unreadable, is_blank

IDENTIFYING = frozenset({"id", "number", "email", "customer_id", "customer_number", "customer_email", "customer"})
"""Columns that can identify a customer. A header has at least one of them."""

_ALIASES = {
    "mail": "email",
    "emailaddress": "email",
    "customeremailaddress": "customer_email",
    **dict.fromkeys(("customerno", "customernr", "customernum"), "customer_number"),
    **{name.replace("_", ""): name for name in IDENTIFYING},
}
"""Names of columns by other spellings, without the spaces in them."""


def names_of(cells: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the columns below a row of titles; empty for cells that are blank or unreadable."""
    return ("" if is_blank(cell) or isinstance(cell, Unreadable) else column_name(str(cell)) for cell in cells)


def column_name(title: str) -> str:
    """Return the name of a column in the style of the API: `customer_number` for "Customer Number"."""
    text = re.sub(r"^(customer)\s*#", r"\1 number", unicodedata.normalize("NFKC", title).strip().lower())
    name = re.sub(r"[\W_]+", "_", text).strip("_")
    return _ALIASES.get(name.replace("_", ""), name)
