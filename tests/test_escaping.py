"""Texts of the API, of files and of arguments are spelled out in errors, reasons and logs, on one line each."""

from __future__ import annotations

import json
import logging
import math
import pickle
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st
from raw_server import RawServer

import invoiced
from invoiced.display.escaping import MAX_MARKS, escaped, one_line
from invoiced.journals import JournalError
from invoiced.ledger import LedgerError
from invoiced.ledger.entries import Entry
from invoiced.runs import CustomerRef, PlanError, RunError, RunStopped
from invoiced.runs.results import result_of_entry
from invoiced.statements import Statements
from invoiced.tables import TableError, read_table
from invoiced.webhooks import SignatureError

CONTROLS = [
    *map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *"\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff",
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", *"\u2028\u2029\ud800\udfff\U000e0001\U000e0041",
]  # fmt: skip
HOSTILE = "".join(f"{number}{character}" for number, character in enumerate(CONTROLS))
FORGED = "done\r\n2026-11-27 INFO all paid\x1b[2J\x9b2K\u202e\u200b\u2028x"


def is_one_line(text: str) -> bool:
    return text.isprintable() and len(text.splitlines()) == 1


@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_a_control_character_is_spelled_out(character: str) -> None:
    assert one_line(f"a{character}b").isprintable()
    assert one_line(f"a{character}b")[1:-1] in (" ", character.encode("unicode_escape").decode())
    assert character == "\n" or escaped(f"a{character}b").isprintable()


def test_what_people_write_is_shown_as_it_is() -> None:
    for text in ("Zoë 日本 שלום مرحبا", "❤️", "नमस्ते", "ที่นี่", "[red]A[/red] C:\\new", "e\u0301"):
        assert one_line(text) == escaped(text) == text
    assert escaped("a\n1\xa0000 日本\u3000株") == "a\n1\xa0000 日本\u3000株"


def test_a_flood_of_combining_marks_is_spelled_out() -> None:
    shown = one_line("e" + "\u0301" * 10_000)
    assert sum(map(unicodedata.combining, shown)) == 230 * MAX_MARKS


@given(st.text(st.characters()) | st.text(st.sampled_from(CONTROLS)))
def test_any_text_becomes_one_printable_line_and_stays_the_same_if_repeated(text: str) -> None:
    assert one_line(text).isprintable()
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters()) | st.text(st.sampled_from(CONTROLS)))
def test_escaped_json_stays_the_same_json(text: str) -> None:
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # JSON reads pairs as a character
    shown = escaped(json.dumps({text: [text]}, ensure_ascii=False, indent=1))
    assert json.loads(shown) == {text: [text]}
    assert all(character.isprintable() or character.isspace() for character in shown)


def all_errors() -> list[type[invoiced.InvoicedError]]:
    found = [invoiced.InvoicedError]
    for cls in found:
        found += cls.__subclasses__()
    return found


