"""The memory of a run, measured by its benchmark."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "statements.py"


def peak_megabytes(rows: int) -> float:
    command = [sys.executable, str(BENCHMARK), "rows", str(rows)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (peak,) = re.findall(r"^peak memory +([\d.]+) MB", output, re.MULTILINE)
    return float(peak)


@pytest.mark.long
def test_a_run_of_100_000_rows_takes_as_much_memory_as_one_of_1_000() -> None:
    assert peak_megabytes(100_000) - peak_megabytes(1_000) < 30
