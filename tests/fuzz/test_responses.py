"""With any response, a call returns the documented type or raises a documented error."""

from __future__ import annotations

import io
import json
import math
import pickle
import string
from collections.abc import Callable
from decimal import Decimal
from http.client import HTTPException, HTTPResponse
from typing import Any

import pytest
from fuzzing import Wire, fuzz, header_text, http_response, json_lists, json_objects, json_scalars, json_texts
from hypothesis import strategies as st

import invoiced
from invoiced.deadline import _Response

CLASSES = {
    401: invoiced.AuthenticationError,
    403: invoiced.PermissionDeniedError,
    404: invoiced.NotFoundError,
    429: invoiced.RateLimitError,
}

CALLS: dict[str, Callable[[invoiced.Client], Any]] = {
    "retrieve": lambda client: client.Customer.retrieve(1),
    "create": lambda client: client.Customer.create(name="Acme"),
    "list": lambda client: client.Customer.list(),
    "all": lambda client: [customer for customer, _ in zip(client.Customer.all(), range(300), strict=False)],
    "find": lambda client: client.Customer.find(number="CUST-00001"),
    "save": lambda client: invoiced.Customer(client, 1).save(name="Acme"),
    "refresh": lambda client: invoiced.Customer(client, 1).refresh(),
    "balance": lambda client: invoiced.Customer(client, 1).balance(),
    "send_statement": lambda client: invoiced.Customer(client, 1).send_statement(),
    "delete": lambda client: invoiced.Customer(client, 1).delete(),
}

records = json_objects(json_texts)
documented_members = st.tuples(st.sampled_from(["message", "type", "param"]), json_texts)
documented = st.lists(documented_members, max_size=4).map(
    lambda members: "{" + ", ".join(f'"{name}": {value}' for name, value in members) + "}"
)
bodies = st.one_of(
    documented.map(str.encode),
    json_texts.map(str.encode),
    json_objects(json_scalars).map(lambda text: text.encode("utf-16")),
    st.binary(max_size=60),
    st.text(max_size=40).map(str.encode),
)

CHARSETS = ["utf-8", "utf-16", "latin-1", "utf-7", "hex", "none", "", '"', "idna", "punycode", "undefined", "\0"]
dates = st.builds(
    "{} {} {} {}:{} {}".format,
    st.sampled_from(["", "Mon,", "Xyz"]),
    st.integers(-1, 40),
    st.sampled_from(["Jan 2026", "feb 1", "Dec 9999", "Dec 99999", "Dec 0", "Foo 2026", "Jan"]),
    st.sampled_from(["0", "23", "99", ""]),
    st.sampled_from(["00", "59:60", "1:2:3:4", "x", "9" * 400]),
    st.sampled_from(["", "GMT", "EST", "-0000", "+9999", "+" + "9" * 400]),
)
seconds = st.from_regex(r"[ \t]?[-+]?[0-9]{0,400}([.,e][0-9]{0,5})?[ \t]?", fullmatch=True)
waits = st.one_of(seconds, dates, header_text, st.sampled_from(["9" * 5000, "inf", "-nan", "1_0", "0x1"]))
locations = st.sampled_from(["", "/customers?page=2", "//", "http://", "http://elsewhere:99999/", "mailto:a@b.c"])
headers = st.lists(
    st.one_of(
        st.tuples(st.just("Retry-After"), waits),
        st.tuples(st.just("Location"), locations),
        st.tuples(st.just("Content-Type"), st.sampled_from(CHARSETS).map("text/html; charset={}".format)),
        st.tuples(st.sampled_from(["Link", "X-Total-Count", "Date", "Set-Cookie", "WWW-Authenticate"]), header_text),
        st.tuples(st.from_regex("[A-Za-z-]{1,9}", fullmatch=True).map("X-{}".format), header_text),
    ),
    max_size=4,
)


def outcome(call: Callable[[invoiced.Client], Any], received: bytes, **options: Any) -> Any:
    """Return the result of the call, or its error. Other exceptions are not documented."""
    try:
        return call(Wire(received).client(**options))
    except invoiced.InvoicedError as error:
        return error


def is_valid(error: invoiced.InvoicedError) -> bool:
    """Check that an error can be pickled and has valid attributes."""
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert (str(again), repr(again), repr(vars(again))) == (str(error), repr(error), repr(vars(error)))
    assert type(error.message) is str
    assert error.message
    assert error.outcome_unknown in {True, False}
    assert error.retry_after is None or (error.retry_after >= 0 and not math.isnan(error.retry_after))
    return True


@fuzz(
    250,
    status=st.one_of(st.sampled_from([301, 304, *CLASSES, 400, 500, 503]), st.integers(300, 599)),
    reason=st.text(string.printable[:95], max_size=20),
    headers=headers,
    body=bodies,
    name=st.sampled_from([*CALLS]),
)
def test_each_failure_raises_the_error_of_its_status(
    status: int, reason: str, headers: list[tuple[str, str]], body: bytes, name: str
) -> None:
    error = outcome(CALLS[name], http_response(status, headers, body, reason))
    default = invoiced.InvalidRequestError if 400 <= status < 500 else invoiced.ApiError
    assert type(error) is CLASSES.get(status, default)
    assert (error.status_code, error.request_sent, error.outcome_unknown) == (status, True, not 400 <= status < 500)
    assert is_valid(error)


@pytest.mark.parametrize("start", ["", '{"message": ', '{"param": '])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_json_nested_too_deeply_for_python_is_kept_as_text(status: int, start: str) -> None:
    body = start + "[" * 100_000
    error = outcome(CALLS["create"], http_response(status, [], body.encode()))
    assert error.error == body
    assert is_valid(error)


