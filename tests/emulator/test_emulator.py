"""The emulator in a program: starting and stopping, the in-process adapter and data files."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from invoiced.emulator import Emulator

AUTH = ("key", "")


def _names(emulator: Emulator) -> list[str]:
    response = requests.get(f"{emulator.url}/customers", auth=AUTH)
    return [customer["name"] for customer in response.json()]


def _create(emulator: Emulator, **values: Any) -> None:
    assert requests.post(f"{emulator.url}/customers", json=values, auth=AUTH).status_code == 201


def test_a_stopped_emulator_does_not_have_a_url() -> None:
    emulator = Emulator()
    with pytest.raises(RuntimeError, match="started"):
        _ = emulator.url
    with emulator:
        assert emulator.url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="started"):
        _ = emulator.url


def test_start_and_stop_can_be_called_repeatedly_and_keep_the_records() -> None:
    emulator = Emulator()
    emulator.stop()
    assert emulator.start() is emulator.start()
    _create(emulator, name="Acme")
    emulator.stop()
    emulator.stop()
    with emulator:
        assert _names(emulator) == ["Acme"]


def test_the_outbox_can_be_read_after_the_stop() -> None:
    with Emulator() as emulator:
        _create(emulator, name="Acme", email="billing@acmecorp.com")
        requests.post(f"{emulator.url}/customers/1/emails", auth=AUTH)
    assert [email["email"] for email in emulator.outbox] == ["billing@acmecorp.com"]


def test_two_emulators_do_not_share_records() -> None:
    with Emulator() as first, Emulator() as second:
        _create(first, name="Acme")
        assert (_names(first), _names(second)) == (["Acme"], [])


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


def test_the_adapter_does_not_need_a_server() -> None:
    session = requests.Session()
    session.mount("https://api.invoiced.com", Emulator().adapter())
    response = session.post("https://api.invoiced.com/customers", json={"name": "Acme"}, auth=AUTH)
    assert (response.status_code, response.reason, response.ok) == (201, "Created", True)
    assert response.url == "https://api.invoiced.com/customers"
    assert response.headers["content-type"] == "application/json"
    assert response.encoding == "utf-8"
    assert response.json()["name"] == "Acme"
    assert response.elapsed.total_seconds() > 0
    assert response.request.method == "POST"
    links = session.get("https://api.invoiced.com/customers", auth=AUTH).links
    assert (
        links["self"]["url"]
        == "https://api.invoiced.com/customers?sort=&paginate=offset&updated_before=0&updated_after=0&page=1"
    )


def test_the_adapter_and_the_server_use_the_same_records() -> None:
    with Emulator() as emulator:
        session = requests.Session()
        session.mount("http://emulator.invalid", emulator.adapter())
        session.post("http://emulator.invalid/customers", json={"name": "Acme"}, auth=AUTH)
        assert _names(emulator) == ["Acme"]


def test_a_data_file_keeps_records_outbox_and_balances(tmp_path: Path) -> None:
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
        assert requests.get(f"{emulator.url}/customers/2", auth=AUTH).json()["number"] == "CUST-00002"


def test_a_file_read_after_the_stop_is_closed_again(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        _create(emulator, name="Acme", email="billing@acmecorp.com")
        requests.post(f"{emulator.url}/customers/1/emails", auth=AUTH)
    assert len(emulator.outbox) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["data.db"]  # SQLite has more files while the database is open
    data.unlink()
    with pytest.raises(OSError, match="has been removed"):
        _ = emulator.outbox
    with pytest.raises(OSError, match="has been removed"):
        emulator.start()
    assert list(tmp_path.iterdir()) == []


def test_a_data_file_is_not_created_if_the_port_is_in_use(tmp_path: Path) -> None:
    with Emulator() as other, pytest.raises(OSError, match="in use"):
        Emulator(data=tmp_path / "data.db", port=urlsplit(other.url).port or 0).start()
    assert list(tmp_path.iterdir()) == []


def test_several_emulators_can_open_a_new_file_at_once(tmp_path: Path) -> None:
    for index in range(10):
        barrier = threading.Barrier(4)

        def start(_: int, index: int = index, barrier: threading.Barrier = barrier) -> Emulator:
            barrier.wait()
            return Emulator(data=tmp_path / f"{index}.db").start()

        with ThreadPoolExecutor(4) as threads:
            emulators = list(threads.map(start, range(4)))
        for emulator in emulators:
            _create(emulator, name="Acme")
        for emulator in emulators:
            assert len(_names(emulator)) == 4
            emulator.stop()


def test_reads_do_not_wait_for_a_writer_but_writes_do(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator, ThreadPoolExecutor(1) as other:
        _create(emulator, name="First")
        with closing(sqlite3.connect(data, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert _names(emulator) == ["First"]
            write = other.submit(_create, emulator, name="Second")
            assert not write.done()
            writer.execute("ROLLBACK")
            write.result()
        assert _names(emulator) == ["First", "Second"]


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_an_invalid_port_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        Emulator(port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1", "localhost"])
def test_the_url_is_local_for_any_host(host: str) -> None:
    with Emulator(host=host) as emulator:
        assert urlsplit(emulator.url).hostname in ("127.0.0.1", "localhost")
        assert _names(emulator) == []


def test_an_invalid_host_is_refused() -> None:
    for host in ("a" * 70, "a\0b"):
        with pytest.raises(OSError, match=r"not a valid host name|not known"):
            Emulator(host=host).start()


def test_a_file_of_another_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text", tmp_path / "foreign.db"
    text.write_text("not a database, but as long as the header of a database" * 50)
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
        for number in range(100):
            _create(emulator, name=f"Customer {number}")
    content = bytearray(data.read_bytes())
    content[8192:32768] = b"\xff" * (32768 - 8192)
    data.write_bytes(content)
    with pytest.raises(OSError, match=r"cannot use the data file .*: it is damaged: .*") as refused:
        Emulator(data=data)
    assert "\n" not in str(refused.value)


def test_a_file_that_cannot_be_created_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot open the data file"):
        Emulator(data=tmp_path / "missing" / "data.db")


def test_a_data_file_of_an_earlier_version_is_used(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with Emulator(data=path) as emulator:
        requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=("key", ""))
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "DROP INDEX records_by_customer; DROP INDEX records_by_subscription; DROP TABLE schedule;"
            "PRAGMA user_version = 2"
        )
    with Emulator(data=path) as emulator:
        (customer,) = requests.get(f"{emulator.url}/customers", auth=("key", "")).json()
        invoice = requests.post(f"{emulator.url}/invoices", json={"customer": customer["id"]}, auth=("key", ""))
    assert (customer["name"], invoice.status_code) == ("Acme", 201)
