"""Tables in text files: delimiters, headers and encodings."""

from __future__ import annotations

import csv
import io
import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoiced.tables import TableError, read_table, text_of
from invoiced.tables.column_names import name_of


def read(path: Path, content: str | bytes, **options: Any) -> list[tuple[int, dict[str, Any]]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [(row.number, dict(row)) for row in read_table(path, **options)]


@pytest.mark.parametrize(
    ("content", "numbers"),
    [
        ("Number,Name\nA-1,Acme\nA-2,\n", [2, 3]),
        ("\ufeffNumber;Name\r\nA-1;Acme\r\nA-2;\r\n", [2, 3]),
        ("name\tNUMBER\nAcme\tA-1\n\tA-2\n", [2, 3]),
        ("Number|Name\rA-1|Acme\rA-2|\r", [2, 3]),
        ('Customers of November,\n,\n"Number","Name"\nA-1,Acme\n,\nA-2\n', [4, 6]),
        ("[Confidential] Statements of November\nNumber, Name\nA-1, Acme\nA-2\n", [3, 4]),
        ("Statements\n\nPeriod:,November\nNumber,Name,To\nA-1,Acme\n\nNumber,Name,To\nA-2,,\n", [5, 8]),
        ("sep=;\nNumber;Name\nA-1;Acme\nA-2;\n", [2, 3]),
        ('"Sep=\t"\r\nNumber\tName\r\nA-1\tAcme\r\nA-2\r\n', [2, 3]),
        ('Number,Name\n="A-1",Acme\n"=""A-2""",\n', [2, 3]),
        ("\xa0Number\u200b, N A M E \nA-1,Acme\nA-2,\n".replace("N A M E", "Name"), [2, 3]),
        (b"\xff\xfe" + "Number,Name\nA-1,Acme\nA-2,\n".encode("utf-16-le"), [2, 3]),
        ("Number,Name\nA-1,Acme\nA-2,\n".encode("utf-16-le"), [2, 3]),
        ("Number,Name\nA-1,Acme\nA-2,\n".encode("utf-16-be"), [2, 3]),
        ('{"Number": "A-1", "name": "Acme"}\n\n{"number": "A-2", "name": null}\n', [1, 3]),
        ('[{"Number": "A-1", "name": "Acme"}, {"number": "A-2", "name": NaN}]', [1, 2]),
    ],
)
def test_tables_are_read_by_their_header_with_the_numbers_of_their_rows(
    content: str | bytes, numbers: list[int], tmp_path: Path
) -> None:
    rows = read(tmp_path / "rows", content)
    assert [(number, row["number"], text_of(row.get("name"))) for number, row in rows] == [
        (numbers[0], "A-1", "Acme"),
        (numbers[1], "A-2", None),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize(
    "prose",
    ["Write to us by phone, email, or post", "Thanks, c@gamma.example, bye", "id, number, email, customer", "customer"],
)
def test_prose_below_the_header_is_never_the_header(delimiter: str, prose: str, tmp_path: Path) -> None:
    lines = [["number", "subject", "message"], ["A-1", "x", prose], ["A-2", "y", prose]]
    rows = read(tmp_path / "rows", "\n".join(delimiter.join(line) for line in lines))
    assert [row for _, row in rows] == [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("above", ["Contacts: name, email, phone", "Customer", "Export by customer, number, and date"])
def test_prose_above_the_header_is_never_the_header(delimiter: str, above: str, tmp_path: Path) -> None:
    lines = [["number", "subject", "message"], ["A-1", "x", "y"], ["A-2", "Thanks, c@gamma.example, bye", "z"]]
    rows = read(tmp_path / "rows", "\n".join([above, *(delimiter.join(line) for line in lines)]))
    assert [row for _, row in rows] == [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ("number,Amount EUR|USD\nA-1,5\n", ["number", "amount_eur_usd"]),
        ('number;"Street,No"\nA-1;x\n', ["number", "street_no"]),
        ("number;Street,No;To\nA-1;Main Street, 5;\n", ["number", "street_no", "to"]),
        ('number;"Street;No"\nA-1;"x;y"\n', ["number", "street_no"]),
        ('number,Size 5"x\nA-1,5\n', ["number", "size_5_x"]),
        ("Customers\n\nnumber|a;b\n\nA-1|x\n", ["number", "a_b"]),
    ],
)
def test_a_title_may_contain_what_delimits_other_files(content: str, titles: list[str], tmp_path: Path) -> None:
    (row,) = read(tmp_path / "rows", content)
    assert (list(row[1])[: len(titles)], row[1]["number"]) == (titles, "A-1")


@pytest.mark.parametrize(
    "above",
    [
        "Customer",
        "E-mail,,",
        "Customer,,Statement",
        "Customer\nCustomer,,Statement",
        "R-2026\nCustomer",
        "ID\n\nEmail,,x",
    ],
)
def test_titles_of_groups_above_the_header_are_not_the_header(above: str, tmp_path: Path) -> None:
    rows = read(tmp_path / "rows", f"{above}\nNumber,Name,Subject\nA-1,Acme,x\n")
    assert [row for _, row in rows] == [{"number": "A-1", "name": "Acme", "subject": "x"}]


@pytest.mark.parametrize(
    "above", ["Statements of November 2026", "Customers\nNovember", "Customers\n\n1 November 2026"]
)
def test_titles_above_a_single_column_are_not_the_header(above: str, tmp_path: Path) -> None:
    assert [row for _, row in read(tmp_path / "rows", f"{above}\nNumber\nA-1\n")] == [{"number": "A-1"}]


@pytest.mark.parametrize(
    "content", ["Report,\nnumber\nA-1\n", "number,\nA-1\n", "number;;\nA-1\n", "A, B\nnumber\nA-1\n"]
)
def test_a_column_alone_is_the_same_at_all_delimiters(content: str, tmp_path: Path) -> None:
    assert [row for _, row in read(tmp_path / "rows", content)] == [{"number": "A-1"}]


@pytest.mark.parametrize("line", ["A-1;x;Write to us, A-3, or post", "A-1;x", ""])
def test_two_rows_that_may_be_the_header_are_refused(line: str, tmp_path: Path) -> None:
    content = f"Statements by customer, number, and date\nnumber;subject;message\n{line}\n"
    with pytest.raises(TableError, match=r"Row 1 of .* split at ',', and row 2, split at ';', both look like the head"):
        read(tmp_path / "rows", content)
    with pytest.raises(
        TableError, match=r"Row 1 of .* split at ',', and row 3, split at '\|', both look like the head"
    ):
        read(tmp_path / "other", "Contacts: name, email, phone\n" * 2 + "number|to|subject\n-|x, email, y|%\n")
    if line:  # else there are no rows
        assert read(tmp_path / "rows", f"sep=;\n{content}")[0][1]["number"] == "A-1"


@pytest.mark.parametrize(
    "content",
    [
        "Kunde #;Text\nA-1;Write by phone, email, or post\n",
        "Kunde #\tText\nA-1\tWrite by phone, email, or post\n",
        "Kunde #,Channel\nA-1,email\nA-2,letter\n",
        "A-1,a@x.example,email\nA-2,b@x.example,letter\n",
        "Kunde #;Text\nA-1;call,email,post\n",
        "A-1;Write by phone, email, or post\n\nA-2;Write by phone, email, or post\n",
        "Name\nAcme\n",
        "Kunde\nA-1\nNumber\nA-2\n",
        "Kunde\nACME\nBETA\nNumber\nA-2\n",
        "A-1\nEmail\na@x.example\n",
        "Number,,Channel\nA-1,email,x\nA-2,letter,y\n",
        '"Kunde";"Betreff"\n"A-1";"x"\n',
    ],
)
def test_a_row_of_data_is_never_the_header(content: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="No header row in the first 50 rows"):
        read(tmp_path / "rows", content)


def test_what_stands_above_the_header_and_the_encoding_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    rows = read(tmp_path / "rows.csv", "As of November\nnumber;name\nA-1;M\xfcller\n".encode("cp1252"))
    assert rows == [(3, {"number": "A-1", "name": "Müller"})]
    assert [record.getMessage().removeprefix(str(tmp_path)) for record in caplog.records] == [
        "/rows.csv is not UTF-8. It is read as Windows-1252 (cp1252): A-1;Müller",
        "/rows.csv: row 1, above the header, is not read: As of November",
    ]


def test_an_encoding_can_be_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert read(tmp_path / "rows", "number\nŁódź\n".encode("cp1250"), encoding="cp1250")[0][1] == {"number": "Łódź"}
    assert not caplog.records
    for encoding, problem in (("utf-8", "is not utf-8 text"), ("latin-0", "Unknown encoding 'latin-0'")):
        with pytest.raises(TableError, match=problem):
            read(tmp_path / "rows", "number\nŁódź\n".encode("cp1250"), encoding=encoding)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "cp1250", "ascii", "utf-16"])
