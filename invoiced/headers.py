"""Parsing of the headers of responses: as http.client does, but usual ones by a regular expression.

http.client has them parsed by the package email, which takes ten times as long.
"""

import http.client
import io
import re
from http.client import HTTPMessage, HTTPResponse, parse_headers
from types import FunctionType
from typing import Any

# Names and values of ASCII characters, one to a line (RFC 9110, 5.1 and 5.5). Matching takes linear time.
_HEADER = rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[!-~][\t -~]*)?)\r\n"
_HEADERS = re.compile(rb"(?:%s){0,50}\r\n" % _HEADER)
_each_header = re.compile(_HEADER.decode()).findall


def begin_response(response: HTTPResponse, **options: Any) -> None:
    """Read the status and the headers of a response: by http.client alone, if somebody watches that."""
    is_patched = HTTPResponse.begin is not _begin or http.client.parse_headers is not parse_headers
    begin: Any = HTTPResponse.begin if is_patched or response.debuglevel else _begin_with_usual_headers
    begin(response, **options)


def _parse_headers(file: Any, *arguments: Any, **options: Any) -> HTTPMessage:
    """Return the headers. Unusual ones, and those that have not arrived yet, are left to http.client."""
    arrived = file.peek() if isinstance(file, io.BufferedReader) else b""  # a mock may use another file
    if not (headers := _HEADERS.match(arrived)):
        return parse_headers(file, *arguments, **options)  # type: ignore[no-any-return]  # as the arguments are any
    message = HTTPMessage()
    for name, value in _each_header(file.read(headers.end()).decode()):
        message.set_raw(name, value)
    return message


def _with_usual_headers(begin: Any) -> Any:
    """Return the same code as another function, which calls `_parse_headers`, unless http.client is patched."""
    functions: tuple[Any, ...] = (begin, parse_headers)
    if any(type(each) is not FunctionType or each.__globals__ is not vars(http.client) for each in functions):
        return begin
    names = {**vars(http.client), "parse_headers": _parse_headers}
    copy = FunctionType(begin.__code__, names, argdefs=begin.__defaults__, closure=begin.__closure__)
    copy.__kwdefaults__ = begin.__kwdefaults__
    return copy


_begin, _begin_with_usual_headers = HTTPResponse.begin, _with_usual_headers(HTTPResponse.begin)
