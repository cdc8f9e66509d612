"""Amounts: the number that a workbook stores, if a person sees it, and the number that a text says."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from invoiced.tables import Amount, TableRow, read_table
from invoiced.tables.amounts import amount_of

from .workbooks import ods, ods_text, with_parts, xls, xlsx


def said(row: TableRow, column: str = "price") -> tuple[str, str] | str | None:
    """Return the number and the currency of an amount, or why it is none."""
    try:
        amount = row.amount(column)
    except ValueError as error:
        return str(error).removeprefix(f"{column}: ")
    return None if amount is None else (f"{amount.number:f}", amount.currency)


ACCOUNTING = '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)'
CHANGE = "round it, or change the number format"
UNKNOWN = "may be shown as another number: change the number format"

FORMATS = [
    (1234.5, '"$"#,##0.00', ("1234.5", "$")),
    (1234.5, "#,##0.00", ("1234.5", "")),
    (1234, "#,##0.00", ("1234", "")),
    (1234.5, '#,##0.00\\ "€"', ("1234.5", "€")),
    (1234.5, "_-* #,##0.00_-", ("1234.5", "")),
    (-1234.5, "_-* #,##0.00_-;\\-* #,##0.00_-", ("-1234.5", "")),
    (-1234.5, ACCOUNTING, ("-1234.5", "$")),
    (1234.5, ACCOUNTING, ("1234.5", "$")),
    (0, ACCOUNTING, ("0", "$")),
    (-1234.5, "#,##0.00_);[Red](#,##0.00)", ("-1234.5", "")),
    (12, "[$CHF-807] #,##0.00", ("12", "CHF")),
    (12.5, '"Fr. "#,##0.00', ("12.5", "")),
    (12, "0.--", ("12", "")),
    (12.5, "General", ("12.5", "")),
    (12.5, 'General" €"', ("12.5", "€")),
    (12.5, "@", ("12.5", "")),
    (0.1, "0.00", ("0.1", "")),
    (0.1 + 0.2, "0.00", ("0.3", "")),
    (45.1 * 3, '"$"0.00', ("135.3", "$")),
    (1 / 3, "General", ("0.333333333333333", "")),
    (999999999999999, "#,##0", ("999999999999999", "")),
    (1234567.25, "# ##0.00", ("1234567.25", "")),
    (1234567, "[>=100000]##\\,##\\,##0;##,##0", ("1234567", "")),
    (12.5, "0.00##", ("12.5", "")),
    (12.5, ".00", ("12.5", "")),
    (0.5, "#.00", ("0.5", "")),
    (7, '0" pcs"', ("7", "")),
    (7.5, '0.0" h"', ("7.5", "")),
    (7, "0000", ("7", "")),
    (7, "0." + "0" * 40, ("7", "")),
    (10, "[>5]0.00;0", ("10", "")),
    (12.3456, "0.00", f"12.3456 is shown as 12.35: {CHANGE}"),
    (12.3456, '"$"#,##0.00', f"12.3456 is shown as $12.35: {CHANGE}"),
    (1.005, "0.00", f"1.005 is shown as 1.01: {CHANGE}"),
    (12.5, "#,##0", f"12.5 is shown as 13: {CHANGE}"),
    (-5, "#,##0;[Red]#,##0", f"-5 is shown as 5: {CHANGE}"),
    (-5.5, "0.00;[Red]0.00", f"-5.5 is shown as 5.50: {CHANGE}"),
    (5, "(0)", f"5 is shown as (5): {CHANGE}"),
    (1234, "0\\.00", f"1234 is shown as 12.34: {CHANGE}"),
    (123456789, "000-00-0000", f"123456789 is shown as 123-45-6789: {CHANGE}"),
    (12, '"CUST-"0000', f"12 is shown as CUST-0012: {CHANGE}"),
    (12345, "#,##0,", f"12345 is shown as 12: {CHANGE}"),
    (12345, '#,##0.0,"K"', f"12345 is shown as 12.3K: {CHANGE}"),
    (12345678, "0.0,,", f"12345678 is shown as 12.3: {CHANGE}"),
    (0, "0;-0;;@", f"0 is shown as nothing: {CHANGE}"),
    (5, ";;;", f"5 is shown as nothing: {CHANGE}"),
    (0, '0;-0;"none"', f"0 is shown as none: {CHANGE}"),
    (5, '0.00"2"', f"5 is shown as 5.002: {CHANGE}"),
    (1234, "0.00E+00", f"1234 {UNKNOWN}"),
    (1234.5, "# ?/?", f"1234.5 {UNKNOWN}"),
    (5, "[DBNum1]0", f"5 {UNKNOWN}"),
    (-10, "[>5]0.00;0", f"-10 {UNKNOWN}"),
    (7.5, "0." + "0" * 40, f"7.5 {UNKNOWN}"),
    (0.19, "0%", "19% is a percentage (expected e.g. 1234.50)"),
    (0.19, "0.00 %", "19.00 % is a percentage (expected e.g. 1234.50)"),
    (19, '0"%"', "19% is a percentage (expected e.g. 1234.50)"),
    (0.19, "0." + "0" * 40 + "%", f"0.19 {UNKNOWN}"),
    (True, "General", "invalid amount 'TRUE' (expected e.g. 1234.50)"),
    (date(2026, 11, 30), "dd.mm.yyyy", "invalid amount '2026-11-30' (expected e.g. 1234.50)"),
    ("1,234.50", "0.00", ("1234.50", "")),
    ("x", "0.00", "invalid amount 'x' (expected e.g. 1234.50)"),
    (None, "0.00", None),
]


@pytest.mark.parametrize(("value", "number_format", "expected"), FORMATS)
def test_an_amount_is_the_stored_number_if_a_person_sees_it(
    value: Any, number_format: str, expected: Any, tmp_path: Path
) -> None:
    def change(book: Workbook) -> None:
        book.worksheets[0]["B2"].number_format = number_format

    rows = [["Number", "Price"], ["A-1", value]]
    path = xlsx(tmp_path / "rows.xlsx", *rows, change=change)
    assert [said(row) for row in read_table(path)] == [expected]
    path = xls(tmp_path / "rows.xls", *rows, formats={(1, 1): number_format})
    assert [said(row) for row in read_table(path)] == [expected]


def ods_rows(path: Path, *cells: str) -> Path:
    rows = f"<table:table-row>{ods_text('Number')}{ods_text('Price')}</table:table-row>"
    rows += "".join(f"<table:table-row>{ods_text('A-1')}<table:table-cell {cell}</table:table-row>" for cell in cells)
    return ods(path, f'<table:table table:name="A">{rows}</table:table>')


@pytest.mark.parametrize(
    ("number", "text", "expected"),
    [
        ("1234.5", "1,234.50", ("1234.5", "")),
        ("1234.5", "1.234,50", ("1234.5", "")),
        ("1234.5", "1.234,50 €", ("1234.5", "€")),
        ("1234", "1.234", ("1234", "")),
        ("1.234", "1.234", ("1.234", "")),
        ("1234", "1\u202f234", ("1234", "")),
        ("100000", "1,00,000.00", ("100000", "")),
        ("-5", "-5.00", ("-5", "")),
        ("-5", "\u22125.00", ("-5", "")),
        ("-5", "(5.00)", ("-5", "")),
        ("-5", "5.00-", ("-5", "")),
        ("5", "CHF 5.-", ("5", "CHF")),
        ("0", "- €", ("0", "€")),
        ("7", "7 Stk.", ("7", "")),
        ("7", "007.0", ("7", "")),
        ("0.30000000000000004", "0.3", ("0.3", "")),
        ("5", "", ("5", "")),
        ("12.3456", "12.35", f"12.3456 is shown as 12.35: {CHANGE}"),
        ("12.3456", "12,35 €", f"12.3456 is shown as 12,35 €: {CHANGE}"),
        ("-5", "5.00", f"-5 is shown as 5.00: {CHANGE}"),
        ("1235", "12,35", f"1235 is shown as 12,35: {CHANGE}"),
        ("1200000", "1.2", f"1200000 is shown as 1.2: {CHANGE}"),
        ("1234", "1.23E+03", f"1234 is shown as 1.23E+03: {CHANGE}"),
        ("0.19", "19 %", "19 % is a percentage (expected e.g. 1234.50)"),
        ("5", "#N/A", "the error #N/A"),
    ],
)
@pytest.mark.parametrize("kind", ["float", "currency", "percentage"])
def test_an_amount_of_ods_is_the_stored_number_if_the_text_says_it(
    number: str, text: str, expected: Any, kind: str, tmp_path: Path
) -> None:
    shown = f"<text:p>{text}</text:p>" if text else ""
    cell = f'office:value-type="{kind}" office:value="{number}">{shown}</table:table-cell>'
    assert [said(row) for row in read_table(ods_rows(tmp_path / "rows.ods", cell))] == [expected]


TEXTS = [
    ("1234.50", ("1234.50", "")),
    ("1,234.50", ("1234.50", "")),
    ("1.234,50", ("1234.50", "")),
    ("1234,5", ("1234.5", "")),
    ("1 234,50", ("1234.50", "")),
    ("1\u202f234,50", ("1234.50", "")),
    ("1'234.50", ("1234.50", "")),
    ("1,234,567", ("1234567", "")),
    ("1.234.567,8", ("1234567.8", "")),
    ("1,00,000", ("100000", "")),
    ("0,125", ("0.125", "")),
    ("1234.567", ("1234.567", "")),
    (".5", ("0.5", "")),
    ("-5", ("-5", "")),
    ("\u22125,50", ("-5.50", "")),
    ("(5.00)", ("-5.00", "")),
    ("$1,234.50", ("1234.50", "$")),
    ("-$5", ("-5", "$")),
    ("$-5", ("-5", "$")),
    (" $ (1,234.50) ", ("-1234.50", "$")),
    ("US$ 5", ("5", "US$")),
    ("5,00 €", ("5.00", "€")),
    ("CHF 1'000.00", ("1000.00", "CHF")),
    ("1,234", "ambiguous amount '1,234': write 1234, or 1.2340"),
    ("$1.234", "ambiguous amount '$1.234': write 1234, or 1.2340"),
    ("100.000", "ambiguous amount '100.000': write 100000, or 100.0000"),
    ("", None),
    ("#N/A", "the error #N/A"),
    *(
        (text, f"invalid amount '{text}' (expected e.g. 1234.50)")
        for text in ("x", "19%", "1e3", "5-", "+5", "12.", "12,", "12 34", "1,234,56", "1.234,5.6", "5 pcs")
    ),
    *(
        (text, f"invalid amount '{text}' (expected e.g. 1234.50)")
        for text in ("((5))", "--5", "-(5)", "1/2", "-", "\u0665")
    ),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_an_amount_that_is_text_is_read_unless_it_is_ambiguous(text: str, expected: Any, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f'number;price\nA-1;"{text}"\n', "utf-8")
    assert [said(row) for row in read_table(tmp_path / "rows.csv")] == [expected]
    if not text.startswith("#"):  # an error in workbooks and in CSV
        (tmp_path / "rows.json").write_text(json.dumps([{"number": "A-1", "price": text}]))
        assert [said(row) for row in read_table(tmp_path / "rows.json")] == [expected]


@pytest.mark.parametrize("number", ["45.10", "1.234", "-0.1", "12345678901234567890", "1E+3"])
def test_a_number_of_json_is_exact(number: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(f'[{{"number": "A-1", "price": {number}}}]')
    (row,) = read_table(tmp_path / "rows.json")
    amount = row.amount("price")
    assert amount is not None
    assert str(amount.number) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (0.1 + 0.2, "0.3"),
        (7, "7"),
        (Decimal("45.10"), "45.10"),
        (numpy.float64(45.1), "45.1"),
        (numpy.float32(45.1), "45.1"),
        (numpy.int64(7), "7"),
    ],
)
def test_numbers_of_programs_are_amounts(value: Any, number: str) -> None:
    assert amount_of(value) == Amount(Decimal(number))


@pytest.mark.parametrize(
    "value",
    [float("inf"), 1e15, Decimal("Infinity"), True, numpy.bool_(True), date(2026, 11, 1), time(7, 30), [5], b"5"],
)
def test_other_values_are_no_amounts(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^price: "):
        TableRow(1, ["Price"], [value]).amount("price")


@pytest.mark.parametrize("value", [None, " ", float("nan"), Decimal("NaN"), numpy.float32("nan")])
def test_blank_is_no_amount(value: Any) -> None:
    assert amount_of(value) is None


def test_long_text_is_refused_fast() -> None:
    for text in ("1" * 100_000, "1," * 50_000, " 1" * 50_000, "(" * 100_000, "1" + " " * 100_000 + "x"):
        with pytest.raises(ValueError, match="invalid amount") as caught:
            amount_of(text)
        assert len(str(caught.value)) < 100


@settings(max_examples=300, deadline=None)
@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]))
def test_any_amount_with_decimals_is_read_in_any_language(number: Decimal, separators: tuple[str, str]) -> None:
    names = str.maketrans(dict(zip(",.", separators, strict=True)))
    assert amount_of(f"{number:,.2f}".translate(names)) == Amount(number)


@settings(max_examples=300, deadline=None)
@given(st.text("0123456789.,' $€-()%E", max_size=12))
def test_text_is_an_amount_with_its_digits_or_refused(text: str) -> None:
    try:
        amount = amount_of(text)
    except ValueError:
        return
    digits = "".join(filter(str.isdigit, text))
    assert (amount is None) == (not text.strip())
    if amount:
        assert "".join(map(str, amount.number.as_tuple().digits)).lstrip("0") == digits.lstrip("0")


def test_what_a_person_sees_is_read_as_text_and_what_is_stored_as_an_amount(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.worksheets[0]["A2"].number_format = "00000"
        book.worksheets[0]["B2"].number_format = '"$"0.00'

    (row,) = read_table(xlsx(tmp_path / "rows.xlsx", ["Number", "Price"], [123, 5.5], change=change))
    assert (row["number"], row.text("number"), row.amount("number")) == ("00123", "00123", Amount(Decimal(123)))
    with pytest.raises(ValueError, match=r"price: 5\.5 in the number format"):
        row.text("price")
    assert row.amount("price") == Amount(Decimal("5.5"), "$")


def test_an_amount_of_two_columns_that_differ_is_refused(tmp_path: Path) -> None:
    row = TableRow(1, ["Price", "price"], [5, 6])
    with pytest.raises(ValueError, match="price: two columns have this name"):
        row.amount("price")


DATES = [
    *("yyyy-mm-dd", "dd.mm.yy", "m/d/yy", "d. mmmm yyyy", "[$-407]d. mmmm yyyy", "[$-F800]dddd, mmmm dd, yyyy"),
    *('"due "dd.mm.yy', "mmm yyyy", "yyyy", 'yyyy"年"m"月"d"日"', "[Red]dd/mm/yyyy", "dd.mm.yyyy;@", "m/d/yy h:mm"),
]


@pytest.mark.parametrize("number_format", DATES)
@pytest.mark.parametrize("value", [date(2026, 11, 30), datetime(2026, 11, 30)])
def test_dates_are_dates_in_any_format(value: date, number_format: str, tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.worksheets[0]["B2"].number_format = number_format

    rows = [["Number", "Date"], ["A-1", value]]
    for path in (
        xlsx(tmp_path / "rows.xlsx", *rows, change=change),
        xls(tmp_path / "rows.xls", *rows, formats={(1, 1): number_format}),
    ):
        assert [row.text("date") for row in read_table(path)] == ["2026-11-30"]


@pytest.mark.parametrize("moment", ["2026-11-30", "2026-11-30T00:00:00"])
def test_dates_of_ods_are_dates_in_any_format(moment: str, tmp_path: Path) -> None:
    cell = f'office:value-type="date" office:date-value="{moment}"><text:p>Nov. 26</text:p></table:table-cell>'
    (row,) = read_table(ods_rows(tmp_path / "rows.ods", cell))
    assert row.text("price") == "2026-11-30"


@pytest.mark.parametrize("number", [14, 22, 27, 31, 36, 50, 58])
def test_dates_of_xlsx_in_a_format_that_depends_on_the_language_are_dates(number: int, tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.worksheets[0]["B2"].number_format = "mm-dd-yy"  # number 14

    def with_number(name: str, content: bytes) -> bytes:
        return content.replace(b'numFmtId="14"', b'numFmtId="%d"' % number) if "styles" in name else content

    path = with_parts(xlsx(tmp_path / "rows.xlsx", ["Number", "Date"], ["A-1", 46356], change=change), with_number)
    assert [row.text("date") for row in read_table(path)] == ["2026-11-30"]


def test_dates_of_workbooks_that_count_from_1904_are_dates(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.epoch = datetime(1904, 1, 1)

    path = xlsx(tmp_path / "rows.xlsx", ["Number", "Date"], ["A-1", date(2026, 11, 30)], change=change)
    assert [row.text("date") for row in read_table(path)] == ["2026-11-30"]
