"""Lookup of the customers of rows: by other spellings of an address, and what numbers are similar."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import Statements

NUMBERS = ("A-1", "123", "00045", "AB-7")


@pytest.fixture
def client() -> Iterator[invoiced.Client]:
    with Emulator() as emulator, invoiced.Client("any key", base_url=emulator.url) as unlimited:
        client = unlimited.with_options(rate=math.inf)
        for number in NUMBERS:
            client.Customer.create(name=f"Customer {number}", number=number)
        yield client


def problems(client: invoiced.Client, folder: Path, field: str, values: list[str]) -> list[str]:
    rows = [{field: value, "to": "a@x.example"} for value in values]
    period = Statements(client, ledger=folder / "ledger.db").period("2026-11")
    return [row.problem for row in period.plan(rows)]


@pytest.mark.parametrize("stored", ["info@b\u00fccher.example", "info@xn--bcher-kva.example"])
@pytest.mark.parametrize("written", ["Info@B\u00dcCHER.example", "info@xn--bcher-kva.example"])
@pytest.mark.parametrize("others", [[], ["1@x.example", "2@x.example", "3@x.example", "4@x.example"]])
def test_an_address_is_found_in_either_spelling_of_its_domain(
    stored: str, written: str, others: list[str], client: invoiced.Client, tmp_path: Path
) -> None:
    client.Customer.create(name="Books", number="B-1", email=stored)
    assert problems(client, tmp_path, "email", [written, *others])[0] == ""


@pytest.mark.parametrize(
    ("number", "shown", "similar"),
    [
        ("123.0", "123.0", "123"),
        ("0123.00", "0123.00", "123"),
        ("45", "45", "00045"),
        ("ab-07", "ab-07", "AB-7"),
        ("A \u2013 1", "A \u2013 1", "A-1"),
        ("\uff21-1", "\uff21-1", "A-1"),
        ("A\u200e-1", r"A\u200e-1", "A-1"),
        ("A-\u00ad1", r"A-\xad1", "A-1"),
    ],
)
def test_a_number_that_differs_only_in_how_it_is_written_is_named(
    number: str, shown: str, similar: str, client: invoiced.Client, tmp_path: Path
) -> None:
    problem = f"no customer has the number {shown}, but one has the number {similar}"
    assert problems(client, tmp_path, "number", [number]) == [problem]
    assert problems(client, tmp_path, "number", [number, "X-1", "X-2", "X-3"])[0] == problem


@pytest.mark.parametrize("number", ["\u200eA-1", "\u202aA-1\u202c", "\u00adA-1 ", "A-1\u00a0"])
def test_a_number_is_found_without_the_invisible_characters_around_it(
    number: str, client: invoiced.Client, tmp_path: Path
) -> None:
    assert problems(client, tmp_path, "number", [number]) == [""]
