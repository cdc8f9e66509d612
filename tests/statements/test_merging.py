"""Tests of merging statements into one PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pdfs import HOSTILE, ONE_PAGE
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject, NumberObject

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import CustomerRef, Download, RunError, StatementDownload, merge

LINK = "GET /statements/*/pdf"


@pytest.fixture
def merged(tmp_path: Path) -> Path:
    return tmp_path / "all.pdf"


def fetch(client: invoiced.Client, folder: Path, recipients: Any) -> list[Download]:
    download = StatementDownload(client, folder / "pdfs", period="2026-11", concurrency=1)
    return list(download.fetch(recipients))


def downloaded(path: Path, content: bytes = ONE_PAGE, row: int = 1, name: str | None = None) -> Download:
    path.write_bytes(content)
    return Download(row, CustomerRef(row, f"N/{row}", name), "downloaded", path)


def failed(row: int, name: str | None = None, reason: str = "the server responded 404 Not Found") -> Download:
    return Download(row, CustomerRef(row, f"N/{row}", name), "failed", Path("nowhere"), reason)


def texts(path: Path) -> list[str]:
    """Return the text of each page."""
    with PdfReader(path) as reader:
        return [page.extract_text() for page in reader.pages]


def bookmarks(path: Path) -> list[Any]:
    """Return the title and the page of each bookmark; those below a bookmark are a list."""

    def found(outline: Any) -> list[Any]:
        return [
            found(each) if isinstance(each, list) else (each.title, reader.get_destination_page_number(each))
            for each in outline
        ]

    with PdfReader(path) as reader:
        return found(reader.outline)


def test_all_pages_of_all_files_are_merged_in_the_order_of_the_rows(
    client: invoiced.Client, tmp_path: Path, merged: Path
) -> None:
    downloads = fetch(client, tmp_path, ["N/3", "N/1", "N/4", "N/2"])
    assert merge(downloads, merged) == 2 + 2 + 3 + 3
    assert [[id for id in range(1, 5) if f"Customer {id}" in text] for text in texts(merged)] == [
        [3], [3], [1], [1], [4], [4], [4], [2], [2], [2],
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.pdf", "pdfs"]


def test_each_customer_has_a_bookmark_with_number_and_name(
    client: invoiced.Client, tmp_path: Path, merged: Path
) -> None:
    client.Customer.create(name="日本 Łódź 😀", number="N/5")
    merge(fetch(client, tmp_path, ["N/1", "N/2", "N/5"]), merged)
    assert bookmarks(merged) == [("N/1 Customer 1", 0), ("N/2 Customer 2", 2), ("N/5 日本 Łódź 😀", 5)]


def test_a_customer_of_several_rows_is_merged_once_and_is_not_missing(
    client: invoiced.Client, tmp_path: Path, merged: Path
) -> None:
    downloads = fetch(client, tmp_path, ["N/1", "N/2", "N/1", 1])
    assert [download.outcome for download in downloads] == ["downloaded", "downloaded", "skipped", "skipped"]
    assert merge(downloads, merged) == 2 + 3
    assert [title for title, _ in bookmarks(merged)] == ["N/1 Customer 1", "N/2 Customer 2"]


def test_a_row_that_is_held_is_missing_even_if_another_row_has_the_same_number(
    client: invoiced.Client, tmp_path: Path, merged: Path
) -> None:
    downloads = fetch(client, tmp_path, [{"number": "N/1"}, {"number": "N/1", "name": "Somebody else"}])
    assert [(each.outcome, each.is_duplicate) for each in downloads] == [("downloaded", False), ("skipped", False)]
    with pytest.raises(RunError, match=r"1 of 2 statements are missing \(row 2, N/1 .*: held: "):
        merge(downloads, merged)


def test_nothing_is_written_if_a_statement_is_missing(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path, merged: Path
) -> None:
    emulator.fail(LINK, status=404)
    downloads = fetch(client, tmp_path, ["N/1", "N/2", "N/9"])
    with pytest.raises(RunError) as caught:
        merge(downloads, merged)
    assert str(caught.value) == (
        f"{merged} was not written, because 2 of 3 statements are missing (row 1, N/1 Customer 1: the server responded "
        "404 Not Found; row 3, N/9: no customer has the number N/9). With allow_missing=True, it is written, and its "
        "first page lists them."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["pdfs"]


def test_a_file_of_an_earlier_merge_is_not_changed_if_a_statement_is_missing(tmp_path: Path, merged: Path) -> None:
    merged.write_bytes(b"earlier")
    with pytest.raises(RunError, match="1 of 2 statements are missing"):
        merge([downloaded(tmp_path / "1.pdf"), failed(2)], merged)
    assert merged.read_bytes() == b"earlier"


def test_the_first_page_lists_what_is_missing_and_why(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path, merged: Path
) -> None:
    emulator.fail(LINK, status=404)
    downloads = fetch(client, tmp_path, ["N/1", "N/2", "N/9", "N/1"])
    assert merge(downloads, merged, allow_missing=True) == 1 + 3
    first, second, *_ = texts(merged)
    assert first.splitlines() == [
        "2 of 3 statements are missing",
        "Row 1, N/1 Customer 1: failed: the server responded 404 Not Found",
        "Row 3, N/9: skipped: no customer has the number N/9",
    ]
    assert "Customer 2" in second
    assert bookmarks(merged) == [
        ("2 of 3 statements are missing", 0),
        [("N/1 Customer 1", 0), ("N/9", 0)],
        ("N/2 Customer 2", 1),
    ]


def test_a_whole_file_has_no_page_about_missing_statements(
    client: invoiced.Client, tmp_path: Path, merged: Path
) -> None:
    assert merge(fetch(client, tmp_path, [1, 2]), merged, allow_missing=True) == 2 + 3
    assert "missing" not in "".join(texts(merged))


def test_characters_that_the_font_does_not_have_are_codes_on_the_page_and_characters_in_the_bookmarks(
    tmp_path: Path, merged: Path
) -> None:
    names = ["Zoe\u0308 Müller 50 €", "Łódź", "日本", "😀"]
    downloads = [downloaded(tmp_path / "9.pdf", row=9), *(failed(row, name) for row, name in enumerate(names, 1))]
    merge(downloads, merged, allow_missing=True)
    lines = texts(merged)[0].splitlines()
    assert lines[1] == r"A code such as \u0416 is a character that only the bookmarks can show."
    shown = [line.removeprefix(f"Row {row}, N/{row} ").partition(":")[0] for row, line in enumerate(lines[2:], 1)]
    assert shown == ["Zoë Müller 50 €", r"\u0141ód\u017a", r"\u65e5\u672c", r"\U0001f600"]
    assert [title for title, _ in bookmarks(merged)[1]] == [f"N/{row} {name}" for row, name in enumerate(names, 1)]


def test_a_name_of_many_words_or_without_blanks_stays_on_the_page(tmp_path: Path, merged: Path) -> None:
    name = "word " * 100 + "x" * 1000 + "(" * 50 + "\\"
    merge([downloaded(tmp_path / "9.pdf", row=9), failed(1, name)], merged, allow_missing=True)
    lines = texts(merged)[0].splitlines()
    assert max(map(len, lines)) <= 81  # of 0.6 x 10 points each, between the margins of a page of 595 points
    assert sum(line.count("x") for line in lines) == 1000
    assert sum(line.count("(") for line in lines) == 50


def test_a_long_list_of_missing_statements_has_several_pages(tmp_path: Path, merged: Path) -> None:
    downloads = [downloaded(tmp_path / "999.pdf", row=999), *map(failed, range(1, 201))]
    number = merge(downloads, merged, allow_missing=True)
    *lists, statement = texts(merged)
    assert len(lists) == number - 1 == 4
    assert "missing" not in statement
    rows = [line.partition(",")[0] for page in lists for line in page.splitlines() if line.startswith("Row")]
    assert rows == [f"Row {row}" for row in range(1, 201)]
    places = dict(bookmarks(merged)[1])
    assert all(f"Row {row}," in lists[places[f"N/{row}"]] for row in range(1, 201))
    assert bookmarks(merged)[2] == ("N/999", 4)


def test_without_a_single_statement_nothing_is_written(tmp_path: Path, merged: Path) -> None:
    for downloads in ([], [failed(1)]):
        with pytest.raises(RunError, match="there are no statements to merge"):
            merge(downloads, merged, allow_missing=True)
    assert not merged.exists()


def test_no_merged_file_is_written_if_a_file_cannot_be_merged(tmp_path: Path, merged: Path) -> None:
    broken = downloaded(tmp_path / "broken.pdf", b"%PDF-1.4\n%%EOF")
    with pytest.raises(RunError, match=r"broken\.pdf cannot be merged: .* Run the download again, which replaces"):
        merge([broken], merged)
    gone = downloaded(tmp_path / "gone.pdf")
    gone.path.unlink()
    with pytest.raises(RunError, match=r"gone\.pdf cannot be merged: .*No such file"):
        merge([gone], merged)
    assert [path.name for path in tmp_path.iterdir()] == ["broken.pdf"]


def test_a_pdf_for_which_the_library_raises_any_error_is_named(tmp_path: Path, merged: Path) -> None:
    hostile = tmp_path / "hostile.pdf"
    with PdfWriter() as writer:
        page = writer.add_blank_page(100, 100)
        page[NameObject("/Annots")] = ArrayObject([NumberObject(5)])
        writer.write(hostile)
    with pytest.raises(RunError, match=r"hostile\.pdf cannot be merged"):
        merge([downloaded(hostile, hostile.read_bytes())], merged)


def test_a_hostile_pdf_ends_the_merge(tmp_path: Path, merged: Path) -> None:
    hostile = downloaded(tmp_path / "hostile.pdf", HOSTILE["the same data for a thousand pages"])
    with pytest.raises(RunError, match="it refers to the same data too often"):
        merge([hostile], merged)


def test_the_merged_file_cannot_be_one_of_the_files(tmp_path: Path) -> None:
    first = downloaded(tmp_path / "1.pdf")
    with pytest.raises(RunError, match="one of the files to merge"):
        merge([first], first.path)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"nowhere.all\.pdf cannot be written"):
        merge([downloaded(tmp_path / "1.pdf")], tmp_path / "nowhere" / "all.pdf")
