from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoiced.emulator.description.conversion import convert
from invoiced.emulator.errors import ApiError
from invoiced.emulator.values.brackets import parse_nested

NAMES = st.text(st.characters(exclude_characters="[]"), min_size=1)
TEXT = st.text()
LISTS = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


def _encoded(values: dict[str, Any], outer: str = "") -> Iterator[tuple[str, str]]:
    """Yield nested values as form fields, in the format of the reference."""
    for name, value in values.items():
        key = f"{outer}[{name}]" if outer else name
        if isinstance(value, dict):
            yield from _encoded(value, key)
        else:
            yield key, value


@given(
    st.dictionaries(NAMES, st.recursive(TEXT, lambda inner: st.dictionaries(NAMES, inner, min_size=1), max_leaves=8))
)
def test_nested_values_survive_a_round_trip(values: dict[str, Any]) -> None:
    assert parse_nested(_encoded(values)) == values


@given(st.dictionaries(NAMES, st.lists(TEXT, min_size=1)))
def test_lists_keep_their_order_with_and_without_indices(values: dict[str, list[str]]) -> None:
    plain = [(f"{name}[]", value) for name, items in values.items() for value in items]
    indexed = [(f"{name}[{index}]", value) for name, items in values.items() for index, value in enumerate(items)]
    assert convert(parse_nested(plain), LISTS) == values
    assert convert(parse_nested(reversed(indexed)), LISTS) == values


@given(st.lists(st.tuples(st.text("ab[]0", max_size=8), TEXT)))
def test_any_names_are_parsed_or_refused(pairs: list[tuple[str, str]]) -> None:
    with contextlib.suppress(ApiError):
        assert len(list(_encoded(parse_nested(pairs)))) <= len(pairs)


def test_a_value_without_an_index_does_not_overwrite_another() -> None:
    assert parse_nested([("a[1]", "x"), ("a[]", "y")]) == {"a": {"1": "x", "2": "y"}}


def test_many_values_with_and_without_an_index_are_merged() -> None:
    pairs = [*((f"a[{index}]", "") for index in range(20_000, 40_000)), *(("a[]", "") for _ in range(20_000))]
    assert len(parse_nested(pairs)["a"]) == 40_000


@pytest.mark.parametrize(
    ("text", "types", "value"),
    [
        ("1", "boolean", True),
        ("0", "boolean", False),
        ("true", "boolean", "true"),
        ("True", "boolean", "True"),
        ("2", "boolean", "2"),
        ("1", "integer", 1),
        ("-12", ["integer", "null"], -12),
        ("1.9", "integer", 1),
        ("1", "number", 1),
        ("1.25", "number", Decimal("1.25")),
        ("nan", "number", "nan"),
        ("٣", "integer", "٣"),
        ("1", ["integer", "string"], "1"),
        ("1", "string", "1"),
    ],
)
def test_text_is_converted_to_the_type_of_the_parameter(text: str, types: str | list[str], value: object) -> None:
    converted = convert(text, {"type": types})
    assert (type(converted), converted) == (type(value), value)


@pytest.mark.parametrize(
    ("sent", "schema", "value"),
    [
        (1, {"type": "boolean"}, True),
        (0, {"type": "boolean"}, False),
        (2, {"type": "boolean"}, 2),
        (42, {"type": "string"}, "42"),
        (Decimal("1.50"), {"type": ["string", "null"]}, "1.5"),
        (True, {"type": "string"}, "1"),
        (False, {"type": "string"}, ""),
        (42, {"type": "string", "maxLength": 32}, 42),
        (True, {"type": "string", "minLength": 1}, True),
        (Decimal("7.9"), {"type": "integer"}, 7),
        (Decimal("1E+99"), {"type": "integer"}, Decimal("1E+99")),
        (Decimal("7.9"), {"type": "number"}, Decimal("7.9")),
        (True, {"type": "integer"}, True),
        ([42], {"type": "array", "items": {"type": "string"}}, ["42"]),
        (None, {"type": "string"}, None),
    ],
)
def test_json_is_converted_to_the_type_of_the_parameter(sent: object, schema: dict[str, Any], value: object) -> None:
    converted = convert(sent, schema)
    assert (type(converted), converted) == (type(value), value)
