"""Names of columns, as people write them and as the API writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

IDENTIFYING = frozenset({"id", "number", "email", "customer_id", "customer_number", "customer_email", "customer"})
"""Columns that can identify a customer. A header has at least one of them."""

_ALIASES = {
    "e_mail": "email",
    "email_address": "email",
    "e_mail_address": "email",
    "mail": "email",
    "customer_no": "customer_number",
    "customer_e_mail": "customer_email",
    "customer_email_address": "customer_email",
}


def names_of(cells: Sequence[Any]) -> list[str]:
    """Return the names of the columns below a row of titles; empty for cells that are not text."""
    return [column_name(cell) if isinstance(cell, str) else "" for cell in cells]


def column_name(title: object) -> str:
    """Return the name of a column in the style of the API: `customer_number` for "Customer Number"."""
    text = unicodedata.normalize("NFKC", "" if title is None else str(title)).replace("\ufeff", "").lower()
    name = re.sub(r"[\W_]+", "_", text).strip("_")
    return _ALIASES.get(name, name)
