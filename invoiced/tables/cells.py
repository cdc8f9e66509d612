"""Values of cells: what a person sees in a table, as text."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

INVISIBLE = (
    "\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters that are not seen, such as soft hyphens and marks of direction."""

_SIGNS = r"=+\-@\u207a-\u207c\u208a-\u208c\u2212\ufb29\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20"
"""What a formula begins with, also in full width, small and raised. It is part of a pattern."""

_BLANK = INVISIBLE + "".join(filter(str.isspace, map(chr, range(0x3001))))
MAX_EXACT = 10**15
"""Spreadsheets keep 15 digits of a number."""

_MAX_EXPONENT = 100
"""Exponent of a number in JSON that is still written out."""

_ERROR = re.compile(
    r"#[¡¿]?[^\W\d]+(/0)?\s?[!?]"  # #REF!, #WERT!, #DIV/0!, #¿NOMBRE?, #VALEUR !
    r"|#[^\W\d]{1,2}/[^\W\d]{1,5}( N/A)?"  # #N/A, #I/T, #N/DISP
    r"|#(NV|YOK|HIÁNYZIK|NENÍ_K_DISPOZICI|NEDOSTUPNÝ|GETTING_DATA)"
    r"|#{3,}|Loading\.\.\."
    r"|(Err|Error|Erreur|Errore|Erro|Fehler|Fout|Fel|Fejl|Feil|Virhe|Błąd|Chyba|Hiba|Ошибка|Помилка) ?:\d{3}"
)
"""What spreadsheets show instead of a value, in many languages: #N/A, #WERT!, Err:502, ########."""

_QUOTED_TEXT = re.compile(r'="((?:[^"]|"")*)"')
"""Text that a spreadsheet is to keep as it is: ="00123"."""

_FORMULA = re.compile(r"=[A-Za-z(+\-\"\d$@]")

_CALCULATED = re.compile(rf"[ ']*([{_SIGNS}]|[^\S ]|[\x00-\x1f\x7f-\x9f{INVISIBLE}])")
"""How text begins that a spreadsheet may calculate: with a sign, or with what is not seen and may be left out."""

_NUMBER = re.compile(r"-[0-9][0-9.,]*")
"""A negative number. One with a plus sign is text: a spreadsheet would leave out the sign of +49."""

_MISSING = {"NAType", "NaTType", "MaskedConstant"}
"""Types of missing values in data frames, which compare with nothing."""


@dataclass(frozen=True)
class Unreadable:
    """A cell without a usable value. Rows that need it are held back."""

    reason: str
    """What is wrong with the cell."""

    def __str__(self) -> str:
        return f"({self.reason})"


WITHOUT_VALUE = Unreadable("a formula without a value: open the workbook and save it")
"""A cell with a formula that was never calculated."""

OUT_OF_RANGE = Unreadable("a date that is out of range")
"""A cell with a date that no calendar has."""


def text_of(value: Any) -> str | None:
    """Return the value of a cell as text, or None if it is blank. Spreadsheets may write 15444 as 15444.0.

    Raises:
        ValueError: the cell is unreadable, or its value is not text, a number, a date or a bool.
    """
    if isinstance(value, Unreadable):
        raise ValueError(value.reason)
    if is_blank(value):
        return None
    if isinstance(value, str):
        return _encodable(stripped(value))
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return str(bool(value)).upper()
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, (Real, Decimal)):
        return _text_of_number(value)
    if isinstance(value, date):
        return _text_of_date(value)
    if isinstance(value, time):
        return value.isoformat()
    if type(value).__name__ == "datetime64":
        return _text_of_date(value.astype("datetime64[us]").item())
    raise ValueError(f"a {type(value).__name__} (expected text, a number, a date, or yes or no)")


def is_blank(value: Any) -> bool:
    """Return whether a cell is blank: None, text without characters, or a missing value of a data frame."""
    if value is None:
        return True
    if isinstance(value, str):
        return not stripped(value)
    if type(value).__name__ in _MISSING:
        return True
    if isinstance(value, Decimal):
        return value.is_qnan()
    if isinstance(value, Real) or type(value).__name__ == "datetime64":
        return bool(value != value)
    return False


def stripped(text: str) -> str:
    """Return text without blanks and invisible characters around it, which come with what is copied from programs."""
    return text.strip() if text.isascii() else text.strip(_BLANK)  # the first is faster


def value_of_text(text: str) -> str | Unreadable | None:
    """Return the value of a cell that a file has as text."""
    if text.startswith("'") and _is_changed(text[1:]):
        return text[1:]
    if is_blank(text):
        return None
    if quoted := _QUOTED_TEXT.fullmatch(stripped(text)):
        return quoted[1].replace('""', '"')
    if _is_error(stripped(text)):
        return Unreadable(f"the error {stripped(text)}")
    if _FORMULA.match(text):
        return Unreadable(f"the formula {text[:40]} without a value")
    return text


def harmless(text: str) -> str:
    """Return text for a cell of a file, with an apostrophe before what a spreadsheet would not keep as it is.

    These are formulas, also behind blanks and apostrophes, and errors such as #N/A, but not negative numbers.
    `read_table` takes one apostrophe away. A NUL, which no spreadsheet can have, becomes U+FFFD.
    """
    text = text.replace("\0", "\ufffd")  # Python 3.10 cannot write it, either
    return f"'{text}" if _is_changed(text) and not _NUMBER.fullmatch(text) else text


def _is_changed(text: str) -> bool:
    """Return whether a spreadsheet would calculate a text, or show an error for it."""
    return bool(_CALCULATED.match(text)) or _is_error(stripped(text.lstrip("' ")))


def _is_error(text: str) -> bool:
    """Return whether a spreadsheet shows a text in place of a value."""
    return bool(_ERROR.fullmatch(text)) and (text[0] != "#" or text == text.upper())


def _encodable(text: str) -> str:
    """Return a text that can be sent and stored."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{text[:40]!a} has half a character (a lone surrogate)") from None
    return text


def _text_of_number(number: Any) -> str:
    if not (number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)):
        raise ValueError(f"{number} is not a number")
    if isinstance(number, Decimal):
        if abs(number.adjusted()) > _MAX_EXPONENT:
            raise ValueError(f"{number} is too large or too small a number")
        return format(number.to_integral_value() if number == number.to_integral_value() else number, "f")
    if abs(number) >= MAX_EXACT:
        raise ValueError(f"a number of more than 15 digits ({number:g}), which is not exact: format the column as text")
    return str(int(number)) if number == int(number) else str(float(number))


def _text_of_date(moment: date) -> str:
    """Return a date, and the time unless it is midnight."""
    if isinstance(moment, datetime) and (moment.time() != time() or moment.tzinfo):
        return moment.isoformat(" ")
    return f"{moment:%Y-%m-%d}"
