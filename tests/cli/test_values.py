"""Parsing of option values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal, Optional, Union

import pytest
from typing_extensions import TypedDict

from invoiced.cli.parameters import Parameter
from invoiced.cli.values import Entries, parse_amount, parse_json, parse_list, parse_mapping, parse_time
from invoiced.resources.customer_params import Amount, Timestamp


class Nested(TypedDict):
    name: str


@pytest.mark.parametrize("text", ["0", "12.5", "-12.50", ".5", "5.", "+1", "0.10000000000000000000001"])
def test_amounts_are_exact(text: str) -> None:
    assert parse_amount(text) == Decimal(text)


@pytest.mark.parametrize(
    "text", ["", " ", "1e3", "1_000", "1,5", "Infinity", "\N{ARABIC-INDIC DIGIT ONE}", "0x1", "1\n"]
)
def test_an_invalid_amount_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="invalid amount"):
        parse_amount(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1415222128", 1415222128),
        ("-1", -1),
        ("2026-11-01", date(2026, 11, 1)),
        ("2026-11-01T12:00:00Z", datetime(2026, 11, 1, 12, tzinfo=timezone.utc)),
        ("2026-11-01 12:00+02:00", datetime(2026, 11, 1, 12, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_times_are_unix_seconds_dates_or_have_a_time_zone(text: str, moment: object) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize("text", ["2026-11-01T12:00:00", "2026-11-01 12:00"])
def test_a_time_without_a_time_zone_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"has no time zone \(append Z"):
        parse_time(text)


@pytest.mark.parametrize("text", ["", "today", "2026-13-01", "2026-02-30", "1.5", "9" * 20])
def test_an_invalid_time_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid time .* \(expected Unix seconds"):
        parse_time(text)


def test_numbers_in_json_are_exact() -> None:
    assert parse_json('{"a": 1.10}') == {"a": Decimal("1.10")}


@pytest.mark.parametrize("text", ["", "{", "NaN", "[Infinity]", "[" * 100_000])
def test_invalid_json_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="invalid JSON"):
        parse_json(text)


def test_lists_are_items_or_json() -> None:
    assert parse_list(["a", "1", '["b", 2]'], text_items=True) == ["a", "1", "b", 2]
    assert parse_list(["[]"], text_items=True) == []
    assert parse_list(["1", '{"a": 1}', "[2]"], text_items=False) == [1, {"a": 1}, 2]


def test_mappings_are_entries_or_json() -> None:
    assert parse_mapping(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    assert isinstance(parse_mapping(["a=1"]), Entries)
    whole = parse_mapping(['{"a": null, "b": 1}', "b=2"])
    assert whole == {"a": None, "b": "2"}
    assert not isinstance(whole, Entries)
    assert not isinstance(parse_mapping(["{}"]), Entries)


@pytest.mark.parametrize("text", ["", "a", "=1"])
def test_an_invalid_entry_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="expected key=value or a JSON object"):
        parse_mapping([text])


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, "text"),
        (str | None, "text"),
        (Optional[str], "text"),  # noqa: UP045
        (int | str, "text"),
        (bool | None, "flag"),
        (int, "number"),
        (Amount, "amount"),
        (Amount | None, "amount"),
        (float, "amount"),
        (Timestamp, "time"),
        (Union[int, datetime, None], "time"),
        (Literal["a", "b"], "choice"),
        (Literal["a"] | None, "choice"),
        (Literal[1, 2], "json"),
        (Sequence[str], "list"),
        (list[Nested] | None, "list"),
        (Mapping[str, Any], "mapping"),
        (dict[str, object] | None, "mapping"),
        (Nested, "json"),
        (Any, "json"),
        (str | Nested, "json"),
    ],
)
def test_the_annotation_determines_the_kind_of_option(annotation: object, kind: str) -> None:
    assert Parameter("name", annotation).kind == kind
