"""Text as it is compared: without case, blanks, typography and invisible characters."""

from __future__ import annotations

from unicodedata import category, normalize

_DASH, _MINUS = "-", "\u2212"
_QUOTES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
)
_UNSEEN = ("Cc", "Cf")
"""Categories of control characters and invisible ones."""


def without_typography(text: str) -> str:
    """Return what is left of a text if it makes no difference how a program or a person has set it.

    Words are not touched: `Acme` and `Acme Inc` differ, as do `Müller` and `Mueller`.
    """
    folded = normalize("NFKC", normalize("NFKC", text.translate(_QUOTES)).casefold())
    seen = (_DASH if category(each) == "Pd" or each == _MINUS else each for each in folded)
    return "".join(each for each in seen if not each.isspace() and category(each) not in _UNSEEN)
