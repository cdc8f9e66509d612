"""Copies of statements in a mailbox of one's own as evidence that they were sent."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from lost_responses import an_account, lose_responses, send

from invoiced.emulator import Emulator
from invoiced.runs import Result, RunError
from invoiced.statements import Period, Statements, mailbox
from invoiced.statements.mailbox import read_mailbox

SUBJECT = "Statement from Dunder Mifflin, Inc."


@pytest.fixture
def account() -> Iterator[tuple[Emulator, Statements]]:
    with an_account() as account:
        yield account


@pytest.fixture
def emulator(account: tuple[Emulator, Statements]) -> Emulator:
    return account[0]


@pytest.fixture
def period(account: tuple[Emulator, Statements]) -> Period:
    return account[1].period("2026-11")


def mbox_of(*messages: EmailMessage | bytes) -> bytes:
    separator = b"From sender@example.com Mon Nov 30 10:00:00 2026\n"
    return b"".join(separator + bytes(message).replace(b"\nFrom ", b"\n>From ") + b"\n\n" for message in messages)


def message(to: str, *, at: float | None = None, message_id: str | None = None, **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Dunder Mifflin <billing@example.com>", to
    mail["Date"] = format_datetime(datetime.fromtimestamp(time.time() if at is None else at, timezone.utc))
    mail["Message-ID"] = f"<{random.random()}@example.com>" if message_id is None else message_id
    mail["Subject"] = SUBJECT
    for name, value in headers.items():
        del mail[name]
        mail[name] = value
    mail.set_content("Dear customer,\nFrom here on, nothing matters.\n")
    return mail


def outbox_as_mbox(emulator: Emulator, path: Path) -> Path:
    """Write what a mailbox gets that is in copy: one message per statement, to all of its recipients."""
    by_id: dict[str, list[dict[str, Any]]] = {}
    for email in emulator.outbox:
        by_id.setdefault(email["message_id"], []).append(email)
    mails = [
        message(", ".join(each["email"] for each in emails), at=emails[0]["created_at"], message_id=id)
        for id, emails in by_id.items()
        if emails[0]["bcc"]
    ]
    path.write_bytes(mbox_of(*mails))
    return path


def told(results: tuple[list[Result], list[Result]]) -> tuple[dict[Any, str], dict[Any, str]]:
    decided, left = results
    return {result.customer.id: result.outcome for result in decided}, {each.customer.id: each.reason for each in left}


def test_a_copy_decides_that_a_statement_was_sent_and_is_named(
    period: Period, emulator: Emulator, tmp_path: Path
) -> None:
    lose_responses(emulator)
    send(period)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    decided, left = period.settle_from_mailbox(path)
    assert told((decided, left)) == ({2: "sent"}, {4: "no message to 4@example.com"})
    (copy,) = [email for email in emulator.outbox if email["customer"] == 2]
    assert decided[0].reason.startswith(f"archive.mbox: message {copy['message_id']} of 20")
    assert decided[0].reason.endswith(f"to 2@example.com, {SUBJECT!r}")
    assert decided[0].decided_by
    assert [event.reason for event in period.history(2)][-1] == decided[0].reason
    assert period.settle_from_mailbox(path)[0] == []


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], datetime]:
    """Let two hours pass, and return when the mailbox was complete."""

    def later() -> datetime:
        now = time.time
        monkeypatch.setattr("time.time", lambda: now() + 2 * 3600)
        return datetime.fromtimestamp(now()).astimezone() + timedelta(minutes=100)

    return later


def test_in_a_complete_mailbox_what_is_missing_was_not_sent(
    period: Period, emulator: Emulator, tmp_path: Path, later: Callable[[], datetime]
) -> None:
    lose_responses(emulator)
    send(period)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    now = datetime.now().astimezone()
    for too_early in (now, now + timedelta(minutes=59), now + timedelta(days=1)):
        _, left = told(period.settle_from_mailbox(path, complete_until=too_early))
        assert left == {4: "no message, but it may have arrived later than the mailbox is complete"}
    decided, left = told(period.settle_from_mailbox(path, complete_until=later()))
    assert (decided, left) == ({4: "to do"}, {})
    assert send(period) == {4: "sent"}
    assert sorted(email["customer"] for email in emulator.outbox) == [1, 2, 3, 4, 5]


def test_a_mailbox_without_any_statement_of_the_session_proves_nothing(
    period: Period, emulator: Emulator, tmp_path: Path, later: Callable[[], datetime]
) -> None:
    lose_responses(emulator, sent=())
    send(period)
    path = tmp_path / "archive.mbox"
    path.write_bytes(mbox_of(message("somebody@example.com")))
    decided, left = told(period.settle_from_mailbox(path, complete_until=later()))
    assert decided == {}
    assert left == {4: "no message, but there is none of the same session either: was it sent to the archive?"}


def test_messages_that_cannot_be_read_prevent_that_anything_counts_as_missing(
    period: Period, emulator: Emulator, tmp_path: Path, later: Callable[[], datetime]
) -> None:
    lose_responses(emulator, sent=())
    send(period)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    with path.open("ab") as file:
        file.write(mbox_of(message("x@example.com", **{"X-Long": "x" * 2**18})))
    decided, left = told(period.settle_from_mailbox(path, complete_until=later()))
    assert (decided, left) == ({}, {4: "no message, but 1 have headers that cannot be read"})


@pytest.mark.parametrize(
    "other",
    [
        lambda: message("4@example.com", at=time.time() - 3600),
        lambda: message("4@example.com", at=time.time() + 25 * 3600),
        lambda: message("44@example.com"),
        lambda: message('"4@example.com" <else@example.com>'),
    ],
    ids=["earlier", "a day later", "to another address", "to another address of that name"],
)
def test_other_messages_are_no_copies(
    other: Callable[[], EmailMessage], period: Period, emulator: Emulator, tmp_path: Path
) -> None:
    lose_responses(emulator, sent=())
    send(period)
    path = tmp_path / "archive.mbox"
    path.write_bytes(mbox_of(other()))
    assert told(period.settle_from_mailbox(path)) == ({}, {4: "no message to 4@example.com"})


@pytest.mark.parametrize(
    "other",
    [
        lambda: message("4@example.com, stranger@example.com"),
        lambda: message("4@example.com", Date="the other day"),
        lambda: message("4@example.com", Subject="Invoice INV-1"),
    ],
    ids=["also to others", "without a date", "with another subject"],
)
def test_messages_that_may_be_copies_leave_it_unknown(
    other: Callable[[], EmailMessage], period: Period, emulator: Emulator, tmp_path: Path, later: Callable[[], datetime]
) -> None:
    lose_responses(emulator, sent=())
    send(period, subject=SUBJECT)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    with path.open("ab") as file:
        file.write(mbox_of(other()))
    decided, left = told(period.settle_from_mailbox(path, complete_until=later()))
    assert decided == {}
    assert left[4].endswith("may be the statement, or another one")


def test_a_subject_on_several_lines_or_encoded_is_compared(period: Period, emulator: Emulator, tmp_path: Path) -> None:
    lose_responses(emulator, sent=(), not_sent=(2, 4))
    subject = "Kontoauszug für November: " + "sehr lang " * 20
    send(period, subject=subject)
    path = tmp_path / "archive.mbox"
    path.write_bytes(mbox_of(message("4@EXAMPLE.com", Subject=subject), message("2@example.com", Subject=subject[:90])))
    decided, left = told(period.settle_from_mailbox(path))
    assert (decided, [*left]) == ({4: "sent"}, [2])


def test_one_message_is_the_copy_of_one_statement_only(
    account: tuple[Emulator, Statements], period: Period, tmp_path: Path
) -> None:
    emulator, statements = account
    for id in (2, 3, 4):
        statements._client.request("PATCH", ("customers", id), {"email": "shared@example.com"})
    lose_responses(emulator, sent=(2,), not_sent=(4,))
    send(period, [2, 4, 5])
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    decided, left = told(period.settle_from_mailbox(path))
    assert (decided, [*left]) == ({}, [2, 4])  # there is one copy, of either


@pytest.mark.parametrize("keeps_ids", [True, False], ids=["with its Message-ID", "with another Message-ID"])
def test_the_copy_of_a_statement_that_was_certainly_sent_is_not_that_of_another(
    keeps_ids: bool, account: tuple[Emulator, Statements], period: Period, tmp_path: Path
) -> None:
    emulator, statements = account
    for id in (3, 4):
        statements._client.request("PATCH", ("customers", id), {"email": "shared@example.com"})
    lose_responses(emulator, sent=(), not_sent=(4,))
    send(period, [3, 4])
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    if not keeps_ids:
        path.write_bytes(path.read_bytes().replace(b"Message-ID: <", b"Message-ID: <x"))
    decided, left = told(period.settle_from_mailbox(path))
    assert (decided, [*left]) == ({}, [4])


def test_a_statement_to_contacts_is_recognized(
    account: tuple[Emulator, Statements], period: Period, tmp_path: Path
) -> None:
    emulator, statements = account
    statements._client.Customer.retrieve(2).contacts().create(name="A", email="A@example.com")
    lose_responses(emulator)
    send(period)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    assert told(period.settle_from_mailbox(path))[0] == {2: "sent"}


def test_the_copy_of_a_later_run_does_not_settle_an_earlier_one(
    account: tuple[Emulator, Statements], period: Period, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator, statements = account
    lose_responses(emulator, sent=(), not_sent=(4,))
    send(period)
    now = time.time
    monkeypatch.setattr("time.time", lambda: now() + 2 * 3600)
    emulator.advance(2 * 3600)
    emulator.fail("POST /customers/4/emails", connection="reset", committed=True)
    reminder = statements.period("2026-11", "reminder-1")
    send(reminder)
    path = outbox_as_mbox(emulator, tmp_path / "archive.mbox")
    assert told(period.settle_from_mailbox(path)) == ({}, {4: "no message to 4@example.com"})
    assert told(reminder.settle_from_mailbox(path)) == ({4: "sent"}, {})


# Files that anybody may have written


def test_headers_are_shown_on_one_line_without_control_characters(
    period: Period, emulator: Emulator, tmp_path: Path
) -> None:
    lose_responses(emulator, sent=())
    send(period)
    path = tmp_path / "archive.mbox"
    head = (
        b"To: 4@example.com\nSubject: =?utf-8?q?A=0A=1B[2JB=E2=80=AE?=\nMessage-ID: <a\x1b[31m\xff@x>\n"
        b"Date: " + format_datetime(datetime.now(timezone.utc)).encode() + b"\n\nbody"
    )
    path.write_bytes(mbox_of(head))
    ((result,), _) = period.settle_from_mailbox(path)
    assert result.outcome == "sent"
    assert result.reason.isprintable()


def test_only_what_is_a_mailbox_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "archive.mbox"
    for content in (b"To: a@b.c\n\nbody", b"%PDF-1.4\n", b"\x00" * 2**20, b"From nobody\nTo: a@b.c\n\n"):
        path.write_bytes(content)
        with pytest.raises(RunError, match="not a mailbox file"):
            list(read_mailbox(path))
    path.write_bytes(b"")
    assert list(read_mailbox(path)) == []
    with pytest.raises(RunError, match="Cannot read"):
        list(read_mailbox(tmp_path / "missing"))
    with pytest.raises(RunError, match="Cannot read"):
        list(read_mailbox(tmp_path))
    path.write_bytes(mbox_of(*[message("a@b.c")] * 3))
    monkeypatch.setattr(mailbox, "MAX_MESSAGES", 2)
    with pytest.raises(RunError, match="more than 2 messages"):
        list(read_mailbox(path))
    monkeypatch.setattr(mailbox, "MAX_FILE", 100)
    with pytest.raises(RunError, match="more than 100 bytes"):
        list(read_mailbox(path))


def test_a_body_is_not_taken_for_headers_whatever_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    body = (
        b"x" * (2**16 - 1)
        + b"\nTo: evil@example.com\n"
        + b"y" * 2**17
        + b"From a Mon Nov 30 10:00:00 2026\nTo: b@c.d\n"
    )
    path.write_bytes(mbox_of(bytes(message("a@b.c")) + body, message("b@b.c")))
    assert [sorted(each.recipients) for each in read_mailbox(path)] == [["a@b.c"], ["b@b.c"]]


@pytest.mark.parametrize(
    "headers",
    [
        b"To: " + b"(" * 10_000,
        b"To: " + b"<" * 10_000,
        b"To: " + b"a@b.c," * 2_000,
        b"To: " + b'"' * 9_999,
        b"To: a@b.c\n" * 5_000,
        b"Subject: " + b"=?utf-8?q?=FF?=" * 5_000,
        b"Subject: =?no-such-charset?q?a?=\nDate: Mon, 99 Foo 99999999999 99:99:99 +9999999",
        b"Date: Fri, 31 Dec 9999 23:59:59 -2359",
        b"\xff\xfe: \x00\n: x\n\n",
        b"To: =?utf-8?b?" + b"A" * 9_999,
    ],
    ids=lambda headers: headers[:20],
)
def test_hostile_headers_are_read_in_little_time(headers: bytes, tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    path.write_bytes(mbox_of(*[headers + b"\n\n"] * 20))
    started = time.process_time()
    messages = list(read_mailbox(path))
    assert len(messages) == 20
    assert time.process_time() - started < 20
    assert all(str(each).isprintable() for each in messages)
