"""Everything that a program, a log or a crash reporter could show of a value, as texts to search for secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
import types
from collections.abc import Iterable, Iterator

# Types whose attributes are not searched: the credentials may be in the closure of a function.
_NOT_SEARCHED = (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def texts_of(*values: object) -> Iterator[str]:
    """Yield the texts of the values and of everything reachable: attributes, items, causes and traceback variables."""
    pending, seen = list(values), dict[int, object]()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # a reference, so that its id() is not reused
        yield repr(value)
        yield str(value)
        if isinstance(value, dict):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            pending += value
        elif isinstance(value, BaseException):
            yield from _tracebacks_of(value)
            pending += [*value.args, value.__cause__, value.__context__]
        if not isinstance(value, _NOT_SEARCHED):
            pending.append(getattr(value, "__dict__", None))


def _tracebacks_of(error: BaseException) -> Iterator[str]:
    yield from traceback.format_exception(error)
    yield from traceback.TracebackException.from_exception(error, capture_locals=True).format()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for variable in frame.f_locals.values():
            yield repr(variable)
            yield str(variable)


def texts_of_copies(value: object) -> Iterator[str]:
    """Yield the texts of pickles and copies of the value. Values with a client cannot be copied and raise an error."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            yield pickle.dumps(value, protocol).decode("latin-1")
        except TypeError as error:
            yield from texts_of(error)
    for duplicate in (copy.copy, copy.deepcopy):
        try:
            yield from texts_of(duplicate(value))
        except TypeError as error:
            yield from texts_of(error)


def texts_of_log(records: Iterable[logging.LogRecord]) -> Iterator[str]:
    """Yield the lines that handlers could write, and the texts of the log records."""
    records = [*records]
    yield from map(logging.Formatter("%(name)s %(message)s").format, records)
    yield from texts_of(*records)
