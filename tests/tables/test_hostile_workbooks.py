"""Workbooks that would exhaust time or memory: each is refused in one line, before anything is sent."""

from __future__ import annotations

import inspect
import io
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from invoiced.cli.application import application
from invoiced.tables import read_table

from .workbooks import ods, ods_text, refused, with_parts, xls, xlsx

MEGABYTE = "a" * 2**20
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>number</t></is></c></row>'
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
LAUGHS = "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in pairwise("abcdefghi"))
LAUGHS = f"<!DOCTYPE x [<!ENTITY a 'a'>{LAUGHS}]>"
ELSEWHERE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def hostile(path: Path, *pieces: str, part: str = SHEET) -> Path:
    """Return a workbook of which a part is large, but compressed well."""

    def change(name: str, content: bytes) -> bytes | None:
        return None if name in (part, TEXTS) else content.replace(b"</Types>", TYPE)

    with_parts(xlsx(path, ["number"]), change)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(part, "w") as stream,
    ):
        for piece in pieces:
            stream.write(piece.encode())
    return path


def sheet(*pieces: str, before: str = "", header: str = HEADER, doctype: str = "") -> tuple[str, ...]:
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f"{doctype}<worksheet {namespace}>{before}<sheetData>{header}", *pieces, "</sheetData></worksheet>"


def cell(row: object, reference: object, value: object = "<v>1</v>") -> str:
    return f'<row r="{row}"><c r="{reference}">{value}</c></row>'


WIDE = HEADER.replace("</row>", '<c r="CV1" t="inlineStr"><is><t>email</t></is></c></row>')
SHARING = "".join(sheet('<row r="2"><c t="s"><v>0</v></c></row>'))
"""A sheet with a text that cells share."""

