"""Tests of the names of files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoiced.downloads.file_names import file_name


def name_of(number: object, id: object) -> str:
    return file_name(number, id, ".pdf", default="customer")


def is_valid_everywhere(name: str) -> bool:
    device = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)
    return bool(re.fullmatch(r"[A-Za-z0-9_][\w.-]*\.pdf", name, re.ASCII)) and len(name) <= 200 and not device


@pytest.mark.parametrize(
    ("number", "id", "name"),
    [
        ("CUST-00001", 1, "CUST-00001-1.pdf"),
        ("N/1", 15444, "N-1-15444.pdf"),
        ("a_b.c", "15444", "a_b.c-15444.pdf"),
        (None, 7, "customer-7.pdf"),
        ("...", 7, "customer-7.pdf"),
        ("Ünïcode", 7, "n-code-7.pdf"),
        ("x" * 300, 7, "x" * 100 + "-7.pdf"),
        ("-rf", 7, "rf-7.pdf"),
        ("CON", 7, "CON-7.pdf"),
    ],
)
def test_the_name_has_the_number_and_the_id(number: object, id: object, name: str) -> None:
    assert name_of(number, id) == name


@pytest.mark.parametrize("number", ["con.txt", "NUL.", "Com1.x", "lpt9.tar.gz", "aux .txt", "PRN...", "nul.-"])
@pytest.mark.parametrize("id", [7, "con", "x.txt"])
def test_no_name_is_a_device_of_windows(number: str, id: object) -> None:
    name = name_of(number, id)
    assert is_valid_everywhere(name)


@pytest.mark.parametrize(
    "id",
    [
        "/../../TRAVERSED",
        "..",
        ".",
        "",
        "C:\\x",
        "a:stream",
        "x" * 300,
        "\x00",
        "a\n",
        "\u202efdp",
        "CON",
        "-rf",
        "a. ",
    ],
)
@pytest.mark.parametrize("number", ["N", "", "con.x"])
def test_an_id_that_is_not_a_number_never_leads_outside_the_folder(number: str, id: str) -> None:
    name = name_of(number, id)
    assert is_valid_everywhere(name)
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("N", "a/b"), ("N", "a-b")),
        (("N", "a"), ("N", "A")),
        (("N", "é"), ("N", "e\u0301")),
        (("N-1", 2), ("N", "1-2")),
        (("N", "x" * 50 + "1"), ("N", "x" * 50 + "2")),
        (("N", -5), ("N", 5)),
        (("N", "007"), ("N", "7")),
        (("N", "1 "), ("N", "1")),
        (("N", "\uff11"), ("N", "1")),
        (("", ""), ("", ".")),
    ],
)
def test_different_ids_have_different_names_also_if_case_is_ignored(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert name_of(*one).lower() != name_of(*other).lower()


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8) | st.integers()), min_size=2, max_size=2))
def test_any_two_ids_have_valid_and_different_names(records: list[tuple[str, str | int]]) -> None:
    names = {name_of(*record).lower() for record in records}
    assert all(map(is_valid_everywhere, names))
    assert len(names) >= len({str(id) for _, id in records})
