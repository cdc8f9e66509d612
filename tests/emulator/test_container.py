"""The emulator in a container: another container reaches it by a name, over http, with a key that is not secret."""

from __future__ import annotations

import ast
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import yaml

import invoiced
from invoiced.credentials import EMULATOR_KEY
from invoiced.emulator import Emulator
from invoiced.emulator.protocol import authentication
from invoiced.emulator.storage.store import DataFileError, Store
from invoiced.statements import StatementDownload

ROOT = Path(__file__).parents[2]
INSTRUCTIONS = re.findall(r"^([A-Z]+) (.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
COMPOSE = re.findall(
    r"```yaml\n# compose.yaml\n(.+?)```", (ROOT / "docs" / "testing.md").read_text(encoding="utf-8"), re.DOTALL
)


def instruction(name: str) -> str:
    """Return the argument of the only such instruction of the Dockerfile."""
    (argument,) = [argument for other, argument in INSTRUCTIONS if other == name]
    return argument


def command(argument: str) -> list[str]:
    """Return the command of an instruction, for this Python."""
    program, *arguments = json.loads(argument.removeprefix(argument.partition("[")[0]))
    assert program == "python"
    return [sys.executable, *arguments]


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Yield a function that gives an emulator a name, as the network of containers does, and returns its URL."""
    resolve = socket.getaddrinfo
    with Emulator(host="0.0.0.0") as emulator:

        def reach(name: str) -> str:
            def resolved(host: Any, *arguments: Any, **options: Any) -> Any:
                return resolve("127.0.0.1" if host == name else host, *arguments, **options)

            monkeypatch.setattr(socket, "getaddrinfo", resolved)
            return f"http://{name}:{urlsplit(emulator.url).port}"

        yield reach


def test_the_client_and_the_emulator_mean_the_same_key() -> None:
    assert authentication.EMULATOR_KEY == EMULATOR_KEY == "emulator-key"


@pytest.mark.parametrize("name", ["emulator", "invoiced_emulator", "emulator.default.svc.cluster.local"])
def test_another_container_reaches_the_emulator_by_its_name(
    name: str, reach: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", "emulator-key")
    monkeypatch.setenv("INVOICED_BASE_URL", url := reach(name))
    with invoiced.Client() as client:
        created = [client.Customer.create(name=f"Customer {number}").id for number in range(3)]
        _, metadata = client.Customer.list(per_page=2)
        assert metadata.links["next"].startswith(f"{url}/customers?")
        customers = list(client.Customer.all(per_page=2))
        assert [customer.id for customer in customers] == created
        assert str(customers[0].statement_pdf_url).startswith(f"{url}/statements/")
        download = StatementDownload(client.with_options(max_retries=0, rate=math.inf), tmp_path, period="2026-11")
        assert {each.outcome for each in download.fetch(customers)} == {"downloaded"}


def test_the_emulator_is_healthy_while_its_data_can_be_read() -> None:
    with Emulator() as emulator:
        assert requests.get(f"{emulator.url}/_emulator/health").json() == {"healthy": True}


def health_of(host: str, port: int | None, **environment: str) -> tuple[int, str]:
    """Return the exit status and the output of the command that a health check runs."""
    arguments = ["-m", "invoiced.emulator", "--health", "--host", host, "--port", str(port)]
    process = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True
    )
    return process.returncode, process.stdout + process.stderr


def test_the_command_tells_whether_an_emulator_responds_and_uses_no_proxy() -> None:
    with Emulator() as emulator:
        port = urlsplit(emulator.url).port
        assert health_of("127.0.0.1", port, http_proxy="http://127.0.0.1:1") == (0, "The emulator is healthy.\n")
    status, output = health_of("127.0.0.1", port)
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith(f"No emulator responds at 127.0.0.1:{port}: ")


@pytest.mark.parametrize("host", ["", "a" * 70, "emulator.invalid"])
def test_the_health_at_a_host_that_does_not_exist_is_one_line(host: str) -> None:
    status, output = health_of(host, 8065)
    assert (status, output.count("\n")) == (1, 1), output
    assert output.startswith(f"No emulator responds at {host}:8065: ")


def test_an_emulator_whose_data_cannot_be_read_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Store) -> None:
        raise DataFileError("cannot use the data file: disk I/O error")

    monkeypatch.setattr(Store, "counters", fail)
    with Emulator() as emulator:
        status, output = health_of("127.0.0.1", urlsplit(emulator.url).port)
    assert status == 1
    assert re.match(r"127\.0\.0\.1:\d+ responds 500: ", output)


def test_the_image_contains_what_its_installation_reads() -> None:
    copied = [source for name, argument in INSTRUCTIONS if name == "COPY" for source in argument.split()[:-1]]
    assert all((ROOT / source).exists() for source in copied)
    read = {"pyproject.toml", "invoiced"} | {
        node.value
        for node in ast.walk(ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (ROOT / node.value).is_file()
    }
    assert read | {"setup.py"} == set(copied)


def test_the_image_runs_without_root_and_stores_its_data_on_a_volume() -> None:
    assert instruction("USER") not in ("root", "0")
    assert f"--data {instruction('VOLUME')}/" in " ".join(command("[" + '"python", ' + instruction("CMD")[1:]))
    assert [name for name, _ in INSTRUCTIONS].index("RUN") < [name for name, _ in INSTRUCTIONS].index("USER")


def test_the_commands_of_the_image_run_are_healthy_and_end_at_once(tmp_path: Path) -> None:
    port = ["--port", "0"]
    arguments = [text.replace("/data", str(tmp_path)) for text in json.loads(instruction("CMD"))]
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "INVOICED_API_KEY")}
    with subprocess.Popen(
        [*command(instruction("ENTRYPOINT")), *arguments, *port],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        [url] = re.findall(r"http://\S+", process.stdout.readline())
        health = [*command(instruction("HEALTHCHECK")), "--port", str(urlsplit(url).port)]
        assert subprocess.run(health, cwd=ROOT, capture_output=True).returncode == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (tmp_path / "invoiced.db").exists()


def test_the_composed_containers_agree_about_the_name_the_port_and_the_key() -> None:
    [text] = COMPOSE
    services = yaml.safe_load(text)["services"]
    environment = services["app"]["environment"]
    assert environment["INVOICED_BASE_URL"] == f"http://emulator:{instruction('EXPOSE')}"
    with invoiced.Client(environment["INVOICED_API_KEY"], base_url=environment["INVOICED_BASE_URL"]):
        pass
    assert services["app"]["depends_on"] == {"emulator": {"condition": "service_healthy"}}
    assert services["emulator"]["volumes"] == [f"invoices:{instruction('VOLUME')}"]
