"""Encoding of paths, queries and bodies."""

from __future__ import annotations

import enum
import json
import math
import re
from collections import OrderedDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

import numpy
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoiced.encoding import encode_json, encode_path, encode_query

NOON = datetime(2026, 11, 22, 12, 0, 0, 999_999, tzinfo=timezone.utc)
NOON_IN_SECONDS = 1795348800


class Kind(str, enum.Enum):
    COMPANY = "company"


class Number(enum.IntEnum):
    ONE = 1


# Paths


def test_a_tuple_becomes_quoted_segments() -> None:
    assert encode_path(("customers", 15444, "contacts", "a/b?c#d e%")) == (
        "/customers/15444/contacts/a%2Fb%3Fc%23d%20e%25"
    )


@pytest.mark.parametrize("path", ["customers/1", "/customers/1"])
def test_a_string_is_split_at_its_slashes(path: str) -> None:
    assert encode_path(path) == "/customers/1"


@pytest.mark.parametrize("segment", ["", " ", "\t", "\u00a0", ".", ".."])
def test_a_segment_that_could_lead_to_another_path_raises_an_error(segment: str) -> None:
    with pytest.raises(ValueError, match="is not a valid ID or path segment"):
        encode_path(("customers", segment))


@pytest.mark.parametrize("path", ["", "/", "customers//1", "customers/", "customers/../x"])
def test_a_string_with_an_invalid_segment_raises_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="is not a valid ID or path segment"):
        encode_path(path)


@pytest.mark.parametrize("path", ["customers?page=2", "customers#top", "https://api.invoiced.com/customers"])
def test_a_path_with_a_query_raises_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="as params"):
        encode_path(path)


@pytest.mark.parametrize("segment", [None, True, 1.0, b"1", ["1"]])
def test_a_segment_that_is_neither_a_string_nor_an_integer_raises_an_error(segment: Any) -> None:
    with pytest.raises(TypeError, match="An ID must be an integer or a string"):
        encode_path(("customers", segment))


@given(
    st.lists(st.one_of(st.integers(), st.text()).filter(lambda segment: str(segment).strip() not in {"", ".", ".."}))
)
def test_every_encoded_path_decodes_to_the_same_segments(segments: list[int | str]) -> None:
    sent = encode_path(tuple(segments))
    assert [unquote(segment) for segment in sent.split("/")[1:]] == [str(segment) for segment in segments]
    assert not set(sent) & set("?#\\ ")


# Queries


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"filter": {"paid": False, "autopay": True}}, "filter[paid]=0&filter[autopay]=1"),
        ({"payment_source": True}, "payment_source=1"),
        ({"per_page": 3, "sort": "name asc"}, "per_page=3&sort=name asc"),
        ({"updated_after": NOON}, f"updated_after={NOON_IN_SECONDS}"),
        ({"updated_after": NOON.astimezone(timezone(timedelta(hours=-5)))}, f"updated_after={NOON_IN_SECONDS}"),
        ({"updated_after": date(2026, 11, 22)}, f"updated_after={NOON_IN_SECONDS - 12 * 3600}"),
        ({"updated_after": datetime(1969, 12, 31, 23, 59, 59, 500_000, timezone.utc)}, "updated_after=-1"),
        ({"amount": Decimal("0.10")}, "amount=0.10"),
        ({"amount": 0.1}, "amount=0.1"),
        ({"ids": [1, 2]}, "ids[]=1&ids[]=2"),
        ({"ids": (1,), "none": []}, "ids[]=1"),
        ({"items": [{"name": "x"}, {"name": "y"}]}, "items[0][name]=x&items[1][name]=y"),
        ({"a": {"b": {"c": 1}}}, "a[b][c]=1"),
        ({"a": None, "b": {"c": None}, "d": [None]}, ""),
        ({"metadata": OrderedDict(rep="Jan")}, "metadata[rep]=Jan"),
        ({"metadata": MappingProxyType({"rep": "Jan"})}, "metadata[rep]=Jan"),
        ({"type": Kind.COMPANY, "n": Number.ONE}, "type=company&n=1"),
        ({"name": "Zoë & Söhne=+%"}, "name=Zoë & Söhne=+%"),
        ({"name": ""}, "name="),
    ],
)
def test_query_values_are_encoded_as_the_api_expects(params: dict[str, Any], query: str) -> None:
    sent = encode_query(params)
    assert "&".join(f"{name}={value}" for name, value in parse_qsl(sent, keep_blank_values=True)) == query


def test_brackets_and_spaces_are_percent_encoded() -> None:
    assert encode_query({"filter": {"paid": False}, "sort": "name asc"}) == "filter%5Bpaid%5D=0&sort=name%20asc"


scalars = st.one_of(st.text(), st.integers(), st.booleans())
names = st.text(min_size=1).filter(lambda name: not set(name) & set("[]"))


@given(st.dictionaries(names, st.one_of(scalars, st.lists(scalars), st.dictionaries(names, scalars)), max_size=5))
def test_no_value_can_become_another_parameter(params: dict[str, Any]) -> None:
    expected: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, list):
            expected += [(f"{name}[]", _text(item)) for item in value]
        elif isinstance(value, dict):
            expected += [(f"{name}[{key}]", _text(item)) for key, item in value.items()]
        else:
            expected.append((name, _text(value)))
    sent = encode_query(params)
    assert parse_qsl(sent, keep_blank_values=True, strict_parsing=bool(sent)) == expected