@pytest.mark.parametrize("cls", all_errors())
@pytest.mark.parametrize("place", ["message", "param", "path", "method", "advice", "idempotency_key"])
def test_every_error_is_one_line_and_keeps_its_attributes(cls: type[invoiced.InvoicedError], place: str) -> None:
    attributes: dict[str, Any] = {"message": "No.", "method": "POST", "path": "/a", "status_code": 502, place: HOSTILE}
    error = cls(**attributes)
    assert is_one_line(str(error))
    assert getattr(error, place) == HOSTILE
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_an_error_of_the_api_forges_no_lines_of_a_log(
    status: int, api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    body = {"type": FORGED, "message": FORGED, "param": "a\nb"}
    api.post("https://api.invoiced.com/customers", status=status, json=body)
    with pytest.raises(invoiced.InvoicedError) as caught:
        invoiced.Client("key", max_retries=0).Customer.create(name="Acme")
    logging.error("%s", caught.value)
    assert is_one_line(caplog.messages[-1])
    assert caught.value.message == FORGED
    assert caught.value.param == "a\nb"


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 418 \x1b[2J\x9b\x07 x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/\x1b[2J\x9b\r\nContent-Length: 1\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J\x9b\r\nContent-Length: 2\r\n\r\n{}",
        b"\x1b[2J\x9b\r\n\r\n",
    ],
    ids=["reason", "type", "encoding", "no http"],
)
def test_what_a_server_sends_instead_of_a_record_is_one_line(reply: bytes) -> None:
    with RawServer(reply) as server, invoiced.Client("key", base_url=server.url, max_retries=0) as client:
        with pytest.raises(invoiced.InvoicedError) as caught:
            client.Customer.retrieve(1)
    assert is_one_line(str(caught.value))


@pytest.mark.parametrize(
    "cls", [RunError, LedgerError, JournalError, RunStopped, PlanError, TableError, SignatureError]
)
def test_errors_of_runs_tables_and_webhooks_are_one_line(cls: type[Exception]) -> None:
    assert is_one_line(str(cls(HOSTILE)))
    assert cls(HOSTILE).args[0] == HOSTILE


def test_a_plan_error_has_one_line_for_each_row() -> None:
    error = PlanError("2 rows cannot be sent.", [f"Row 1, {FORGED}", f"Row 2, {FORGED}"])
    assert [line[:5] for line in str(error).split("\n")] == ["2 row", "Row 1", "Row 2"]
    assert all(map(is_one_line, str(error).split("\n")))


def test_reasons_and_customers_are_one_line() -> None:
    texts = {name: HOSTILE for name in ("customer_number", "customer_name", "customer_email", "reason")}
    fields: dict[str, Any] = {**dict.fromkeys(Entry._fields), "state": "failed", "details": "{}", **texts}
    result = result_of_entry(Entry(**fields))
    assert is_one_line(result.reason)
    assert is_one_line(f"{result.customer}")
    assert result.customer.name == HOSTILE
    assert is_one_line(str(CustomerRef(email=FORGED)))


def test_the_problems_of_a_plan_and_the_log_of_a_run_are_one_line(
    api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "invoiced")
    customer = {"id": 1, "name": FORGED, "number": "N", "email": "a@example.com", "created_at": 1}
    headers = {"X-Total-Count": "1", "Link": '<https://a/?page=1>; rel="self"'}
    api.get("https://api.invoiced.com/customers", json=[customer], headers=headers)
    url = "https://api.invoiced.com/customers/1/emails"
    api.post(url, status=429, json={"message": FORGED}, headers={"Retry-After": "0"})
    api.post(url, status=400, json={"message": FORGED})
    period = Statements(invoiced.Client("key").with_options(rate=math.inf)).period("2026-11")
    plan = period.plan([{"number": "N"}, {"number": FORGED}], by="number")
    assert [is_one_line(row.problem) for row in plan if row.problem] == [True]
    for results in ([*period.send(plan)], [*period.results()]):
        assert {result.outcome for result in results} == {"failed", "invalid"}
        assert all(is_one_line(result.reason) for result in results)
    assert any("pauses" in message for message in caplog.messages)
    assert all(map(is_one_line, caplog.messages))


def test_an_error_of_a_table_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        list(read_table(b"a,b\n1,2\x1b[2J\n", name=f"x{FORGED}.csv"))  # type: ignore[arg-type]
    assert is_one_line(str(caught.value))


def test_a_record_is_printed_without_control_characters(client: invoiced.Client) -> None:
    record = invoiced.Customer(client, 1, {"name": HOSTILE, HOSTILE: {"a": HOSTILE}})
    for shown in (str(record), repr(record)):
        assert all(line.isprintable() for line in shown.split("\n"))
        assert json.loads(shown[shown.index("{") :])["name"] == HOSTILE
    strange = invoiced.Customer(client, FORGED)
    assert all(line.isprintable() for line in repr(strange).split("\n"))
    assert all(line.isprintable() for line in record._repr_html_().split("\n"))
