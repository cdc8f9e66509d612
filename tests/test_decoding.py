"""Parsing of bodies: with and without msgspec, the result is the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invoiced import fast_json
from invoiced.decoding import parser

msgspec = pytest.importorskip("msgspec", reason="msgspec is not installed: the extra speed.")

FLOATS: list[Callable[[str], Any]] = [float, Decimal, str]
NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?\Z")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def by_python(content: bytes, parse_float: Callable[[str], Any]) -> Any:
    try:
        return exactly(json.loads(content, parse_float=parse_float))
    except (ValueError, ArithmeticError, RecursionError) as error:
        return type(error)


def by_msgspec(content: bytes, parse_float: Callable[[str], Any]) -> Any:
    try:
        return exactly(parser(parse_float)(content))
    except (ValueError, ArithmeticError, RecursionError) as error:
        return type(error)


def exactly(value: Any) -> str:
    """Return a text that tells 1 from 1.0 and True, and 0.1 from 0.10."""
    return repr(value)


@pytest.mark.parametrize("parse_float", FLOATS)
@given(value=VALUES, ascii=st.booleans())
def test_values_are_the_same(parse_float: Callable[[str], Any], value: Any, ascii: bool) -> None:
    content = json.dumps(value, ensure_ascii=ascii).encode("utf-8", "surrogatepass")
    assert by_msgspec(content, parse_float) == by_python(content, parse_float)


@pytest.mark.parametrize("parse_float", FLOATS)
@settings(max_examples=300)
@given(number=NUMBERS)
@example("-0")
@example("-0.0")
@example("1e400")
@example("1E5")
@example("1" * 5000)
@example("0." + "1" * 5000)
@example("9007199254740993")
@example("18446744073709551616")
@example("1e99999999999")
def test_numbers_are_the_same(parse_float: Callable[[str], Any], number: str) -> None:
    for content in (number, f'[{number}, {{"amount": {number}}}]'):
        assert by_msgspec(content.encode(), parse_float) == by_python(content.encode(), parse_float)


@pytest.mark.parametrize("parse_float", FLOATS)
@given(
    content=st.binary(max_size=12) | st.text('{}[]",:0123456789.eE+- \\utfnaINy\x00\ufeff', max_size=12).map(str.encode)
)
@example(b"NaN")
@example(b"[Infinity, -Infinity]")
@example(b'"\\ud800"')
@example(b'"\\ud83d\\ude00"')
@example(b'"\xed\xa0\x80"')
@example(b'{"a": 1, "a": 2}')
@example('{"a": 1}'.encode("utf-16"))
@example('{"a": 1}'.encode("utf-32"))
@example(b"\xef\xbb\xbf{}")
@example(b"{} {}")
@example(b'"\t"')
@example(b"[" * 100_000)
@example(b"01")
@example(b"1.")
@example(b".5")
@example(b"+1")
def test_what_one_refuses_the_other_refuses_too(parse_float: Callable[[str], Any], content: bytes) -> None:
    assert by_msgspec(content, parse_float) == by_python(content, parse_float)


def test_without_msgspec_python_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.delitem(sys.modules, fast_json.__name__)
    assert parser(Decimal)(b'{"amount": 1.10}') == {"amount": Decimal("1.10")}
    assert parser(float) is json.loads


@pytest.mark.parametrize("error", [ArithmeticError, ValueError])
def test_an_error_of_the_function_for_numbers_is_raised_as_by_python(error: type[Exception]) -> None:
    def refuse(text: str) -> Any:
        raise error(text)

    with pytest.raises(error, match=r"1\.5"):
        parser(refuse)(b"[1.5]")