def _text(value: str | int | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


# Bodies


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (Decimal("10.10"), "10.10"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (Decimal("1E+3"), "1E+3"),
        (Decimal("1E+400"), "1E+400"),
        (0.1, "0.1"),
        (10, "10"),
        (True, "true"),
        (None, "null"),
        (NOON, str(NOON_IN_SECONDS)),
        (date(1970, 1, 2), "86400"),
        (Kind.COMPANY, '"company"'),
        ("Zoë\n", '"Zoë\\n"'),
        ([], "[]"),
        ({}, "{}"),
        ((1, {"a": None}), '[1, {"a": null}]'),
    ],
)
def test_json_values_are_encoded_exactly(value: Any, encoded: str) -> None:
    assert encode_json({"field": value}) == f'{{"field": {encoded}}}'


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=20,
)


@given(json_values)
def test_every_body_decodes_to_the_same_value(value: Any) -> None:
    assert json.loads(encode_json(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_is_encoded_exactly(amount: Decimal) -> None:
    decoded = json.loads(encode_json({"amount": amount}), parse_float=Decimal, parse_int=Decimal)
    assert decoded == {"amount": amount}
    assert decoded["amount"].as_tuple().digits == amount.as_tuple().digits


@pytest.mark.parametrize("encode", [encode_query, encode_json])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (math.nan, ValueError),
        (math.inf, ValueError),
        (Decimal("NaN"), ValueError),
        (Decimal("-Infinity"), ValueError),
        (Decimal("sNaN"), ValueError),
        (datetime(2026, 11, 22, 12), ValueError),
        ("\ud800", ValueError),
        ({1, 2}, TypeError),
        (b"bytes", TypeError),
        (1j, TypeError),
        (object(), TypeError),
        ({1: "a"}, TypeError),
    ],
)
def test_an_invalid_value_raises_an_error_that_names_the_field(encode: Any, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="amount"):
        encode({"amount": value})


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"metadata": {"due": math.nan}}, r"metadata\.due"),
        ({"to": [{"email": "a@b.test"}, {"email": b"x"}]}, r"to\[1\]\.email"),
    ],
)
def test_the_error_contains_the_full_path_of_a_nested_field(params: dict[str, Any], field: str) -> None:
    with pytest.raises((TypeError, ValueError), match=f"^{field}: "):
        encode_json(params)


# Values of NumPy and pandas

SCALARS: list[tuple[Any, str]] = [
    (numpy.int64(5), "5"),
    (numpy.uint8(5), "5"),
    (numpy.float64(0.1), "0.1"),
    (numpy.float32(0.1), "0.1"),
    (numpy.float16(0.5), "0.5"),
    (numpy.str_("Acme"), "Acme"),
    (numpy.array(5), "5"),
    (pandas.Timestamp("2026-11-22 12:00:00.999", tz="UTC"), str(NOON_IN_SECONDS)),
    (pandas.Series([5])[0], "5"),
]


@pytest.mark.parametrize(("value", "text"), SCALARS)
def test_a_scalar_of_numpy_or_pandas_is_sent_as_the_value_that_it_stands_for(value: Any, text: str) -> None:
    sent = json.loads(encode_json({"items": [{"quantity": value}]}))["items"][0]["quantity"]
    assert str(sent) == text
    assert isinstance(sent, str) == isinstance(value, str)
    assert parse_qsl(encode_query({"filter": {"value": value}, "per_page": value})) == [
        ("filter[value]", text),
        ("per_page", text),
    ]


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_of_numpy_is_a_bool(value: bool) -> None:
    assert encode_json([numpy.bool_(value)]) == encode_json([value])
    assert encode_query({"a": numpy.bool_(value)}) == encode_query({"a": value})


@pytest.mark.parametrize("id", [numpy.int64(15444), numpy.uint32(15444), numpy.str_("15444")])
def test_an_integer_of_numpy_is_an_id(id: Any) -> None:
    assert encode_path(("customers", id, "balance")) == "/customers/15444/balance"


class Index:
    """An integer of another library."""

    def __index__(self) -> int:
        return 5


def test_any_type_of_integers_is_sent() -> None:
    number: Any = Index()
    assert encode_json({"id": number}) == '{"id": 5}'
    assert encode_path(("customers", number)) == "/customers/5"


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        numpy.float32("nan"),
        numpy.float64("inf"),
        numpy.datetime64("2026-11-22"),
        numpy.timedelta64(5, "s"),
        numpy.array([5]),
        numpy.array([True]),
        numpy.complex64(1),
        numpy.bytes_(b"5"),
        pandas.NA,
        pandas.NaT,
        pandas.Timestamp("2026-11-22"),
        pandas.Timedelta(5, "s"),
        pandas.Period("2026-11"),
        pandas.Series([5]),
        pandas.DataFrame([[5]]),
    ],
    ids=repr,
)
def test_a_value_that_means_nothing_to_the_api_is_refused_by_its_name(value: Any) -> None:
    for params, name in (({"subject": value}, "subject"), ({"items": [{"quantity": value}]}, "items[0].quantity")):
        with pytest.raises((TypeError, ValueError), match=re.escape(f"{name}: ")):
            encode_json(params)
    with pytest.raises((TypeError, ValueError), match=re.escape("filter[a]: ")):
        encode_query({"filter": {"a": value}})
    with pytest.raises(TypeError, match="An ID must be an integer or a string"):
        encode_path(("customers", value))


@pytest.mark.parametrize("id", [numpy.float64(15444), numpy.bool_(True), pandas.NA])
def test_another_value_of_numpy_is_no_id(id: Any) -> None:
    with pytest.raises(TypeError, match="An ID must be an integer or a string"):
        encode_path(("customers", id))


def test_a_naive_datetime_raises_an_error_because_its_time_zone_is_unknown() -> None:
    with pytest.raises(ValueError, match=r"time zone .* is unknown"):
        encode_query({"updated_after": datetime(2026, 11, 22)})
