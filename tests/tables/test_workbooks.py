"""Tables in workbooks: cells as a person sees them, and what is hidden."""

from __future__ import annotations

import logging
import re
import struct
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlwt
from openpyxl import Workbook

from invoiced.tables import TableError, TableRow, numbered, read_table

from .workbooks import compound_file, ods, ods_text, with_parts, xls, xlsx


def texts(path: Path, column: str, **options: Any) -> list[str | None]:
    """Return the texts of a column; for a cell that cannot be used, the reason."""

    def text(row: TableRow) -> str | None:
        try:
            return row.text(column)
        except ValueError as error:
            return f"! {error}"

    return [text(row) for row in read_table(path, **options)]


LONG = "! number: a number of more than 15 digits (1.23457e+%d), which is not exact: format the column as text"

FORMATS = [
    (123, "00000", "00123"),
    (2134, "00000", "02134"),
    (12, '"CUST-"0000', "CUST-0012"),
    (123456789, "000-00-0000", "123-45-6789"),
    (8005551234, "\\(000\\)\\ 000\\-0000", "(800) 555-1234"),
    (7, '0" pcs"', "7 pcs"),
    (1234, "#,##0", "1234"),
    (1234.5, "0", "1234.5"),
    (15444.0, "General", "15444"),
    (12, "0.00", "12"),
    (12, "[<=9]0;00", "12"),
    (12, "[Red]0000", "0012"),
    (12, "[$-407]0000", "0012"),
    (12, "[$CHF-807] 0", "CHF 12"),
    (12, "[$CHF] 0", "CHF 12"),
    (2134, "[<=99999]00000;00000-0000", "02134"),
    (21344321, "[<=99999]00000;00000-0000", "02134-4321"),
    (7, "[>0]0000", "0007"),
    (7, "[=1]0;[=2]00;000", "007"),
    (7, '0000;-0000;"none";@', "0007"),
    (0, '0000;-0000;"none";@', "none"),
    (-7, "0000", "-0007"),
    (-7, "0000;(0000)", "(0007)"),
    (-7, "0000;@", "-0007"),
    (1, '"A-"General', "A-1"),
    (1, '"A;"0', "A;1"),
    (1, "\\;0", ";1"),
    (1234, "# ##0", "1234"),
    (123456789, "000 000 000", "123 456 789"),
    (123456789, "000,000,000", "123456789"),
    (0, "0", "0"),
    (0, "#", None),
    (0, "0;-0;;@", None),
    (0.5, "0%", "50%"),
    (0.125, "0.0 %", "12.5 %"),
    (0.005, "0%", "1%"),
    (1234, "@", "1234"),
    (1234, '_(* #,##0.0_);_(* (#,##0.0);_(* "-"?_);_(@_)', "1234"),
    (0, '_(* #,##0.0_);_(* (#,##0.0);_(* "-"?_);_(@_)', "-"),
    (-5, "#,##0;[Red]-#,##0", "-5"),
    (1234.5, "# ?/?", "1234.5"),
    (1234, "0.00E+00", "1234"),
    ("1", '"A-"@', "A-1"),
    ("1", '0;-0;0;"A-"@', "A-1"),
    ("1", "_(@_)", "1"),
    ("1", '"A-"0', "1"),
    *(
        (number, number_format, f"! number: {number} in the number format {number_format}: format the column as text")
        for number, number_format in (
            (123, "000,000,000"),
            (7, "000.0"),
            (7.5, "0000"),
            (7.5, '0" pcs"'),
            (1, '"A-"@'),
            (1.5, '"A-"General'),
            (12345, '#,##0,"K"'),
            (12345, "#,##0,"),
            (-7, "[>0]0000"),
            (7, "[>9]0;[<5]00"),
            (5, "[>9]0;0;00"),
            (5, "0000/0"),
            (5, "[DBNum1]0"),
            (5, "0N"),
            (5, '"EUR" 0.00'),
            (0.5, "0.#%"),
            (5, "0x@"),
        )
    ),
    (5, ";;;", "! number: a number that its format hides"),
    ("A-1", ";;;", "! number: a text that its format hides"),
    (123456789012345, "0", "123456789012345"),
    (1234567890123450, "0", LONG),
    (1234567890123450, "General", LONG),
    (12345678901234501000, "0", LONG),
    (12345678901234501000, "00000", LONG),
    (True, "General", "TRUE"),
    (date(2026, 11, 1), "dd.mm.yy", "2026-11-01"),
    (datetime(2026, 11, 1, 12, 30), "dd.mm.yy hh:mm", "2026-11-01 12:30:00"),
]