@pytest.mark.parametrize("own", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_heeded_in_spite_of_another_encoding_and_that_is_said(
    encoding: str, own: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = read(tmp_path / "rows", "\ufeffnumber,email\nA-1,ä@x.example\n".encode(own), encoding=encoding)
    assert rows == [(2, {"number": "A-1", "email": "ä@x.example"})]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == (not own.startswith(encoding))
    assert all(f"It is read as such, and not as {encoding}" in each for each in said)


def test_text_that_is_nearly_utf_8_is_refused_unless_its_encoding_is_named(tmp_path: Path) -> None:
    nearly = "number,subject\nA-1,Grüße\nA-2,".encode() + b"M\xfcller\n"
    for content in (nearly, "number,subject\nA-1,Grüße\nA-2,Müü".encode()[:-1]):
        with pytest.raises(TableError, match=r"is UTF-8, but line 3 is not.* give its encoding, such as cp1252"):
            read(tmp_path / "rows", content)
    assert read(tmp_path / "rows", nearly, encoding="cp1252")[1][1]["subject"] == "Müller"


def test_windows_1252_may_contain_what_could_be_utf_8(tmp_path: Path) -> None:
    subject = "Grüße für Müller: „Viel Spaß“ in Köln, schöne Ferien, über Österreich"
    assert read(tmp_path / "rows", f"number;subject\nA-1;{subject}\n".encode("cp1252"))[0][1]["subject"] == subject


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "is empty"),
        ("\ufeffnumber\nA-1\n".encode("utf-32-le"), "is UTF-32 text"),
        ("\ufeffnumber\nA-1\n".encode("utf-32-be"), "is UTF-32 text"),
        ("number\n", r"rows has no rows below its header, row 1\.$"),
        ("Customers\n\nnumber,name\n,\n", r"has no rows below its header, row 3\.$"),
        ("number\n\x1a", "has no rows below"),
        ("[]", r"rows has no rows\.$"),
        ('["A-1"]', r'Row 1 in .* is not a JSON object, such as {"number": "A-1"}'),
        ("[1, 2]", "Row 1 in .* is not a JSON object"),
        ('number,name\nA-1,"Acme\nA-2,Other\n', "Invalid CSV in .*, line 3"),
        ("number,name\nA-1,Acme,Inc.\n", "Row 2 of .* has more cells than the header, which is row 1: A-1, Acme, Inc."),
        ("[" * 100_000, "Invalid JSON in"),
        ('{"number": 1}\n{"number"', "Invalid JSON in .* after row 1"),
        ('{"number": 1, "number": 2}', "has a name twice"),
        ("[[1]]", "Row 1 in .* is not a JSON object"),
        (b"number\n\x81\x8d\n", "is not UTF-8 or Windows-1252 text"),
        (b"number\0\0\0\n\x01", "neither text nor a workbook"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\n<html><table>", "is a web page, even if its name ends in .xls"),
        (b"<!-- saved -->\n<html>", "is a web page"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "is a web archive"),
        (b"BEGIN:VCARD\n", "is a vCard"),
        (b"ID;PWXL;N;E\n", "is a SYLK file"),
        (b'<?xml version="1.0"?><Workbook>', "is an XML file"),
        (b"\x1f\x8b\x08", "is a compressed file"),
        (b"PK\x03\x04rest", "is a damaged workbook or archive"),
    ],
)
def test_an_unusable_file_gets_one_true_line(content: str | bytes, problem: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=problem) as caught:
        read(tmp_path / "rows", content)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_opened_is_reported(tmp_path: Path) -> None:
    for path, problem in ((tmp_path / "none.csv", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(TableError, match=problem):
            list(read_table(path))
    with pytest.raises(TableError, match=r"the stream is text\. Open it in binary mode"):
        list(read_table(io.StringIO("number\nA-1\n")))  # type: ignore[arg-type]
    closed = io.BytesIO(b"number\nA-1\n")
    closed.close()
    with pytest.raises(TableError, match="the stream cannot be read"):
        list(read_table(closed))


def test_a_stream_that_was_just_written_is_read_from_the_beginning() -> None:
    stream = io.BytesIO()
    stream.write(b"number\nA-1\n")
    assert [dict(row) for row in read_table(stream)] == [{"number": "A-1"}]


def test_the_number_of_an_account_is_known_in_a_header_that_is_repeated(tmp_path: Path) -> None:
    rows = read(tmp_path / "rows", "Account number,Name\nA-1,x\nAccount Number,Name\nA-2,y\n")
    assert [(number, row["customer_number"]) for number, row in rows] == [(2, "A-1"), (4, "A-2")]


@pytest.mark.parametrize("content", ["number\nA-1\n\x1a", "number\r\nA-1\r\n\x1a\x1a", b"number,x\nA-1,\xfc\n\x1a"])
def test_a_file_of_dos_ends_before_its_mark(content: str | bytes, tmp_path: Path) -> None:
    assert [(number, row["number"]) for number, row in read(tmp_path / "rows", content)] == [(2, "A-1")]


@pytest.mark.parametrize("content", ["[2026] Statements\nnumber\nA-1\n", "id;phone;number\n1;x;A-1\n"])
def test_a_text_that_begins_like_another_kind_of_file_is_text(content: str, tmp_path: Path) -> None:
    assert read(tmp_path / "rows", content)[0][1]["number"] == "A-1"


def test_a_table_is_read_once_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("number\nA-1\nA-2\n")
    rows = read_table(tmp_path / "rows", name="customers")
    assert (repr(rows), next(rows)["number"], [row["number"] for row in rows]) == (
        "<Table 'customers'>",
        "A-1",
        ["A-2"],
    )
    with pytest.raises(
        TableError, match=r"The rows of customers were read before\. Call read_table again, or keep them"
    ):
        list(rows)
    rows = read_table(tmp_path / "rows", name="customers")
    rows.close()
    with pytest.raises(TableError, match="were read before"):
        list(rows)


@pytest.mark.parametrize("content", ["number\nA-1\n", '{"number": "A-1"}'])
def test_only_a_workbook_has_sheets(content: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is not a workbook, and has no sheet 'S'"):
        read(tmp_path / "rows", content, sheet="S")


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs"]), min_size=1, max_size=8)
_CELLS = _TEXT.filter(lambda text: text[0] not in "=#'E" and text.strip() == text and not text.startswith("sep"))


@settings(max_examples=100, deadline=None)
@given(
    cells=st.lists(st.lists(_CELLS, min_size=4, max_size=4), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_a_dialect_writes_is_read_back(
    cells: list[list[str]], delimiter: str, encoding: str, line_end: str, quoting: Any
) -> None:
    titles = ["Customer Number", *(f"Field {index}" for index in range(3))]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([titles, *cells])
    content = text.getvalue().encode(encoding)
    if encoding == "utf-16-le":
        content = b"\xff\xfe" + content
    with tempfile.TemporaryDirectory() as folder:
        rows = read(Path(folder) / "rows", content)
    assert [list(row.values()) for _, row in rows] == [row for row in cells if not _is_header(row)]
    assert [list(row) for _, row in rows[:1]] == [["customer_number", "field_0", "field_1", "field_2"]]


def _is_header(row: list[str]) -> bool:
    return [name_of(cell) for cell in row] == ["customer_number", "field_0", "field_1", "field_2"]
