"""`python -m invoiced.emulator`, run as a separate process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from raw_server import RawServer
from waiting import wait_until

from invoiced.emulator import Emulator
from invoiced.emulator.sample.people import ITEMS

ROOT = Path(__file__).parents[2]
AUTH = ("key", "")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Yield a function that starts the command. Processes still running at the end of the test are killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "invoiced.emulator", *map(str, arguments)]
        process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _url(process: subprocess.Popen[str]) -> str:
    """Return the URL that the command prints when it listens."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.fullmatch(r"The Invoiced API emulator listens on (http://\S+) \(data: (.+)\)\n", line)
    assert found, line
    return found[1]


def _names(url: str) -> list[str]:
    return [customer["name"] for customer in requests.get(f"{url}/customers", auth=AUTH).json()]


def test_the_emulator_accepts_requests_once_it_has_printed_its_url(start: Start) -> None:
    assert requests.get(f"{_url(start('--port', 0))}/_emulator/outbox").json() == []


def test_every_acknowledged_write_survives_a_kill(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    process = start("--port", 0, "--data", data)
    url, names = _url(process), [f"Customer {number}" for number in range(20)]
    for name in names:
        body = {"name": name, "email": "a@example.com"}
        assert requests.post(f"{url}/customers", json=body, auth=AUTH).status_code == 201
    assert requests.post(f"{url}/customers/1/emails", auth=AUTH).status_code == 201
    process.kill()
    process.wait()
    url = _url(start("--port", 0, "--data", data))
    assert _names(url) == names
    assert len(requests.get(f"{url}/_emulator/outbox").json()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_emulator_cleanly(start: Start, number: signal.Signals) -> None:
    process = start("--port", 0)
    with requests.Session() as session:
        session.get(f"{_url(process)}/customers", auth=AUTH)
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_a_port_in_use_prints_one_line_and_exits_with_1(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start("--port", taken.getsockname()[1])
        output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch(r"The emulator cannot start: .*in use.*\n", errors)


def test_an_invalid_host_prints_one_line_and_exits_with_1(start: Start) -> None:
    process = start("--port", 0, "--host", "a" * 70)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch(r"The emulator cannot start: .* is not a valid host name\n", errors)


@pytest.mark.parametrize("host", ["", "[::1]", "http://0.0.0.0", "0.0.0.0:8065", "emulator.invalid"])
def test_an_unknown_host_is_named(start: Start, host: str) -> None:
    process = start("--port", 0, "--host", host)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output) == (1, "")
    assert re.fullmatch(f"The emulator cannot start: the host {re.escape(repr(host))} is not known, .*\n", errors)


def test_a_file_name_can_be_more_than_the_locale_allows(tmp_path: Path) -> None:
    data = tmp_path / "M\u00e4rz.db"
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "invoiced.cli", "emulator", "--port", "0", "--data", data]
    with subprocess.Popen(command, cwd=ROOT, env=ascii_only, stdout=subprocess.PIPE, text=True) as process:
        _url(process)
        process.terminate()
        assert process.wait(10) == 0
    assert data.exists()


@pytest.mark.parametrize("package", ["jsonschema", "waitress", "werkzeug"])
def test_a_missing_extra_prints_one_line_and_exits_with_1(tmp_path: Path, package: str) -> None:
    (tmp_path / f"{package}.py").write_text(f"raise ModuleNotFoundError(name={package!r})")
    command = [sys.executable, "-m", "invoiced.emulator"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    completed = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=30)
    assert (completed.returncode, completed.stdout) == (1, "")
    assert completed.stderr == f'The emulator needs {package}: run pip install ".[emulator]" in the checkout\n'


def test_an_unusable_data_file_prints_one_line_and_exits_with_1(start: Start, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("something else" * 100)
    for data in (foreign, tmp_path / "missing" / "data.db", tmp_path):
        process = start("--port", 0, "--data", data)
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output) == (1, "")
        assert re.fullmatch(rf"The emulator cannot start: .*{re.escape(str(data))}.*\n", errors)


@pytest.mark.parametrize("arguments", [["--port", "x"], ["--port", "65536"], ["--nothing"]])
def test_invalid_arguments_exit_with_2(start: Start, arguments: list[str]) -> None:
    process = start(*arguments)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "Traceback" not in errors
    assert len(errors) < 500


def test_idempotency_can_be_switched_off(start: Start) -> None:
    url = _url(start("--port", 0, "--no-idempotency"))
    for _ in range(2):
        requests.post(f"{url}/customers", json={"name": "Acme"}, auth=AUTH, headers={"Idempotency-Key": "key-001"})
    assert _names(url) == ["Acme", "Acme"]


@pytest.mark.parametrize(("limit", "statuses"), [(1, [429, 429]), (2, [200, 200]), (0, [200, 200])])
def test_the_number_of_requests_in_flight_can_be_changed(start: Start, limit: int, statuses: list[int]) -> None:
    url = _url(start("--port", 0, "--max-concurrency", limit))
    rule = {"request": "GET /customers", "latency": 60}
    requests.post(f"{url}/_emulator/faults", json=rule)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.get, f"{url}/customers", auth=AUTH)
        wait_until(lambda: requests.get(f"{url}/_emulator/faults").json()[0]["hits"])
        assert [requests.get(f"{url}/customers", auth=AUTH).status_code for _ in range(2)] == statuses
        requests.post(f"{url}/_emulator/reset")
        assert slow.result().status_code == 200


def test_an_impossible_number_of_requests_in_flight_exits_with_1(start: Start) -> None:
    process = start("--port", 0, "--max-concurrency", -1)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 1
    assert errors.startswith("The emulator cannot start: invalid max_concurrency -1")


def test_the_emulator_loads_a_snapshot_and_generates_the_same_ids_for_a_seed(start: Start, tmp_path: Path) -> None:
    snapshot = tmp_path / "state.jsonl"
    snapshot.write_text('{"type": "customer", "id": 5, "parent": null, "body": {"id": 5, "name": "Acme"}}\n')
    urls = [_url(start("--port", 0, "--seed", 7, "--load", snapshot)) for _ in range(2)]
    assert [_names(url) for url in urls] == [["Acme"]] * 2
    created = [requests.post(f"{url}/customers", json={"name": "New"}, auth=AUTH).json() for url in urls]
    assert len({urlsplit(customer["statement_pdf_url"]).path for customer in created}) == 1


def test_faults_can_be_added_and_requests_read_over_http(start: Start) -> None:
    url = _url(start("--port", 0))
    requests.post(f"{url}/_emulator/faults", json={"request": "GET /customers", "connection": "reset"})
    with pytest.raises(requests.ConnectionError):
        _names(url)
    assert _names(url) == []
    assert [request["status"] for request in requests.get(f"{url}/_emulator/requests").json()] == [None, 200]


def test_an_invalid_snapshot_prints_one_line_and_exits_with_1(start: Start, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("nonsense")
    for path in (tmp_path / "bad", tmp_path / "missing"):
        output, errors = start("--port", 0, "--load", path).communicate(timeout=10)
        assert output == ""
        assert re.fullmatch(r"The emulator cannot start: .*\n", errors)


def test_a_snapshot_is_not_loaded_if_the_port_is_in_use(start: Start, tmp_path: Path) -> None:
    data, snapshot = tmp_path / "data.db", tmp_path / "empty.jsonl"
    snapshot.write_text("")
    url = _url(start("--port", 0, "--data", data))
    requests.post(f"{url}/customers", json={"name": "Acme"}, auth=AUTH)
    second = start("--port", url.rpartition(":")[2], "--data", data, "--load", snapshot)
    second.communicate(timeout=10)
    assert second.returncode == 1
    assert _names(url) == ["Acme"]


def test_statements_can_get_the_documented_response(start: Start) -> None:
    for options, has_state in (((), False), (("--documented-responses",), True)):
        url = _url(start("--port", 0, *options))
        requests.post(f"{url}/customers", json={"name": "Acme", "email": "a@example.com"}, auth=AUTH)
        (email,) = requests.post(f"{url}/customers/1/emails", auth=AUTH).json()
        assert ("state" in email) is has_state


def test_only_the_key_of_the_environment_can_be_accepted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "key")
    url = _url(start("--port", 0, "--check-key"))
    assert [requests.get(f"{url}/customers", auth=(key, "")).status_code for key in ("key", "other")] == [200, 401]
    monkeypatch.delenv("INVOICED_API_KEY")
    process = start("--port", 0, "--check-key")
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (1, "")
    assert errors == "The emulator cannot start: --check-key requires INVOICED_API_KEY.\n"


def _introduction(process: subprocess.Popen[str]) -> str:
    """Return what follows the URL."""
    _url(process)
    process.terminate()
    assert process.stdout
    return process.stdout.read()


def test_an_emulator_that_others_reach_says_that_it_is_open_to_all(start: Start) -> None:
    text = "It is open to all: whoever reaches this port can read and change all data, without a key.\n"
    for host, is_open in (("0.0.0.0", True), ("127.0.0.2" if sys.platform == "linux" else "localhost", False)):
        assert (text in _introduction(start("--port", 0, "--host", host))) is is_open


def test_the_command_says_how_the_command_line_reaches_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    start_of_line = "Point the command line at it: export "
    text = _introduction(start("--port", 0))
    assert f"{start_of_line}INVOICED_API_KEY=any-key INVOICED_BASE_URL=http://127.0.0.1:" in text
    monkeypatch.setenv("INVOICED_API_KEY", "key")
    assert f"{start_of_line}INVOICED_BASE_URL=http://127.0.0.1:" in _introduction(start("--port", 0, "--check-key"))


def test_further_hosts_can_be_allowed(start: Start) -> None:
    arguments = ["--allow-host", "a.example", "--allow-host", "b.example"]
    url = _url(start("--port", 0, *arguments))
    for host, status in (("a.example", 200), ("b.example:80", 200), ("c.example", 421)):
        assert requests.get(f"{url}/_emulator/health", headers={"Host": host}).status_code == status
    process = start("--port", 0, "--allow-host", "a.example:80")
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors.count("\n")) == (1, 1)
    assert errors.startswith("The emulator cannot start: invalid host 'a.example:80'")


