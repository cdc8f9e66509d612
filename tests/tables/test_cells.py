"""Values of cells and rows of programs: what is blank, what is text, and what is refused."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoiced.tables import TableError, TableRow, harmless, numbered, read_table, row_of, text_of
from invoiced.tables.cells import Unreadable, stripped, value_of_text


@pytest.mark.parametrize(
    "value",
    [
        *("\u200b \u200b \u200b", "\u200e", "\u202a\u202c", "\u2066 \u2069"),
        *(None, "", " \xa0\ufeff\u200b", math.nan, Decimal("NaN"), numpy.float32("nan")),
        *(pandas.NaT, pandas.NA, numpy.datetime64("NaT", "ns"), numpy.ma.masked),
    ],
    ids=repr,
)
def test_blank_is_blank(value: Any) -> None:
    assert text_of(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" A-1\xa0", "A-1"),
        ("\u202a A-1\u200e \u200b", "A-1"),
        (15444, "15444"),
        (15444.0, "15444"),
        (1.5, "1.5"),
        (Decimal("15444.00"), "15444"),
        (Decimal("1E+3"), "1000"),
        (True, "TRUE"),
        (date(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1), "2026-11-01"),
        (datetime(2026, 11, 1, 12, 30, tzinfo=timezone.utc), "2026-11-01 12:30:00+00:00"),
        (pandas.Timestamp("2026-11-01"), "2026-11-01"),
        (numpy.datetime64("2026-11-01"), "2026-11-01"),
        (numpy.int64(7), "7"),
        (numpy.float64(7), "7"),
        (numpy.bool_(False), "FALSE"),
        (numpy.str_("A-1"), "A-1"),
    ],
    ids=repr,
)
def test_text_numbers_dates_and_bools_are_text(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    "text",
    [
        *("#N/A", "#NV", "#REF!", "#DIV/0!", "#VALEUR !", "#DIV/0\xa0!", "#N/A N/A", "#I/T", "#\u041d/Д", "#N/DISP"),
        *("#ЗНАЧ!", "#VÆRDI!", "#¡NÚM!", "#¿NOMBRE?", "#NÉV?", "#YOK", "#HIÁNYZIK", "#NENÍ_K_DISPOZICI", "#SAYI/0!"),
        *(
            "#GETTING_DATA",
            "#SPILL!",
            "#DĚLENÍ_NULOU!",
            "########",
            "Err:508",
            "Fehler:508",
            "Erreur:508",
            "Loading...",
        ),
    ],
)
def test_errors_of_spreadsheets_are_no_text_in_any_language(text: str) -> None:
    assert value_of_text(f" {text} ") == Unreadable(f"the error {text}")


@pytest.mark.parametrize("text", ["#1", "#A-1", "#Thanks!", "#news", "# N/A", "No:508", "Error: 404", "Loading", "#"])
def test_what_only_looks_like_an_error_is_text(text: str) -> None:
    assert value_of_text(text) == text


@pytest.mark.parametrize(
    "value",
    [
        b"A-1",
        [1],
        {"a": 1},
        object(),
        UUID(int=1),
        math.inf,
        Decimal("Infinity"),
        1e15,
        "A\ud800",
        Decimal("sNaN"),
        Decimal("1e-999999999"),
        Decimal("1E+999999"),
        pandas.Series([1]),
    ],
)
def test_other_values_are_refused_by_the_name_of_their_column(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^subject: "):
        TableRow(1, ["Subject"], [value]).text("subject")


def test_names_of_columns_are_compared_without_case_blanks_and_marks() -> None:
    row = row_of({"\ufeffCustomer\xa0Number ": "A-1", "E-Mail": "a@x.example"}, 1)
    assert row == {"customer_number": "A-1", "email": "a@x.example"}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        *(
            (title, "customer_number")
            for title in ("CustomerNumber", "customernumber", "CUSTOMER-NUMBER", "Customer No.")
        ),
        *(
            (title, "customer_number")
            for title in ("Customer #", "Customer#", "customer nr", "CustomerNum", "Customer №")
        ),
        *(
            (title, "customer_number")
            for title in ("customerNumber", "Cust. No.", "Cust #", "Acct #", "Account number")
        ),
        *((title, "number") for title in ("Num\u00adber", "Number (required)", "Number*", "\u202aNumber\u202c")),
        *((title, "no") for title in ("No.", "Nr.", "№", "Num")),
        *((title, "postal_code") for title in ("postalCode", "Postal Code (optional)", "pOSTAL cODE", "POSTAL-CODE")),
        *((title, "subject") for title in ("Sub\u00adject", "sUbJeCt")),
        *((title, "email") for title in ("Emails", "Email address(es)")),
        *((title, "customer_id") for title in ("CustomerID", "Customer Id")),
        *((title, "email") for title in ("EMail", "e-mail", "Email Address", "EmailAddress", "e mail")),
        *((title, "customer_email") for title in ("CustomerEmail", "Customer E-Mail")),
        *((title, title.lower()) for title in ("Customer", "Number", "ID", "Subject")),
        ("#", ""),
        ("Phone #", "phone"),
    ],
)
def test_columns_that_identify_a_customer_are_known_by_other_spellings(title: str, name: str) -> None:
    assert list(row_of({title: "x"}, 1)) == [name][: len(name)]


@pytest.mark.parametrize("other", ["Number", "Customer number", "customerNo"])
def test_the_number_of_an_account_is_that_of_the_customer_unless_another_column_has_that(other: str) -> None:
    row = TableRow(1, ["Account number", other], ["DE02 1203", "A-1"])
    assert (row.text("account_number"), row.text("number", "customer_number")) == ("DE02 1203", "A-1")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"To": 1, "to ": 2}, r"number: two columns have this name|to: two columns have this name \('To', 'to '\)"),
        ({"To": "a", "to ": Unreadable("x")}, "to: two columns have this name"),
        ({"To": "", "to ": Unreadable("x")}, "to: x"),
        ({"to": "a", "customer_to": "b"}, "columns that contradict each other: to is 'a', customer_to is 'b'"),
    ],
)
def test_two_columns_for_one_field_are_refused(row: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        row_of(row, 1).text("to", "customer_to")


def test_columns_that_agree_or_are_blank_are_one_field() -> None:
    for cells in (["A-1", "A-1"], ["A-1", ""], [None, "A-1"], [" A-1", "A-1 "]):
        assert TableRow(1, ["Number", "number "], cells).text("number") == "A-1"
    assert row_of({"number": "A-1", "customer_number": "A-1"}, 1).text("number", "customer_number") == "A-1"
    assert row_of({"number": "", "customer_number": "A-1"}, 1).text("number", "customer_number") == "A-1"


def test_data_frames_are_rows() -> None:
    frame = pandas.DataFrame({"Number": ["A-1", None, "A-3"], "Since": [pandas.Timestamp("2026-11-01"), None, None]})
    rows = dict(numbered(frame))
    assert {number: (row.text("number"), row.text("since")) for number, row in rows.items()} == {
        1: ("A-1", "2026-11-01"),
        3: ("A-3", None),
    }


class LazyFrame:
    """A lazy data frame of Polars, which has columns, but no rows."""

    columns = ("number",)


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (pandas.DataFrame({"number": []}), "The DataFrame has no rows"),
        (pandas.DataFrame({"number": [None, None]}), "The DataFrame has no rows"),
        (csv.DictReader(io.StringIO("number\n")), "The DictReader has no rows, or they were read before"),
        (LazyFrame(), r"Pass what its method collect\(\) returns"),
    ],
)
def test_a_table_of_a_program_without_rows_is_an_error(items: Any, problem: str) -> None:
    with pytest.raises(TableError, match=problem):
        list(numbered(items))


def test_a_row_that_ends_early_has_blank_cells() -> None:
    assert TableRow(1, ["number", "phone", "title"], ["A-1"]) == {"number": "A-1", "phone": None, "title": None}


def test_a_named_index_of_a_data_frame_is_a_column() -> None:
    frame = pandas.DataFrame({"Number": ["A-2"], "part": [1], "email": ["a@acme.example"]})
    for index in ("Number", ["Number", "part"]):
        ((_, row),) = numbered(frame.set_index(index))
        assert (row.text("number"), row.text("part"), row.text("email")) == ("A-2", "1", "a@acme.example")
    ((_, row),) = numbered(frame.set_index("Number", drop=False))
    assert row.text("number") == "A-2"
    ((_, row),) = numbered(frame.set_index("Number", drop=False).assign(Number="A-3"))
    with pytest.raises(ValueError, match="number: two columns have this name"):
        row.text("number")
    ((_, row),) = numbered(frame.rename(index={0: "A-3"}))
    assert set(row) == {"number", "part", "email"}


def test_a_row_of_a_csv_reader_with_more_cells_than_the_header_is_unreadable() -> None:
    text = "number,message,subject\nA-1,Hello, dear,Invoice\nA-2,Hello,Invoice,\nA-3,Hello\n"
    first, second, third = (row_of(item, 1) for item in csv.DictReader(io.StringIO(text)))
    for column in ("number", "message", "subject"):
        with pytest.raises(ValueError, match=r"the row has more cells than the header: \['Invoice'\]"):
            first.text(column)
    assert (second.text("number"), third.text("number"), third.text("subject")) == ("A-2", "A-3", None)


def test_rows_keep_their_numbers_in_any_order_unless_two_tables_have_them() -> None:
    rows = [TableRow(number, ["number"], ["A-1"]) for number in (5, 2, 3, 2)]
    assert [number for number, _ in numbered(rows)] == [5, 2, 3, 6]
    assert [number for number, _ in numbered([1, "A-1", rows[1]])] == [1, 2, 3]


SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\u2212"
UNSEEN = "\t\r\n\v\f\x1b\x85\xa0\u200b\u2028\u3000\ufeff"


@pytest.mark.parametrize("before", ["", " ", "'", "''", " '", *UNSEEN, "\n \t"])
@pytest.mark.parametrize("sign", SIGNS)
def test_text_that_a_spreadsheet_would_calculate_is_harmless_and_read_back(before: str, sign: str) -> None:
    for text in (f"{before}{sign}1+1", f"{before}{sign}x", f"{before}{sign}", f"{before}{sign} 1"):
        assert harmless(text) == f"'{text}"
        assert value_of_text(f"'{text}") == text


@pytest.mark.parametrize("character", UNSEEN)
def test_text_that_begins_with_what_is_not_seen_is_harmless(character: str) -> None:
    assert harmless(f"{character}x") == f"'{character}x"


@pytest.mark.parametrize("text", ["x", "'x", "x=1", "a@b.example", "", " ", "-5", "-5.50", "-1,234.50", "5", "#1"])
def test_other_text_and_negative_numbers_are_written_as_they_are(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["+49", "+49 30 123", "-1-1", "--1", "-1e5", "-", "#N/A", " #REF!", "Err:502"])
def test_text_that_a_spreadsheet_would_change_is_harmless_and_read_back(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert value_of_text(f"'{text}") == text


def test_an_apostrophe_before_a_number_is_not_read() -> None:
    assert value_of_text("'-5") == "-5"


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from(f"{SIGNS}{UNSEEN}' \"#N/A!Err:5012.,x") | st.characters()))
def test_any_text_is_read_as_it_was_written_and_calculated_nowhere(text: str) -> None:
    written = harmless(text)
    assert value_of_text(written) == (text.replace("\0", "\ufffd") if text.strip(" ") else None)
    visible = unicodedata.normalize("NFKC", stripped(written.strip("".join(map(chr, range(33))))))
    assert not visible.startswith(("=", "+", "@"))
    assert not visible.startswith(("-", "\u2212")) or re.fullmatch(r"-[0-9][0-9.,]*", written)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(st.sampled_from(f"{SIGNS}{UNSEEN[:-8]}' \",;|x1")), min_size=1, max_size=5))
def test_a_written_file_is_read_as_it_was_written(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([["number", "name"], *(["A-1", harmless(text)] for text in texts)])
    rows = read_table(io.BytesIO(file.getvalue().encode()))
    assert [(row["name"] or "").lstrip(" ") for row in rows] == [text.lstrip(" ") for text in texts]