SHEETS = {
    "a cell of 64 MB": (sheet('<row r="2"><c t="str"><v>', *[MEGABYTE] * 64, "</v></c></row>"), "characters in a row"),
    "a cell of 200 kB": (sheet(cell(2, "A2", f"<v>{'1' * 200_000}</v>").replace("<c", '<c t="str"')), "in a cell"),
    "an inline cell of 200 kB": (
        sheet(f'<row r="2"><c t="inlineStr"><is><t>{MEGABYTE[:200_000]}</t></is></c></row>'), "in a cell"),
    "a jump to row 99999999": (sheet(cell(99999999, "A99999999")), "1,048,576 rows"),
    "a jump to row 10^18": (sheet(cell(10**18, "A1")), "1,048,576 rows"),
    "a row with a number of 100,000 digits": (sheet(cell("9" * 100_000, "A1")), "1,048,576 rows"),
    "rows below the last": (sheet(cell(1048576, "A1048576", ""), "<row/>"), "1,048,576 rows"),
    "a column beyond the last": (sheet(cell(2, "XFE2")), "16,384 columns"),
    "a column beyond all": (sheet(cell(2, "ZZZZ2")), "may be damaged"),
    "cells in the wrong order": (sheet('<row r="2"><c r="B2"/><c r="A2"/></row>'), "may be damaged"),
    "a cell twice": (sheet('<row r="2"><c r="A2"/><c r="A2"/></row>'), "may be damaged"),
    "only last columns": (sheet(*(cell(row, f"XFD{row}") for row in range(2, 3002))), "has more cells than the header"),
    "last columns below titles": (
        sheet(*(cell(row, f"XFD{row}") for row in range(2, 700)),
              header=HEADER.replace("</row>", '<c r="XFD1" t="inlineStr"><is><t>email</t></is></c></row>')),
        "10,000,000 cells"),
    "blank cells": (sheet("<row>", "<c/>" * 260_000, "</row>"), "XML elements in a row"),
    "elements outside of rows": (sheet(*["<a/>" * 10_000] * 101), "1,000,000 XML elements"),
    "nested elements": (sheet("<a>" * 200), "100 levels"),
    "nested elements in a cell": (sheet("<row><c>" + "<a>" * 200), "100 levels"),
    "many names": (sheet("".join(f"<a{number}/>" for number in range(20_000))), "10,000 different names"),
    "a tag of 64 MB": (sheet('<row r="2" x="', *[MEGABYTE] * 64, '"/>'), "bytes in an XML tag"),
    "a comment of tags": (sheet("<!--", *["<a>" * 2**18] * 20, "-->"), "bytes in an XML tag"),
    "300 MB of blanks": (sheet(*[" " * 2**20] * 300), "bytes when it is unpacked"),
    "many columns": (sheet(before=f"<cols>{'<col/>' * 17_000}</cols>"), "16,384 columns"),
    "billion laughs": (sheet(cell(2, "A2", "<v>&i;</v>"), doctype=LAUGHS), "DOCTYPE"),
    "an external entity": (
        sheet(cell(2, "A2", "<v>&a;</v>"), doctype=ELSEWHERE), "DOCTYPE"),
    "an external definition": (sheet(doctype='<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'), "DOCTYPE"),
    "broken XML": (("<worksheet><sheetData><row>",), "may be damaged"),
    "no XML": (("number",), "may be damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_a_hostile_sheet_is_refused(name: str, tmp_path: Path) -> None:
    pieces, problem = SHEETS[name]
    assert problem in refused(hostile(tmp_path / "rows.xlsx", *pieces))


@pytest.mark.parametrize(
    ("part", "pieces", "problem"),
    [
        (TEXTS, ["<sst><si><t>", *[MEGABYTE] * 5, "</t></si></sst>"], "4,194,304 characters in a row"),
        (TEXTS, ["<sst><si><t>", MEGABYTE, "</t></si></sst>"], "131,072 characters in a cell"),
        (TEXTS, ['<!DOCTYPE x [<!ENTITY a "a">]><sst/>'], "DOCTYPE"),
        (STYLES, ["<styleSheet>", *[" " * 2**20] * 17, "</styleSheet>"], "16,777,216 bytes in its part xl/styles.xml"),
        (STYLES, ["<styleSheet>", "<xf/>" * 260_000, "</styleSheet>"], "250,000 XML elements"),
        (STYLES, ['<!DOCTYPE x [<!ENTITY a "a">]><styleSheet/>'], "DOCTYPE"),
        ("[Content_Types].xml", ['<!DOCTYPE x [<!ENTITY a "a">]><Types/>'], "DOCTYPE"),
        ("xl/workbook.xml", ['<!DOCTYPE x [<!ENTITY a "a">]><workbook/>'], "DOCTYPE"),
    ],
)
def test_the_other_parts_of_a_workbook_are_bounded(part: str, pieces: list[str], problem: str, tmp_path: Path) -> None:
    path = hostile(tmp_path / "rows.xlsx", *pieces, part=part)
    if part == TEXTS:
        with_parts(path, lambda name, content: SHARING.encode() if name == SHEET else content)
    assert problem in refused(path)


def test_what_is_counted_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds are lower here, so that the test is fast."""
    for name in ("text_files.MAX_CELLS", "json_files.MAX_CELLS", "xlsx_files.MAX_CELLS", "xls_records.MAX_CELLS"):
        monkeypatch.setattr(f"invoiced.tables.{name}", 1_000)
    for name in (
        "xlsx_files.MAX_TEXTS",
        "xls_records.MAX_TEXTS",
        "ods_files.MAX_OTHER_ELEMENTS",
        "xls_records.MAX_ROWS",
    ):
        monkeypatch.setattr(f"invoiced.tables.{name}", 1_000)
    texts = with_parts(
        hostile(tmp_path / "texts.xlsx", "<sst>", "<si/>" * 1_001, "</sst>", part=TEXTS),
        lambda name, content: SHARING.encode() if name == SHEET else content,
    )
    columns = "<table:table-column/>" * 1_001 + row_of_ods(ods_text("number"))
    for path, problem in (
        (
            hostile(tmp_path / "rows.xlsx", *sheet(*(cell(row, f"CV{row}") for row in range(2, 20)), header=WIDE)),
            "cells",
        ),
        (texts, "different texts"),
        (ods(tmp_path / "rows.ods", f'<table:table table:name="A">{columns}</table:table>'), "styles and columns"),
        (xls(tmp_path / "cells.xls", *[["x"] * 100] * 11), "cells"),
        (
            xls(tmp_path / "texts.xls", *[[f"{row}-{at}" for at in range(250)] for row in range(5)]),
            "cells|different texts",
        ),
        (xls(tmp_path / "rows.xls", *[[]] * 1_001, ["x"]), "rows in all sheets"),
        (io.BytesIO(b"number,x\n" + b"A,x\n" * 501), "cells"),
        (io.BytesIO(b"number,x\n" + b"\n" * 1_001), "cells"),
        (io.BytesIO(b'{"number":1,"x":1}\n' * 501), "cells"),
        (io.BytesIO(b"[" + b"{}," * 1_001 + b"{}]"), "cells"),
    ):
        assert re.search(f"more than 1,000 ({problem})", refused(path))


def test_a_text_below_the_first_does_not_exist(tmp_path: Path) -> None:
    path = hostile(tmp_path / "rows.xlsx", "<sst><si><t>x</t></si></sst>", part=TEXTS)
    rows = SHARING.replace("<v>0", "<v>-1").encode()
    with_parts(path, lambda name, content: rows if name == SHEET else content)
    assert "may be damaged" in refused(path)


def test_hidden_columns_are_counted_to_the_last_only(tmp_path: Path) -> None:
    columns = '<cols><col min="2" max="2000000000" hidden="1"/></cols>'
    path = hostile(tmp_path / "rows.xlsx", *sheet(cell(1048576, "A1048576"), before=columns))
    assert [(row.number, dict(row)) for row in read_table(path)] == [(1048576, {"number": 1})]


def test_blank_cells_with_a_style_are_no_cells(tmp_path: Path) -> None:
    path = hostile(tmp_path / "rows.xlsx", *sheet(cell(2, "A2"), *(cell(row, f"XFD{row}", "") for row in range(3, 90))))
    assert [dict(row) for row in read_table(path)] == [{"number": 1}]


def row_of_ods(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def repeated(count: int, *, text: str = "") -> str:
    return ods_text(text).replace("<table:table-cell", f'<table:table-cell table:number-columns-repeated="{count}"')


ALL_ROWS = 'table:number-rows-repeated="1048575"'
SPACES = '<text:s text:c="{}"/>'

ODS = {
    "a repeated cell": (row_of_ods(repeated(2 * 10**9, text="A")), "16,384 columns"),
    "a gap of blank cells": (
        row_of_ods('<table:table-cell table:number-columns-repeated="2000000000"/>', ods_text("A")), "16,384 columns"),
    "a repeated row": (
        row_of_ods(ods_text("A"), attributes='table:number-rows-repeated="2000000000"'), "1,048,576 rows"),
    "a repeated row of cells": (row_of_ods(repeated(16_384, text="A"), attributes=ALL_ROWS), "10,000,000 cells"),
    "a number with 100,000 digits": (
        row_of_ods(ods_text("A"), attributes=f'table:number-rows-repeated="{"9" * 100_000}"'), "1,048,576 rows"),
    "spaces": (row_of_ods(ods_text(f"A{SPACES.format(2 * 10**9)}A")), "131,072 characters in a cell"),
    "spaces in each cell": (row_of_ods(ods_text(f"A{SPACES.format(130_000)}A") * 40), "4,194,304 characters in a row"),
    "spaces in each row": (
        row_of_ods(ods_text(f"A{SPACES.format(130_000)}A")) * 2_100, "268,435,456 characters"),
    "a cell of 8 MB": (row_of_ods(ods_text(MEGABYTE * 8)), "4,194,304 characters in a row"),
    "nested elements": (row_of_ods(ods_text("<text:span>" * 5_000 + "</text:span>" * 5_000)), "100 levels"),
    "many sheets": ("</table:table>" + '<table:table table:name="B"><table:table-row/></table:table>' * 1_001
                    + '<table:table table:name="C">', "1,000 sheets"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODS)
def test_a_hostile_ods_workbook_is_refused(name: str, tmp_path: Path) -> None:
    rows, problem = ODS[name]
    table = f'<table:table table:name="A">{row_of_ods(ods_text("number"))}{rows}</table:table>'
    assert problem in refused(ods(tmp_path / "rows.ods", table))


def test_definitions_of_an_ods_workbook_are_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "rows.ods", "")
    with_parts(
        path, lambda name, content: b'<!DOCTYPE x [<!ENTITY a "a">]>' + content if name == "content.xml" else content
    )
    assert "DOCTYPE" in refused(path)


def test_columns_and_rows_that_fill_an_ods_sheet_are_read(tmp_path: Path) -> None:
    table = '<table:table-column table:visibility="collapse" table:number-columns-repeated="2000000000"/>'
    table += (
        row_of_ods(ods_text("number"))
        + row_of_ods(ods_text("A"))
        + row_of_ods("<table:table-cell/>", attributes=ALL_ROWS)
    )
    path = ods(tmp_path / "rows.ods", f'<table:table table:name="A">{table}</table:table>')
    assert [row["number"] for row in read_table(path, include_hidden=True)] == ["A"]


def test_a_table_in_the_shapes_of_an_ods_sheet_is_another_sheet(tmp_path: Path) -> None:
    inner = f'<table:shapes><table:table table:name="B">{row_of_ods(ods_text("x"))}</table:table></table:shapes>'
    rows = row_of_ods(ods_text("number")) + row_of_ods(ods_text("A"))
    path = ods(tmp_path / "rows.ods", f'<table:table table:name="A">{inner}{rows}</table:table>')
    assert [row["number"] for row in read_table(path)] == ["A"]


def archive(*parts: tuple[Any, str], method: int = zipfile.ZIP_DEFLATED) -> bytearray:
    """Return a small workbook with more parts."""
    stream = io.BytesIO()
    xlsx(stream, ["number"], ["A-1"])  # type: ignore[arg-type]
    content = io.BytesIO()
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(content, "w", method) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
        for name, text in parts:
            target.writestr(name, text)
    return bytearray(content.getvalue())


def with_entry(at: int, *values: int, part: str = SHEET) -> bytearray:
    """Return a workbook in whose directory an entry has other bytes."""
    content = archive()
    entry = content.rfind(b"PK\x01\x02", 0, content.rfind(part.encode()))
    content[entry + at : entry + at + len(values)] = bytes(values)
    return content


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (with_entry(8, 1), "an archive with a password"),
        (with_entry(10, 99, 0), "a compression that no workbook has"),
        (archive(method=zipfile.ZIP_LZMA), "a compression that no workbook has"),
        (archive(method=zipfile.ZIP_BZIP2), "a compression that no workbook has"),
        (with_entry(16, 1, 2, 3, 4), "may be damaged"),  # checksum
        (with_entry(24, 10, 0, 0, 0), "may be damaged"),  # a size that is too small
        (with_entry(24, 0, 0, 0, 128), "268,435,456 bytes when it is unpacked"),
        (with_entry(42, 255, 255, 255, 127), "may be damaged"),  # position
        (with_entry(42, 0, 0, 0, 0), "may be damaged"),  # two parts at the same position
        (archive()[:-10], "a part of the file is missing"),
        (archive()[:2000], "a part of the file is missing"),
        (archive(*((f"x{number}", "") for number in range(10_000))), "10,000 parts"),
    ],
)
def test_a_hostile_archive_is_refused(content: bytearray, problem: str) -> None:
    assert problem in refused(io.BytesIO(content))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_with_the_same_name_are_refused() -> None:
    assert "two parts with the same name" in refused(io.BytesIO(archive(("xl/workbook.xml", "<workbook/>"))))


def test_parts_elsewhere_in_the_file_system_are_not_read() -> None:
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16
    content = archive(("/etc/x", "x"), ("../../x", "x"), (link, "/etc/passwd"))
    assert [dict(row) for row in read_table(io.BytesIO(content))] == [{"number": "A-1"}]


PEAK = """
import re, sys
from pathlib import Path
from invoiced.tables import read_table
for path in sys.argv[1:]:
    try:
        print(len(list(read_table(path))))
    except ValueError as error:
        print(error)
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""
"""Program that reads files, and prints its peak of memory in megabytes."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_hostile_workbooks_take_little_memory(tmp_path: Path) -> None:
    names = (
        "a cell of 64 MB",
        "a jump to row 99999999",
        "last columns below titles",
        "a tag of 64 MB",
        "300 MB of blanks",
    )
    paths = [hostile(tmp_path / f"{number}.xlsx", *SHEETS[name][0]) for number, name in enumerate(names)]
    output = subprocess.run([sys.executable, "-c", PEAK, *paths], capture_output=True, text=True, check=True).stdout
    *messages, peak = output.splitlines()
    assert [SHEETS[name][1] in message for name, message in zip(names, messages, strict=True)] == [True] * len(names)
    assert int(peak) < 150


@pytest.mark.parametrize("name", ["a jump to row 99999999", "billion laughs", "broken XML", "300 MB of blanks"])
def test_a_command_ends_with_one_line_and_status_2(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = hostile(tmp_path / "rows.xlsx", *SHEETS[name][0])
    options = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}
    words = ["statements", "send", "2026-11", str(path), "--yes"]
    result = CliRunner(env={"INVOICED_API_KEY": "key", "INVOICED_BASE_URL": "http://127.0.0.1:9"}, **options).invoke(
        application(), words
    )
    assert result.exit_code == 2
    assert SHEETS[name][1] in result.stderr
    assert "Traceback" not in result.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"rows.xlsx", "ledger"}