@pytest.mark.parametrize(("value", "number_format", "text"), FORMATS)
def test_numbers_and_dates_are_read_as_they_are_shown(
    value: Any, number_format: str, text: str | None, tmp_path: Path
) -> None:
    def change(book: Workbook) -> None:
        book.active["A2"].number_format = number_format

    if text == LONG:
        text %= len(str(value)) - 1
    assert texts(xlsx(tmp_path / "rows.xlsx", ["Number", "Note"], [value, "x"], change=change), "number") == [text]
    path = xls(tmp_path / "rows.xls", ["Number", "Note"], [value, "x"], formats={(1, 0): number_format})
    assert texts(path, "number") == [text]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('office:value-type="float" office:value="123"><text:p>00123</text:p>', "00123"),
        ('office:value-type="float" office:value="12"><text:p>CUST-0012</text:p>', "CUST-0012"),
        ('office:value-type="float" office:value="1234"><text:p>1,234.00</text:p>', "1234"),
        ('office:value-type="float" office:value="0"><text:p>0</text:p>', "0"),
        ('office:value-type="float" office:value="0"><text:p>0E+00</text:p>', "0"),
        ('office:value-type="float" office:value="1234"><text:p>1\u2019234</text:p>', "1234"),
        ('office:value-type="float" office:value="1234"><text:p>1\u2009234.00</text:p>', "1234"),
        ('office:value-type="float" office:value="7"><text:p>007.0</text:p>', "007.0"),
        ('office:value-type="float" office:value="123"><text:p>000,000,123</text:p>', "000,000,123"),
        ('office:value-type="float" office:value="-7"><text:p>(0007)</text:p>', "(0007)"),
        ('office:value-type="float" office:value="-7"><text:p>-7</text:p>', "-7"),
        ('office:value-type="float" office:value="1234.5"><text:p>A-1234.5</text:p>', "A-1234.5"),
        ('office:value-type="float" office:value="7">', "7"),
        ('office:value-type="percentage" office:value="0.5"><text:p>50 %</text:p>', "50 %"),
        ('office:value-type="currency" office:value="5"><text:p>5,00 €</text:p>', "5,00 €"),
        ('office:value-type="date" office:date-value="2026-11-01"><text:p>01.11.26</text:p>', "2026-11-01"),
        ('office:value-type="boolean" office:boolean-value="true"><text:p>TRUE</text:p>', "TRUE"),
        ('office:value-type="string"><text:p>a<text:s text:c="2"/>b</text:p><text:p>c</text:p>', "a  b\nc"),
        ('office:value-type="float" office:value="0"><text:p>#N/A</text:p>', "! number: the error #N/A"),
        ('office:value-type="string" calcext:value-type="error"><text:p>#XYZ</text:p>', "! number: the error #XYZ"),
        ('office:value-type="string"><office:annotation><text:p>n</text:p></office:annotation><text:p>x</text:p>', "x"),
    ],
)
def test_cells_of_ods_are_read_as_they_are_shown(cell: str, text: str, tmp_path: Path) -> None:
    rows = f"<table:table-row>{ods_text('Number')}</table:table-row>"
    cell = f"<table:table-cell {cell}</table:table-cell>"
    rows += f'<table:table-row table:number-rows-repeated="2">{cell}</table:table-row>'
    rows += '<table:table-row table:number-rows-repeated="1048573"><table:table-cell/></table:table-row>'
    path = ods(tmp_path / "rows", f'<table:table table:name="A">{rows}</table:table>')
    assert texts(path, "number") == [text, text]


def test_errors_formulas_without_a_value_and_escaped_line_breaks(tmp_path: Path) -> None:
    rows = [["A-1", "#N/A"], ["A-2", '="A-"&2'], ["A-3", "Dear customer,_x000D_\nplease pay"], ["A-4", "#REF!"]]
    path = xlsx(tmp_path / "rows.xlsx", ["Number", "Message"], *rows)
    assert texts(path, "message") == [
        "! message: the error #N/A",
        "! message: a formula without a value: open the workbook and save it",
        "Dear customer,\nplease pay",
        "! message: the error #REF!",
    ]
    assert texts(path, "number") == ["A-1", "A-2", "A-3", "A-4"]


