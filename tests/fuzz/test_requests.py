"""Encoding of requests: every value arrives unchanged, or nothing is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
import requests
from fuzzing import URL, Wire, fuzz, http_response
from hypothesis import strategies as st

import invoiced
from invoiced.emulator import Emulator
from invoiced.emulator.values import brackets, exact_json
from invoiced.encoding import encode_json

FOUND = http_response(200, [], b"[]")

text = st.characters(codec="utf-8")
names = st.text(text, min_size=1, max_size=8).filter(lambda name: "[" not in name)
inner_names = st.one_of(
    st.text(text, max_size=8), st.sampled_from(["", "[", "]", "a[b]", "[]", "][", "a][b", "]]", "[["])
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["%5B", "a&b=c", "+", "%", "a[b]", ";", "#", "\x00", "%zz"]),
)


def nested(names: st.SearchStrategy[str], inner_names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    inner = st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(inner_names, inner, max_size=4)),
        max_leaves=8,
    )
    return st.dictionaries(names, inner, max_size=4)


def as_text(value: Any) -> Any:
    """Return the value as in a query: all scalars are text, and None and empty values are left out."""
    if isinstance(value, Mapping):
        inner = {name: as_text(item) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item is not None} or None
    if isinstance(value, list):
        return [item for item in map(as_text, value) if item is not None] or None
    return value if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def with_lists(decoded: Any, expected: Any) -> Any:
    """Return the decoded query with lists where lists are expected: a query represents indices as names."""
    if isinstance(decoded, dict) and isinstance(expected, list):
        decoded = [decoded[index] for index in sorted(decoded, key=int)]
    if isinstance(decoded, list) and isinstance(expected, list) and len(decoded) == len(expected):
        return [with_lists(*pair) for pair in zip(decoded, expected, strict=True)]
    if isinstance(decoded, dict) and isinstance(expected, dict):
        return {name: with_lists(item, expected.get(name)) for name, item in decoded.items()}
    return decoded


def names_within(value: Any) -> Iterator[str]:
    """Yield the names in brackets: all names except those of the parameters themselves."""
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from [*item] if isinstance(item, dict) else []
        yield from names_within(item)


@fuzz(200, params=nested(names, inner_names))
def test_every_query_arrives_unchanged_or_raises_an_error(params: dict[str, Any]) -> None:
    wire = Wire(FOUND)
    try:
        wire.client().request("GET", "customers", params)
    except ValueError:
        assert any(not name or "][" in name for name in names_within(params))
        assert not wire.sent
        return
    _, _, query = wire.target.partition("?")
    expected = as_text(params) or {}
    assert with_lists(brackets.parse_nested(brackets.pairs(query.encode())), expected) == expected


any_text = st.text(max_size=8)
bodies = nested(any_text, any_text)


def exactly(value: Any) -> Any:
    """Return the value with its floats as decimals of the same digits."""
    if isinstance(value, dict):
        return {name: exactly(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exactly(item) for item in value]
    if isinstance(value, Decimal) and value == value.to_integral_value() and re.fullmatch("-?[0-9]+", str(value)):
        return int(value)
    return Decimal(repr(value)) if isinstance(value, float) else value


@fuzz(100, params=bodies)
def test_every_body_arrives_exactly(params: dict[str, Any]) -> None:
    wire = Wire()
    wire.client().request("POST", "customers", params)
    decoded = exact_json.loads(wire.body)
    assert decoded == json.loads(wire.body, parse_float=Decimal) == exactly(params)
    assert encode_json(decoded) == encode_json(exactly(params))


segments = st.one_of(
    st.text(st.characters(codec=None), max_size=12),
    st.text("./\\%?#&=:;@ 25eEfF0", max_size=8),
    st.sampled_from(
        ["..", ".", "%2e%2e", "..%2f", "a/b", "contacts", "emails", "\x00", "1\n", "//", "%", "é", "~", "٣"]
    ),
    st.integers(),
)
emulator = Emulator()


@fuzz(150, segment=segments)
def test_every_id_arrives_unchanged_or_raises_an_error(segment: int | str) -> None:
    with requests.Session() as session:
        session.mount(URL, emulator.adapter())
        client = invoiced.Client("key", base_url=URL, session=session)
        with pytest.raises((invoiced.NotFoundError, ValueError)) as caught:
            client.Customer.retrieve(segment)
    if isinstance(caught.value, invoiced.NotFoundError):
        assert unquote(emulator.requests[-1].path) == f"/customers/{segment}"
    else:
        assert str(segment).strip() in {"", ".", ".."} or re.search("[\ud800-\udfff]", str(segment))


@fuzz(100, segment=st.one_of(st.none(), st.booleans(), st.floats(), st.binary(), st.lists(st.integers())))
def test_an_invalid_id_raises_an_error(segment: Any) -> None:
    with pytest.raises(TypeError):
        Wire().client().Customer.retrieve(segment)
