"""Snapshots: the records, written to and loaded from lines of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

AUTH = ("key", "")


def _fill(emulator: Emulator) -> None:
    """Create records of every kind."""
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.auth = AUTH
        for name in ("Zoë\u2028", "Acme", "Gone"):
            body = f'{{"name": "{name}", "email": "a@example.com", "metadata": {{"amount": 0.10}}}}'.encode()
            headers = {"Content-Type": "application/json", "Idempotency-Key": name.encode().hex()}
            assert session.post("http://emulator/customers", data=body, headers=headers).status_code == 201
        assert session.post("http://emulator/customers/2/contacts", json={"name": "Nancy"}).status_code == 201
        assert session.post("http://emulator/customers/2/emails").status_code == 201
        assert session.delete("http://emulator/customers/3").status_code == 204
    emulator.set_balance(2, available_credits=0.1, total_outstanding=1234567890123456789)


def _observe(emulator: Emulator) -> list[Any]:
    """Return the contents of the emulator as seen through the API."""
    with requests.Session() as session:
        session.mount("http://", emulator.adapter())
        session.auth = AUTH
        paths = ("/customers", "/customers/2/contacts", "/customers/2/balance", "/customers?sort=name+desc")
        lists = [session.get(f"http://emulator{path}") for path in paths]
        body = '{"name": "Acme", "email": "a@example.com", "metadata": {"amount": 0.10}}'
        headers = {"Content-Type": "application/json", "Idempotency-Key": b"Acme".hex()}
        replay = session.post("http://emulator/customers", data=body, headers=headers)
        assert not emulator.requests[-1].processed
        return [[response.text, response.headers.get("Link")] for response in (*lists, replay)] + emulator.outbox


def test_an_emulator_with_a_loaded_snapshot_responds_the_same(tmp_path: Path) -> None:
    emulator, other = Emulator(), Emulator()
    _fill(emulator)
    emulator.snapshot(tmp_path / "state.jsonl")
    _fill(other)
    other.load(str(tmp_path / "state.jsonl"))
    assert _observe(other) == _observe(emulator)
    other.snapshot(tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "state.jsonl").read_bytes()


def test_ids_and_numbers_continue_after_loading(tmp_path: Path) -> None:
    emulator, other = Emulator(seed=7), Emulator(seed=7)
    _fill(emulator)
    emulator.snapshot(tmp_path / "state.jsonl")
    other.load(tmp_path / "state.jsonl")
    created = []
    for instance in (emulator, other):
        instance.set_time(0)
        with requests.Session() as session:
            session.mount("http://", instance.adapter())
            created.append(session.post("http://emulator/customers", json={"name": "New"}, auth=AUTH).json())
    assert created[0] == created[1]
    assert (created[0]["id"], created[0]["number"]) == (5, "CUST-00004")


def test_a_snapshot_is_readable_json_lines_without_the_host(emulator: Emulator, customer: Any, tmp_path: Path) -> None:
    emulator.set_balance(1, due_now=0.5)
    emulator.snapshot(tmp_path / "state.jsonl")
    lines = (tmp_path / "state.jsonl").read_text("utf-8").splitlines()
    assert lines[0] == '{"counter": "customer number", "last": 1}'
    link = urlsplit(customer["statement_pdf_url"]).path
    body = {**customer, "statement_pdf_url": link, "statement_url": None, "disabled_payment_methods": []}
    assert json.loads(lines[3]) == {"type": "customer", "id": 1, "parent": None, "body": body}
    balance = {"type": "balance", "id": "1 usd", "parent": 1, "body": {"due_now": 0.5, "currency": "usd"}}
    assert balance in map(json.loads, lines)


def test_an_empty_file_is_an_empty_snapshot(emulator: Emulator, customer: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n \n")
    emulator.load(tmp_path / "empty")
    assert requests.get(f"{emulator.url}/customers", auth=AUTH).json() == []


VALID = '{"type": "customer", "id": 5, "parent": null, "body": {"id": 5, "number": "A"}}'


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nonsense", "Expecting value"),
        ("[" * 100_000, "nested"),
        ("[]", "expected an object"),
        ("{}", "expected an object"),
        ('{"counter": "id"}', "expected an object"),
        ('{"counter": "id", "last": 1.5}', "invalid last"),
        ('{"counter": "id", "last": true}', "invalid last"),
        (f'{{"counter": "id", "last": {2**63}}}', "invalid last"),
        ('{"type": "customer", "id": 5, "parent": null, "body": {}, "more": 1}', "expected an object"),
        ('{"type": "customer", "id": 6, "parent": null, "body": []}', "invalid body"),
        ('{"type": "customer", "id": null, "parent": null, "body": {}}', "invalid id"),
        ('{"type": "customer", "id": 6, "parent": 1.5, "body": {"id": 6}}', "invalid parent"),
        ('{"type": "customer", "id": 6, "parent": null, "body": {"id": 7}}', "id in its body is different"),
        ('{"type": "customer", "id": 6, "parent": null, "body": {"id": 6, "name": NaN}}', "NaN"),
        ('{"type": "customer", "id": 6, "parent": null, "body": {"id": 6, "name": "\\ud800"}}', "surrogates"),
        ('{"type": "walrus", "id": 6, "parent": null, "body": {"id": 6}}', "walrus"),
        (VALID, "same name, id or number"),
        (VALID.replace("5", "6"), "same name, id or number"),
    ],
)
def test_an_invalid_line_is_named_and_nothing_is_loaded(
    api: requests.Session, emulator: Emulator, customer: Any, tmp_path: Path, line: str, problem: str
) -> None:
    text = f"{VALID}\n\n{line}\n"
    (tmp_path / "bad").write_text(text)
    with pytest.raises(ValueError, match=f"Line 3 of the snapshot is invalid: .*{problem}"):
        emulator.load(tmp_path / "bad")
    response = requests.put(f"{emulator.url}/_emulator/snapshot", data=text.encode())
    assert response.status_code == 400
    assert problem in response.json()["message"]
    assert api.get("/customers").json() == [customer]


def test_bytes_that_are_not_utf_8_are_refused(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        emulator.load(tmp_path / "bad")
    assert requests.put(f"{emulator.url}/_emulator/snapshot", data=b"\xff").status_code == 400


def test_a_snapshot_can_be_read_and_loaded_over_http(tmp_path: Path) -> None:
    with Emulator() as emulator, Emulator(data=tmp_path / "data.db") as other:
        _fill(emulator)
        snapshot = requests.get(f"{emulator.url}/_emulator/snapshot")
        assert snapshot.headers["Content-Type"] == "application/x-ndjson"
        assert requests.put(f"{other.url}/_emulator/snapshot", data=snapshot.content).status_code == 204
        assert _observe(other) == _observe(emulator)


def test_loading_keeps_rules_log_and_clock_and_forgets_lists(emulator: Emulator, tmp_path: Path) -> None:
    requests.get(f"{emulator.url}/customers?page=100", auth=AUTH)
    emulator.fail("GET /nothing", status=500)
    emulator.set_time(5)
    emulator.snapshot(tmp_path / "state.jsonl")
    emulator.load(tmp_path / "state.jsonl")
    assert (len(emulator.faults), len(emulator.requests), emulator.now) == (1, 1, 5)
    assert requests.get(f"{emulator.url}/customers?page=101", auth=AUTH).status_code == 400


def test_a_handwritten_line_may_omit_fields(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(
        b'\xef\xbb\xbf{"type": "customer", "id": 7, "parent": null, "body": {"id": 7, "name": "Acme"}}\r\n'
        b'{"type": "contact", "id": 9, "parent": 7, '
        b'"body": {"id": 9, "name": "Nancy", "email": "n@example.com", "primary": true}}\n'
    )
    emulator.load(tmp_path / "short")
    with invoiced.Client("key", base_url=emulator.url) as client:
        acme = client.Customer.retrieve(7)
        acme.send_statement()
        assert [email["email"] for email in emulator.outbox] == ["n@example.com"]
        assert emulator.set_balance(7, due_now=1)["due_now"] == 1
        assert acme.balance().due_now == 1
        assert client.Customer.create(name="Next").id == 10


@pytest.mark.parametrize(
    "line",
    [
        '{"counter": "id", "last": -5}',
        '{"counter": "id", "last": 9223372036854775807}',
        '{"counter": "ids", "last": 5}',
        '{"counter": "id", "last": "\xff"}',
    ],
)
def test_the_error_names_the_line_of_an_invalid_counter(line: str, emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(f'{{"counter": "token", "last": 5}}\n{line}'.encode("latin-1"))
    with pytest.raises(ValueError, match="Line 2"):
        emulator.load(tmp_path / "bad")


def test_an_empty_body_over_http_is_refused(api: requests.Session, emulator: Emulator, customer: Any) -> None:
    assert requests.put(f"{emulator.url}/_emulator/snapshot").status_code == 400
    assert emulator.requests.to("POST /customers")
    assert api.get("/customers").json() == [customer]
