"""The headers of the messages in a mailbox file (mbox), which anybody may have written.

Only headers are kept, and only as much as a real message has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timezone
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from os import PathLike
from pathlib import Path
from typing import BinaryIO, NamedTuple

from invoiced.display.escaping import one_line
from invoiced.runs.errors import RunError
from invoiced.runs.reports import time_text
from invoiced.tables import comparable

MAX_FILE, MAX_MESSAGES = 4 * 2**30, 200_000
"""Bytes of a file, and number of its messages."""
_MAX_HEADERS, _MAX_RECIPIENTS, _MAX_TEXT = 2**17, 2**14, 1000
"""Bytes of the headers of a message, and characters of its recipients and of other headers."""
_MAX_LINE = 2**16
_TIMES = range(2**32)
"""Times that are possible, in Unix seconds."""

_SEPARATOR = re.compile(rb"From \S+ .*\d\d:\d\d.*\d{4}")
_PARSER = BytesHeaderParser()


class ArchivedMessage(NamedTuple):
    """The headers of a message that say whether it is a statement."""

    message_id: str
    """Message-ID without angle brackets; empty if there is none."""
    at: int | None
    """Date in Unix seconds; None if there is no valid one."""
    recipients: frozenset[str]
    """Addresses in To and Cc, as they are compared."""
    subject: str
    is_readable: bool = True
    """Whether its headers are no longer than those of a real message."""

    def __str__(self) -> str:
        name = f"<{self.message_id}>" if self.message_id else "without an ID"
        to = ", ".join(sorted(self.recipients))
        return one_line(f"message {name} of {time_text(self.at) or 'an unknown time'} to {to}, {self.subject!r}")


def read_mailbox(path: str | PathLike[str]) -> Iterator[ArchivedMessage]:
    """Yield the messages of a mailbox file.

    Raises:
        RunError: it cannot be read, is not an mbox file, or is too large.
    """
    try:
        with Path(path).open("rb") as file:
            if file.seek(0, 2) > MAX_FILE:
                raise RunError(f"{path} has more than {MAX_FILE:,} bytes. Export only the days of the statements.")
            file.seek(0)
            for count, headers in enumerate(_headers(file, path), start=1):
                if count > MAX_MESSAGES:
                    raise RunError(f"{path} has more than {MAX_MESSAGES:,} messages. Export only the days needed.")
                yield _parse(headers)
    except OSError as error:
        raise RunError(f"Cannot read {path}: {error.strerror}.") from None


def without_brackets(message_id: object) -> str:
    """Return a Message-ID as it is compared."""
    return str(message_id).strip().strip("<>")


def _headers(file: BinaryIO, path: str | PathLike[str]) -> Iterator[bytes]:
    """Yield the headers of each message, at most one byte more than a message can have."""
    headers: bytearray | None = None
    in_headers, after_blank, starts_line = False, True, True
    while part := file.readline(_MAX_LINE):
        if starts_line and after_blank and _SEPARATOR.match(part):
            if headers is not None:
                yield bytes(headers)
            headers, in_headers = bytearray(), True
        elif headers is None:
            raise RunError(f"{path} is not a mailbox file (mbox): it does not begin with a From line.")
        elif in_headers:
            in_headers = bool(part.strip(b"\r\n")) or not starts_line
            if len(headers) <= _MAX_HEADERS:
                headers += part
        after_blank = starts_line and not part.strip(b"\r\n")
        starts_line = part.endswith(b"\n")
    if headers is not None:
        yield bytes(headers)


def _parse(headers: bytes) -> ArchivedMessage:
    message = _PARSER.parsebytes(headers[:_MAX_HEADERS])
    fields = [str(value) for name in ("to", "cc") for value in message.get_all(name, [])]
    is_readable, addresses = False, list[tuple[str, str]]()
    if len(headers) <= _MAX_HEADERS and sum(map(len, fields)) <= _MAX_RECIPIENTS:
        with suppress(RecursionError):  # comments in comments
            addresses = getaddresses(fields)
            is_readable = True
    recipients = frozenset(comparable(address) for _, address in addresses if address)
    message_id = without_brackets(str(message.get("message-id", ""))[:_MAX_TEXT])
    return ArchivedMessage(message_id, _date(message), recipients, _subject(message), is_readable)


def _date(message: Message) -> int | None:
    """Return the date in Unix seconds. A date of an unknown time zone is in UTC."""
    try:
        date = parsedate_to_datetime(str(message.get("date", ""))[:_MAX_TEXT])
        at = int((date if date.tzinfo else date.replace(tzinfo=timezone.utc)).timestamp())
        return at if at in _TIMES else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _subject(message: Message) -> str:
    text = str(message.get("subject", ""))[:_MAX_TEXT]
    with suppress(ValueError, LookupError):  # it stays encoded
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())
