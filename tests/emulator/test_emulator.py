"""The emulator as programs hold it: started, stopped, in process, in a file."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from invoiced.emulator import Emulator

AUTH = ("key", "")


def _names(emulator: Emulator) -> list[str]:
    answer = requests.get(f"{emulator.url}/customers", auth=AUTH)
    return [customer["name"] for customer in answer.json()]


def _create(emulator: Emulator, **values: Any) -> None:
    assert requests.post(f"{emulator.url}/customers", json=values, auth=AUTH).status_code == 201


def test_there_is_no_url_before_the_start_and_after_the_stop() -> None:
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="started"):
        _ = emulator.url
    with emulator:
        assert emulator.url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="started"):
        _ = emulator.url


def test_start_and_stop_can_be_repeated_and_forget_nothing() -> None:
    emulator = Emulator()
    emulator.stop()
    assert emulator.start() is emulator.start()
    _create(emulator, name="Acme")
    emulator.stop()
    emulator.stop()
    with emulator:
        assert _names(emulator) == ["Acme"]


def test_what_was_sent_can_be_read_after_the_stop() -> None:
    with Emulator() as emulator:
        _create(emulator, name="Acme", email="billing@acmecorp.com")
        requests.post(f"{emulator.url}/customers/1/emails", auth=AUTH)
    assert [email["email"] for email in emulator.outbox] == ["billing@acmecorp.com"]


def test_two_emulators_share_nothing() -> None:
    with Emulator() as one, Emulator() as other:
        _create(one, name="Acme")
        assert (_names(one), _names(other)) == (["Acme"], [])


def test_stop_closes_connections_and_ends_threads() -> None:
    before = set(threading.enumerate())
    with Emulator() as emulator, requests.Session() as session:
        url = f"{emulator.url}/customers"
        session.get(url, auth=AUTH)
        emulator.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(url, auth=AUTH)
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()


def test_the_adapter_needs_no_server() -> None:
    session = requests.Session()
    session.mount("https://api.invoiced.com", Emulator().adapter())
    answer = session.post("https://api.invoiced.com/customers", json={"name": "Acme"}, auth=AUTH)
    assert (answer.status_code, answer.reason, answer.ok) == (201, "Created", True)
    assert answer.url == "https://api.invoiced.com/customers"
    assert answer.headers["content-type"] == "application/json"
    assert answer.encoding == "utf-8"
    assert answer.json()["name"] == "Acme"
    assert answer.elapsed.total_seconds() > 0
    assert answer.request.method == "POST"
    links = session.get("https://api.invoiced.com/customers", auth=AUTH).links
    assert links["self"]["url"] == "https://api.invoiced.com/customers?page=1"


def test_both_doors_lead_to_the_same_records() -> None:
    with Emulator() as emulator:
        session = requests.Session()
        session.mount("http://emulator.invalid", emulator.adapter())
        session.post("http://emulator.invalid/customers", json={"name": "Acme"}, auth=AUTH)
        assert _names(emulator) == ["Acme"]


def test_a_data_file_keeps_everything(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        _create(emulator, name="Acme", email="billing@acmecorp.com")
        requests.post(f"{emulator.url}/customers/1/emails", auth=AUTH)
        emulator.set_balance(1, available_credits=5)
    with Emulator(data=data) as emulator:
        _create(emulator, name="Second")
        assert _names(emulator) == ["Acme", "Second"]
        assert len(emulator.outbox) == 1
        assert requests.get(f"{emulator.url}/customers/1/balance", auth=AUTH).json()["available_credits"] == 5
        assert requests.get(f"{emulator.url}/customers/2", auth=AUTH).json()["number"] == "CUST-0002"


def test_a_file_that_is_not_the_emulators_is_refused_and_left_alone(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text", tmp_path / "foreign.db"
    text.write_text("not a database, but long enough to be looked at as one" * 50)
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE records (id INTEGER)")
    connection.close()
    for path in (text, foreign):
        content = path.read_bytes()
        with pytest.raises(OSError, match=r"cannot use the data file .*not a database"):
            Emulator(data=path)
        assert path.read_bytes() == content


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        for place in range(100):
            _create(emulator, name=f"Customer {place}")
    content = bytearray(data.read_bytes())
    content[8192:32768] = b"\xff" * (32768 - 8192)
    data.write_bytes(content)
    with pytest.raises(OSError, match="cannot use the data file"):
        Emulator(data=data)


def test_a_file_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot open the data file"):
        Emulator(data=tmp_path / "missing" / "data.db")
