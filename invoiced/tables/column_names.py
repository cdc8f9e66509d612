"""Names of columns, as people write them and as the API writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from .bounds import MAX_TITLE_LENGTH
from .cells import INVISIBLE, Unreadable, is_blank

IDENTIFYING = frozenset({"id", "number", "email", "customer_id", "customer_number", "customer_email", "customer"})
"""Columns that can identify a customer. A header has at least one of them."""

NAMES_OF_CUSTOMERS = (
    *("customer_name", "customer", "client_name", "client", "company_name", "company", "account_name"),
    *("kundenname", "kunde", "firmenname", "firma", "name"),
)
"""Columns that can have the name of a customer, the surest first: beside another, `name` is usually a person's."""

_ALIASES = {
    **dict.fromkeys(("mail", "emails", "emailaddress", "emailaddresses"), "email"),
    "customeremailaddress": "customer_email",
    "custid": "customer_id",
    **{
        f"{record}{number}": name
        for record, name in (
            ("customer", "customer_number"),
            ("cust", "customer_number"),
            ("account", "account_number"),
            ("acct", "account_number"),
        )
        for number in ("number", "num", "no", "nr", "nbr")
    },
    **dict.fromkeys(("nr", "num", "nbr"), "no"),
    **{name.replace("_", ""): name for name in (*IDENTIFYING, *NAMES_OF_CUSTOMERS)},
}
"""Names of columns by other spellings, without the spaces in them."""

_CAMEL_CASE = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")
_ADDITIONS = re.compile(r"\((required|mandatory|optional|e?s)\)")
_NUMBER_SIGN = re.compile(r"\b(customer|cust|account|acct)\W*#")


def names_of(titles: Iterable[Any]) -> list[str]:
    """Return the names of the columns below a row of titles; empty for those that are blank or unreadable.

    The number of an account is that of the customer, unless another column has that.
    """
    names = [*map(name_of, titles)]
    if {"number", "customer_number"} & set(names):
        return names
    return ["customer_number" if name == "account_number" else name for name in names]


def name_of(title: Any) -> str:
    """Return the name of a column in the style of the API: `customer_number` for "Customer Number"."""
    return "" if is_blank(title) or isinstance(title, Unreadable) else _name_of_text(str(title)[:MAX_TITLE_LENGTH])


@lru_cache(maxsize=256)
def _name_of_text(title: str) -> str:
    visible = "".join(character for character in unicodedata.normalize("NFKC", title) if character not in INVISIBLE)
    words = _ADDITIONS.sub("", _CAMEL_CASE.sub(" ", visible).lower())
    name = re.sub(r"[\W_]+", "_", _NUMBER_SIGN.sub(r"\1 number", words)).strip("_")
    return _ALIASES.get(name.replace("_", ""), name)