def test_a_formula_that_results_in_an_empty_text_is_blank(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number", "To"], ["A-1", "=X1"])
    value = b'<c r="B2" t="str"><f>X1</f><v></v></c>'
    with_parts(path, lambda name, content: content.replace(b'<c r="B2"><f>X1</f><v></v></c>', value).replace(
        b'<c r="B2"><f>X1</f><v/></c>', value).replace(b'<c r="B2"><f>X1</f><v /></c>', value))  # fmt: skip
    assert texts(path, "to") == [None]


def sheet_data(path: Path, *rows: str) -> Path:
    """Replace the rows of a workbook by others, as XML."""
    data = f"<sheetData>{''.join(rows)}</sheetData>".encode()
    return with_parts(
        xlsx(path, ["x"]),
        lambda name, content: re.sub(rb"<sheetData>.*</sheetData>", data, content) if "sheet" in name else content,
    )


HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>Number</t></is></c></row>'


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('t="str"><f>"A-"&amp;1</f><v></v>', None),
        ('t="str"><f>"A-"&amp;1</f><v>A-1</v>', "A-1"),
        ('t="str"><f>"A-"&amp;1</f>', "! number: a formula without a value: open the workbook and save it"),
        ('t="e"><v>#GETTING_DATA</v>', "! number: the error #GETTING_DATA"),
        ('t="e"><f>X1</f><v>#XYZ!</v>', "! number: the error #XYZ!"),
        ('t="str"><v>#HIÁNYZIK</v>', "! number: the error #HIÁNYZIK"),
    ],
)
def test_formulas_and_errors_are_known_by_the_type_of_their_cell(cell: str, text: str | None, tmp_path: Path) -> None:
    note = '<c r="B2" t="inlineStr"><is><t>x</t></is></c>'
    header = HEADER.replace("</row>", '<c r="B1" t="inlineStr"><is><t>Note</t></is></c></row>')
    path = sheet_data(tmp_path / "rows.xlsx", header, f'<row r="2"><c r="A2" {cell}</c>{note}</row>')
    assert texts(path, "number") == [text]


@pytest.mark.parametrize("rows", [(5, 3), (2, 2)])
def test_rows_out_of_order_are_refused(rows: tuple[int, int], tmp_path: Path) -> None:
    cell = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>A-1</t></is></c></row>'
    path = sheet_data(tmp_path / "rows.xlsx", HEADER, *map(cell.format, rows))
    with pytest.raises(TableError, match=rf"may be damaged \(ValueError: row {rows[1]} is below row {rows[0]}\)"):
        list(read_table(path))


def hide(book: Workbook) -> None:
    sheet = book.active
    sheet.auto_filter.ref = "A1:C4"
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    old = book.create_sheet("old")
    old.append(["Number"])
    old.sheet_state = "veryHidden"


def test_cells_and_rows_without_a_reference_are_counted(tmp_path: Path) -> None:
    rows = [["Number", "Subject", "To"], ["A-1", '="x"&"y"', "a@x.example"], ["A-2", "y", None]]
    path = xlsx(tmp_path / "rows.xlsx", *rows, change=hide)
    with_parts(
        path, lambda name, content: re.sub(rb'(<(?:c|row)) r="\w+"', rb"\1", content) if "sheet" in name else content
    )
    assert texts(path, "number") == ["A-1"]
    assert texts(path, "subject") == ["! subject: a formula without a value: open the workbook and save it"]


def test_what_is_hidden_is_not_read_unless_asked_and_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [["Number", "Subject", "To"], ["A-1", "x", "a@x.example"], ["A-2", "y", None], ["A-3", "z", None]]
    path = xlsx(tmp_path / "rows.xlsx", *rows, change=hide)
    caplog.set_level(logging.WARNING)
    assert [(row.number, dict(row)) for row in read_table(path)] == [
        (2, {"number": "A-1", "subject": "x"}),
        (4, {"number": "A-3", "subject": "z"}),
    ]
    assert [record.getMessage().partition("rows.xlsx: ")[2] for record in caplog.records] == [
        "hidden sheets are not read: old.",
        "hidden columns are not read: To",
        "1 hidden rows are not read: 3",
    ]
    assert texts(path, "to", include_hidden=True, sheet="Sheet") == ["a@x.example", None, None]


