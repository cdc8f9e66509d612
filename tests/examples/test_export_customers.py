from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator
from invoiced.tables import read_table

LIMITS: list[Decimal | int | None] = [Decimal("12345678901234567.89"), 2**60 + 1, None]


def create(client: invoiced.Client, limits: Sequence[Decimal | int | None]) -> None:
    for number, limit in enumerate(limits, start=1):
        client.Customer.create(name=f"Zoë, {number}. Ltd", credit_limit=limit)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_customer_is_a_row_with_exact_amounts(run: Any, invoiced_client: invoiced.Client, tmp_path: Path) -> None:
    create(invoiced_client, LIMITS)
    completed = run("export_customers.py", "customers.csv")
    assert (completed.stdout, completed.stderr, completed.returncode) == ("", "", 0)
    rows = {row["name"]: row["credit_limit"] for row in table(tmp_path / "customers.csv")}
    assert rows == {"Zoë, 1. Ltd": "12345678901234567.89", "Zoë, 2. Ltd": "1152921504606846977", "Zoë, 3. Ltd": ""}
    assert [path.name for path in tmp_path.iterdir()] == ["customers.csv"]


def test_the_file_is_private_and_contains_no_formulas(
    run: Any, invoiced_client: invoiced.Client, tmp_path: Path
) -> None:
    names = ["=HYPERLINK(1)", "+1 555", "@SUM(1)", "-2+3", "Acme"]
    for name in names:
        invoiced_client.Customer.create(name=name)
    assert run("export_customers.py", "customers.csv").returncode == 0
    assert [row["name"] for row in table(tmp_path / "customers.csv")] == [
        "'=HYPERLINK(1)",
        "'+1 555",
        "'@SUM(1)",
        "'-2+3",
        "Acme",
    ]
    assert [row["name"] for row in read_table(tmp_path / "customers.csv")] == names
    assert os.name == "nt" or (tmp_path / "customers.csv").stat().st_mode & 0o777 == 0o600


def test_an_error_does_not_change_an_existing_file(
    run: Any, invoiced_client: invoiced.Client, invoiced_emulator: Emulator, tmp_path: Path
) -> None:
    create(invoiced_client, [None] * 101)
    path = tmp_path / "customers.csv"
    path.write_text("yesterday's", encoding="utf-8")
    invoiced_emulator.fail("GET /customers", query={"page": 2}, status=403)
    assert run("export_customers.py", "customers.csv").returncode == 1
    assert path.read_text(encoding="utf-8") == "yesterday's"
    assert run("export_customers.py", "customers.csv").returncode == 0
    assert len({row["id"] for row in table(path)}) == 101


@pytest.mark.parametrize("limits", [LIMITS, LIMITS[1:]], ids=["fractions", "whole"])
def test_a_data_frame_has_the_same_exact_amounts(
    invoiced_client: invoiced.Client, invoiced_emulator: Emulator, limits: list[Decimal | int | None]
) -> None:
    pytest.importorskip("pandas")
    from export_customers import COLUMNS, customers_frame

    create(invoiced_client, limits)
    with invoiced.Client("any-key", base_url=invoiced_emulator.url, parse_float=Decimal) as client:
        frame = customers_frame(client)
    assert list(frame.columns) == COLUMNS
    assert list(frame["credit_limit"]) == limits