HOSTILE = "a\x1b]0;x\x07\x9b2J\u202e\u200b\u2028\ny"
SPELLED_OUT = r"a\x1b]0;x\x07\x9b2J\u202e\u200b"


def test_what_is_printed_reaches_no_terminal_as_a_command(start: Start, tmp_path: Path) -> None:
    process = start("--port", 0, "--data", tmp_path / HOSTILE)
    assert process.stdout
    line = process.stdout.readline()
    assert line.endswith(f"(data: {tmp_path}/{SPELLED_OUT}  y)\n")
    commands = [
        ["--port", 0, "--load", HOSTILE],
        ["--port", 0, "--data", f"{HOSTILE}/data.db"],
        ["--port", HOSTILE],
        ["--port", 0, "--host", HOSTILE],
        ["--port", 0, "--allow-host", HOSTILE],
        ["--health", "--host", HOSTILE],
        [f"--{HOSTILE}"],
    ]
    for process in [start(*arguments) for arguments in commands]:
        output, errors = process.communicate(timeout=30)
        assert process.returncode in (1, 2)
        assert (output + errors).replace("\n", "").isprintable(), process.args
        assert errors.splitlines()[-1].replace("\\\\", "\\").count(SPELLED_OUT) >= 1, process.args


def test_the_health_of_a_hostile_server_is_one_line(start: Start) -> None:
    with RawServer(b"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\na\x1b[2Jb\n\xc2\x9b") as server:
        _, errors = start("--health", "--port", server.port).communicate(timeout=10)
    assert errors == f"127.0.0.1:{server.port} responds 500: a\\x1b[2Jb \\x9b\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="requires a device that is full")