@fuzz(200, value=waits)
def test_retry_after_is_a_number_of_seconds_or_none(value: str) -> None:
    for headers in ({"Retry-After": value}, {"Retry-After": f" {value}, {value}"}):
        seconds = invoiced.RateLimitError(headers=headers).retry_after
        assert seconds is None or (seconds >= 0 and not math.isnan(seconds))


@fuzz(100, whole=st.integers(0, 10**9), blank=st.sampled_from(["", " ", "\t"]))
def test_retry_after_in_seconds_is_parsed_exactly(whole: int, blank: str) -> None:
    assert invoiced.RateLimitError(headers={"Retry-After": f"{blank}{whole}{blank}"}).retry_after == whole


@fuzz(
    300,
    status=st.sampled_from([200, 201, 202, 204]),
    headers=headers,
    body=st.one_of(bodies, records.map(str.encode), json_lists(records).map(str.encode)),
    name=st.sampled_from([*CALLS]),
    parse_float=st.sampled_from([float, Decimal]),
)
def test_each_success_returns_the_expected_type_or_raises_an_error(
    status: int, headers: list[tuple[str, str]], body: bytes, name: str, parse_float: Callable[[str], Any]
) -> None:
    result = outcome(CALLS[name], http_response(status, headers, body), parse_float=parse_float)
    if isinstance(result, invoiced.InvoicedError):
        assert is_valid(result)
        return
    if name in {"save", "refresh", "delete"}:
        assert result is (None if name == "refresh" else True)
    elif name == "list":
        customers, page = result
        assert all(type(customer) is invoiced.Customer for customer in customers)
        assert type(page) is invoiced.List
    else:
        found = result if isinstance(result, list) else [result]
        assert {type(record) for record in found} <= {invoiced.Customer, invoiced.Balance, invoiced.Email}


@fuzz(100, body=st.one_of(records, json_lists(json_texts)))
def test_a_body_is_parsed_like_json_loads(body: str) -> None:
    def read(client: invoiced.Client) -> Any:
        return client.request("GET", "customers").body

    for parse_float in (float, Decimal):
        result = outcome(read, http_response(200, [], body.encode()), parse_float=parse_float)
        try:
            expected = json.loads(body, parse_float=parse_float)
        except (ValueError, ArithmeticError):  # more digits than Python reads, or a larger exponent than Decimal does
            assert type(result) is invoiced.ApiError
        else:
            assert repr(result) == repr(expected)


STARTS = ["HTTP/1.1 200 OK", "HTTP/1.1 500 ", "HTTP/1.0 302 Found", "HTTP/9 1", "HTTP/1.1 99999"]
LINES = ["Content-Length: 5", "Content-Length: -1", "Content-Length: x", "Transfer-Encoding: chunked", ": :"]
LINES += ["Content-Encoding: gzip", "Content-Encoding: deflate, gzip", "Connection: close", "Location: http://["]
lines = st.one_of(st.sampled_from(LINES).map(str.encode), st.binary(max_size=20))


@fuzz(
    150,
    start=st.one_of(st.sampled_from(STARTS).map(str.encode), st.binary(max_size=12)),
    lines=st.lists(lines, max_size=3),
    body=st.one_of(st.binary(max_size=40), json_texts.map(str.encode), st.just(b"2\r\n{}\r\n0\r\n\r\n")),
    name=st.sampled_from([*CALLS]),
)
def test_bytes_that_are_not_an_http_response_raise_an_error(
    start: bytes, lines: list[bytes], body: bytes, name: str
) -> None:
    result = outcome(CALLS[name], b"\r\n".join([start, *lines, b"", body]))
    assert not isinstance(result, invoiced.InvoicedError) or is_valid(result)


class Arriving(io.RawIOBase):
    """A socket that receives bytes, a few at a time."""

    def __init__(self, received: bytes, size: int) -> None:
        self._received, self._size = io.BytesIO(received), size

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._received.read(min(self._size, len(buffer)))
        buffer[: len(part)] = part
        return len(part)


def understood(kind: type[HTTPResponse], received: bytes, size: int) -> Any:
    """Return what a class of responses makes of bytes."""
    response: Any = kind(Arriving(received, size))  # type: ignore[arg-type]
    try:
        response.begin()
    except HTTPException as error:
        return type(error)
    rest = response.fp.read() if response.fp else b""
    return response.headers.items(), response.length, response.chunked, response.will_close, rest


usual_lines = st.from_regex(rb"[A-Za-z-]{1,8}:[ \t]{0,2}[!-~]{0,8}([ \t][!-~]{1,8}){0,2}[ \t]{0,2}", fullmatch=True)
unusual_lines = st.sampled_from(
    [b" folded", b"\tfolded: x", b"a:", b"a: ", b": b", b"a b: c", b"From x", b"a:\x0bb", b"a:\r"]
)


@fuzz(
    300,
    lines=st.lists(st.one_of(usual_lines, usual_lines, lines, unusual_lines), max_size=6),
    repetitions=st.sampled_from([1, 1, 1, 9, 40]),
    end=st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\n", b"\r\n\n", b""]),
    rest=st.binary(max_size=9),
    size=st.sampled_from([1, 7, 100, 100_000]),
)
def test_headers_are_understood_as_by_the_standard_library(
    lines: list[bytes], repetitions: int, end: bytes, rest: bytes, size: int
) -> None:
    received = b"\r\n".join([b"HTTP/1.1 200 OK", *lines * repetitions]) + end + rest
    assert understood(_Response, received, size) == understood(HTTPResponse, received, size)
