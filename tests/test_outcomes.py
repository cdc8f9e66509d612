"""Every cell of the table of outcomes, against the emulator over real sockets."""

from __future__ import annotations

import outcomes
import pytest

CELLS = [
    pytest.param(verb, row, expected, id=f"{name}: {row.fault}")
    for row in outcomes.ROWS
    for (name, verb), expected in zip(outcomes.VERBS.items(), row.outcomes, strict=True)
]


@pytest.mark.parametrize(("verb", "row", "expected"), CELLS)
def test_the_outcome_is_that_of_the_table(
    verb: outcomes.Verb, row: outcomes.Row, expected: str, waits: list[float]
) -> None:
    assert outcomes.observed(verb, row) == expected


def test_no_request_is_ever_carried_out_twice() -> None:
    assert not [outcome for row in outcomes.ROWS for outcome in row.outcomes if "times" in outcome]


def test_the_page_of_the_documentation_is_made_from_the_table() -> None:
    assert outcomes.PAGE.read_text(encoding="utf-8") == outcomes.page()
