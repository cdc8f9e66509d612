"""All that a program, a log or a crash reporter could show of a value, as text to search for secrets."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
import types
from collections.abc import Iterable, Iterator

# What holds state that is no one's data: a function's closure is the one place where the credentials may be.
_CLOSED = (type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType)


def shown_by(*values: object) -> Iterator[str]:
    """The values and all that can be reached from them: attributes, items, causes and the variables of tracebacks."""
    pending, seen = list(values), dict[int, object]()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # keeps it, so that no other has its id
        yield repr(value)
        yield str(value)
        if isinstance(value, dict):
            pending += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            pending += value
        elif isinstance(value, BaseException):
            yield from _tracebacks_of(value)
            pending += [*value.args, value.__cause__, value.__context__]
        if not isinstance(value, _CLOSED):
            pending.append(getattr(value, "__dict__", None))


def _tracebacks_of(error: BaseException) -> Iterator[str]:
    yield from traceback.format_exception(error)
    yield from traceback.TracebackException.from_exception(error, capture_locals=True).format()
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for variable in frame.f_locals.values():
            yield repr(variable)
            yield str(variable)


def shown_by_duplicates_of(value: object) -> Iterator[str]:
    """What pickles and copies of the value hold. One that holds a client refuses, and shows why."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        try:
            yield pickle.dumps(value, protocol).decode("latin-1")
        except TypeError as refused:
            yield from shown_by(refused)
    for duplicate in (copy.copy, copy.deepcopy):
        try:
            yield from shown_by(duplicate(value))
        except TypeError as refused:
            yield from shown_by(refused)


def shown_by_log(records: Iterable[logging.LogRecord]) -> Iterator[str]:
    """The lines that handlers could write, and all that the records carry along."""
    for record in records:
        yield logging.Formatter("%(name)s %(message)s").format(record)
        yield from shown_by(record)