def test_hidden_rows_and_columns_of_xls_and_ods_are_not_read(tmp_path: Path) -> None:
    path = xls(tmp_path / "rows.xls", ["Number"], ["A-1"], ["A-2"], hidden_row=2)
    assert texts(path, "number") == ["A-2"]
    row = "<table:table-row {}>{}</table:table-row>"
    table = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    table += row.format("", ods_text("Number") + ods_text("To")) + row.format("", ods_text("A-1") + ods_text("h@x"))
    table += row.format('table:visibility="filter"', ods_text("A-2"))
    hidden = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    tables = f'<table:table table:name="A">{table}</table:table>'
    tables += f'<table:table table:name="B" table:style-name="ta2">{row.format("", ods_text("Number"))}</table:table>'
    assert [dict(row) for row in read_table(ods(tmp_path / "rows.ods", tables, hidden))] == [{"number": "A-1"}]


def test_a_header_that_is_hidden_is_not_read(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("old").append(["Number"])
        book["old"].append(["A-3"])
        book["old"].sheet_state = "hidden"

    path = xlsx(tmp_path / "rows.xlsx", ["Kunde #"], ["A-1"], change=change)
    with pytest.raises(TableError, match="is in a hidden sheet, row or column, which is read only on request"):
        list(read_table(path))
    assert texts(path, "number", sheet="old") == ["A-3"]


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("B").append(["Number"])
        book["B"].append(["2"])

    path = xlsx(tmp_path / "rows.xlsx", ["Number"], ["1"], change=change)
    assert texts(path, "number", sheet="B") == ["2"]
    for sheet, problem in ((None, "Several sheets of .* have a header row: Sheet, B"), ("C", "has no sheet 'C'")):
        with pytest.raises(TableError, match=problem):
            list(read_table(path, sheet=sheet))


def test_a_workbook_with_wrong_dimensions_is_read_completely(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number"], ["A-1"], ["A-2"])
    with_parts(path, lambda _, content: content.replace(b'<dimension ref="A1:A3"', b'<dimension ref="A1"'))
    assert texts(path, "number") == ["A-1", "A-2"]


def cut(name: str, content: bytes) -> bytes:
    return content[:200] if name.endswith("sheet1.xml") else content


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"word/document.xml": "x"}, "is a Word document"),
        ({"xl/workbook.bin": "x", "xl/workbook.xml": "x"}, r"is a binary workbook \(XLSB\)"),
        ({"Index/Document.iwa": "x"}, "is a Numbers document"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}, "but not a workbook"),
        ({"[Content_Types].xml": "x"}, "is a ZIP archive, but not a workbook"),
        ({"xl/workbook.xml": "x"}, "cannot be read, it may be damaged"),
    ],
)
def test_another_archive_gets_one_true_line(parts: dict[str, str], problem: str, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "rows.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(TableError, match=problem) as caught:
        list(read_table(tmp_path / "rows.xlsx"))
    assert "\n" not in str(caught.value)


def test_sheets_of_charts_are_not_read(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number"], ["A-1"], change=lambda book: book.create_chartsheet("Chart", 0))
    assert texts(path, "number") == ["A-1"]


def strict(name: str, content: bytes) -> bytes:
    for kind in (b"spreadsheetml", b"officeDocument"):
        new = content.replace(b"http://schemas.openxmlformats.org/" + kind, b"http://purl.oclc.org/ooxml/" + kind)
        content = new.replace(b"/2006/", b"/") if new != content else content
    return content


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (strict, r"is a Strict Open XML workbook\. Save it as Excel Workbook \(\.xlsx\)"),
        (
            lambda name, content: None if "sheet1" in name else content,
            "is a damaged workbook: the sheet Sheet is missing",
        ),
    ],
)
def test_a_workbook_that_openpyxl_would_read_without_sheets_gets_one_true_line(
    change: Any, problem: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = with_parts(xlsx(tmp_path / "rows.xlsx", ["Number"], ["A-1"]), change)
    with pytest.raises(TableError, match=problem):
        list(read_table(path))
    assert not recwarn.list


def test_a_workbook_whose_rows_are_all_hidden_is_an_error(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.active.row_dimensions[2].hidden = True

    path = xlsx(tmp_path / "rows.xlsx", ["Number"], ["A-1"], change=change)
    with pytest.raises(TableError, match="has no rows below its header, row 1, that are not hidden"):
        list(read_table(path))
    with pytest.raises(TableError, match="is a workbook without sheets"):
        list(read_table(ods(tmp_path / "rows.ods", "")))


def test_damaged_and_encrypted_workbooks_get_one_true_line(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    files = {
        with_parts(xlsx(tmp_path / "cut.xlsx", ["Number"], ["A-1"]), cut): "cannot be read, it may be damaged",
        ods(tmp_path / "a.ods", "", manifest="<manifest:encryption-data/>"): "is a workbook with a password",
    }
    for stream, problem in (
        ("EncryptedPackage", "is a workbook with a password or a sensitivity label"),
        ("WordDocument", "is a Word document"),
        ("Workbook", "cannot be read, it may be damaged"),
    ):
        path = tmp_path / stream
        path.write_bytes(compound_file(stream))
        files[path] = problem
    for path, problem in files.items():
        with pytest.raises(TableError, match=problem) as caught:
            list(read_table(path))
        assert "\n" not in str(caught.value)


def test_an_old_workbook_with_a_password_gets_one_true_line(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "Number")
    plain = book.get_biff_data
    start = struct.unpack("<H", plain()[2:4])[0] + 4  # below the first record, which has the version
    password = struct.pack("<HHHHH", 0x2F, 6, 0, 1, 2)
    book.get_biff_data = lambda: plain()[:start] + password + plain()[start:]
    book.save(str(tmp_path / "rows.xls"))
    with pytest.raises(TableError, match=r"is a workbook with a password\. Save it"):
        list(read_table(tmp_path / "rows.xls"))


def test_the_text_of_a_cell_does_not_make_a_workbook_another_kind_of_file(tmp_path: Path) -> None:
    path = xls(tmp_path / "rows.xls", ["Number"], ["WordDocument €"], ["PowerPoint Document €"])
    assert texts(path, "number") == ["WordDocument €", "PowerPoint Document €"]


def test_times_and_impossible_dates_of_workbooks(tmp_path: Path) -> None:
    formats = {(1, 1): "hh:mm", (2, 1): "yyyy-mm-dd"}
    path = xls(tmp_path / "rows.xls", ["Number", "At"], ["A-1", 0.5], ["A-2", 1e9], formats=formats)
    assert texts(path, "at") == ["12:00:00", "! at: a date that is out of range"]
    dates = (
        "0000-00-00",
        "2026-11-01T10:00:00.5",
        "2026-11-01T10:00:00Z",
        "2026-11-01T10:00:00.500000000",
        "-0044-03-15",
    )
    cells = [f'<table:table-cell office:value-type="date" office:date-value="{each}"/>' for each in dates]
    rows = "".join(f"<table:table-row>{ods_text('A')}{cell}</table:table-row>" for cell in cells)
    header = f"<table:table-row>{ods_text('Number')}{ods_text('At')}</table:table-row>"
    path = ods(tmp_path / "rows.ods", f'<table:table table:name="A">{header}{rows}</table:table>')
    impossible, moment = "! at: a date that is out of range", "2026-11-01 10:00:00"
    assert texts(path, "at") == [impossible, moment, moment, moment, impossible]


@pytest.mark.parametrize("title", ["Customer", "E-Mail", "Number"])
def test_a_title_of_one_cell_above_the_header_is_not_the_header(title: str, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", [title], [], ["Number", "Name", "To"], ["A-1", "x", None])
    assert [(row.number, row["number"], row["name"]) for row in read_table(path)] == [(4, "A-1", "x")]


@pytest.mark.parametrize("above", [[["ID", "R-2026"]], [["ID", "R-2026"], ["Period", "November"]], [["Customer"]]])
def test_a_row_with_more_cells_than_the_header_is_refused(above: list[list[str]], tmp_path: Path) -> None:
    titles = ["Customer No.", "To", "Subject"] if len(above[0]) > 1 else ["Kunde", "To", "Subject"]
    path = xlsx(tmp_path / "rows.xlsx", *above, titles, ["1", "boss@x.example", "Hi"])
    with pytest.raises(
        TableError, match=r"Row \d of .* has more cells than the header, which is row 1: .* the rows above"
    ):
        list(read_table(path))


def test_columns_without_a_title_are_not_read_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number", None, "To"], ["A-1", "x", None], ["A-2", "y", None], ["A-3"])
    assert texts(path, "number") == ["A-1", "A-2", "A-3"]
    assert [record.getMessage().partition("rows.xlsx: ")[2] for record in caplog.records] == [
        "row 2 has cells in columns without a title, which are not read: x"
    ]


@pytest.mark.parametrize("title", ['="Num"&"ber"', "#REF!"])
@pytest.mark.parametrize("others", [["Email", "Name"], ["Customer number", "Email"], [None, "Number"]])
def test_a_title_that_cannot_be_read_is_refused(title: str, others: list[str], tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", [*others, title], ["A-1", "c@gamma.example", "x"])
    with pytest.raises(
        TableError, match=r"Row 1 of .*, the header, has no title in column 3, but (a formula|the error)"
    ):
        list(read_table(path))


def test_titles_may_be_numbers(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number", 2025, 2026], ["A-1", 470, 120])
    assert [dict(row) for row in read_table(path)] == [{"number": "A-1", "2025": 470, "2026": 120}]


def test_what_is_said_of_a_hostile_file_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    forged = "x\nERROR _x001b_[2J\u202e\r\n"

    def change(book: Workbook) -> None:
        book.active.row_dimensions[4].hidden = True
        book.active.column_dimensions["B"].hidden = True
        book.create_sheet("old\u202e\n").append(["Number"])
        book.worksheets[1].sheet_state = "hidden"

    rows = [[forged], ["Number", forged, "To", None, forged], ["A-1", "y", None, forged], ["A-2"]]
    xlsx(tmp_path / "rows.xlsx", *rows, change=change)
    (tmp_path / "rows.csv").write_bytes(b"number,to\nA-1,\xff\x1b[2J\n")
    for path in (tmp_path / "rows.xlsx", tmp_path / "rows.csv"):
        with path.open("rb") as stream:
            assert list(numbered(read_table(stream, name="rows\n\x1b[2J"), lambda _: ["number"]))
    said = "\n".join(caplog.messages)
    for note in (
        "above the header",
        "hidden columns",
        "hidden rows",
        "hidden sheets",
        "without a title",
        "Windows-1252",
    ):
        assert note in said
    assert "columns that are not used" in said
    assert all(message.isprintable() for message in caplog.messages), caplog.messages


def test_text_that_looks_like_an_escape_is_read_once(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "rows.xlsx", ["Number"], ["_x005F_x000D_"])
    assert texts(path, "number") == ["_x000D_"]


def test_texts_that_cells_share_have_their_parts_but_not_how_they_are_pronounced(tmp_path: Path) -> None:
    shared = "<sst><si><t>A-1</t></si><si><r><rPr/><t>Dear </t></r><r><t>customer</t></r><rPh><t>x</t></rPh></si></sst>"
    cells = '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c>'
    header = HEADER.replace("</row>", '<c r="B1" t="inlineStr"><is><r><t>Sub</t></r><r><t>ject</t></r></is></c></row>')
    path = sheet_data(tmp_path / "rows.xlsx", header, f'<row r="2">{cells}</row>')
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    with_parts(path, lambda name, content: None if "shared" in name else content.replace(b"</Types>", override))
    with ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", shared)
    assert [dict(row) for row in read_table(path)] == [{"number": "A-1", "subject": "Dear customer"}]


def test_impossible_dates_of_xlsx_are_named(tmp_path: Path) -> None:
    def change(book: Workbook) -> None:
        book.active["B2"].number_format = "yyyy-mm-dd"

    path = xlsx(tmp_path / "rows.xlsx", ["Number", "At"], ["A-1", 1e9], change=change)
    assert texts(path, "at") == ["! at: a date that is out of range"]