@pytest.mark.parametrize("arguments", [["--port", "0"], ["--help"], ["--health"]])
@pytest.mark.parametrize("module", [["invoiced.emulator"], ["invoiced.cli", "emulator"]])
def test_an_output_that_cannot_be_written_is_one_line(module: list[str], arguments: list[str]) -> None:
    with Emulator() as emulator, open("/dev/full", "w") as full:
        if arguments == ["--health"]:
            arguments = [*arguments, "--port", str(urlsplit(emulator.url).port)]
        command = [sys.executable, "-m", *module, *arguments]
        process = subprocess.run(command, cwd=ROOT, text=True, stdout=full, stderr=subprocess.PIPE, timeout=30)
    assert process.returncode == 1
    assert process.stderr.count("\n") == 1
    assert "No space left on device" in process.stderr


def test_the_emulator_can_start_with_a_sample_company(start: Start) -> None:
    url = _url(start("--port", 0, "--sample", 3))
    assert len(_names(url)) == 3
    process = start("--port", 0, "--sample", 0)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "invalid number '0' (expected 1 to 99999)" in errors


def test_the_command_says_how_many_customers_the_sample_has(start: Start) -> None:
    text = _introduction(start("--port", 0, "--sample", 3))
    assert text.endswith("A sample company was added: 3 customers, and a year of business.\n")


def test_data_that_has_the_sample_already_is_used_as_it_is(start: Start, tmp_path: Path) -> None:
    arguments = ["--port", 0, "--sample", 3, "--data", tmp_path / "data.db"]
    _introduction(start(*arguments))
    text = _introduction(start(*arguments))
    assert text.endswith("There is a sample company in the data already. No other one was added.\n")


def test_data_in_the_way_of_the_sample_is_named(start: Start, tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    process = start("--port", 0, "--data", data)
    requests.post(f"{_url(process)}/items", json={"id": next(iter(ITEMS)), "name": "Mine"}, auth=AUTH)
    process.terminate()
    process.wait()
    process = start("--port", 0, "--data", data, "--sample", 3)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors.count("\n")) == (1, "", 1)
    assert errors.startswith("The emulator cannot start: The sample cannot be added to the records that there are: ")
    assert errors.endswith("Choose another one. Leave out --sample to start with these records.\n")


def test_the_account_can_be_shown_in_a_browser(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = tmp_path / "opened"
    monkeypatch.setenv("BROWSER", f'{sys.executable} -c \'import sys; open("{opened}", "w").write(sys.argv[1])\' %s')
    url = _url(start("--port", 0, "--open"))
    wait_until(lambda: opened.exists() and opened.read_text() == url)
    assert requests.get(opened.read_text()).headers["Content-Type"].startswith("text/html")


@pytest.mark.skipif(sys.platform != "linux", reason="There is always a browser.")
def test_a_browser_that_cannot_be_opened_stops_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("BROWSER", "false")
    process = start("--port", 0, "--open")
    url = _url(process)
    assert process.stderr is not None
    assert process.stderr.readline() == "No browser could be opened.\n"
    assert _names(url) == []
