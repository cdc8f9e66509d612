"""Tests of the gunicorn recipe, whose workers share the client of their parent process."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from recipes.processes import PATIENCE, command_of, running
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator

CONFIGURATION = """
control_socket_disable = True  # would be created in the home folder

def when_ready(server):
    from gunicorn_application import client

    client.Customer.list(per_page=1)  # before the fork
"""
WORKERS = {"sync": ["--threads", "1"], "gthread": []}


@contextmanager
def served(folder: Path, arguments: list[str]) -> Iterator[str]:
    """Start gunicorn, and yield the URL. The socket is open before gunicorn starts, so that tests need not wait."""
    configuration, log = folder / "gunicorn.conf.py", folder / "gunicorn.log"
    configuration.write_text(CONFIGURATION, encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        options = ["--config", str(configuration), "--bind", f"fd://{descriptor}"]
        with running([*command_of("gunicorn_application"), *options, *arguments], log, descriptors=(descriptor,)):
            listening.close()
            yield f"http://127.0.0.1:{port}/customers"


def sign_up(url: str, name: str) -> dict[str, object]:
    response = requests.post(url, data={"name": name}, timeout=PATIENCE)
    assert response.status_code == 201, response.text
    return {"name": name, **response.json()}


@pytest.mark.parametrize("kind", WORKERS)
def test_each_sign_up_creates_one_customer_in_any_worker(
    kind: str, emulator: Emulator, client: invoiced.Client, tmp_path: Path
) -> None:
    names, responses, log = list[str](), list[dict[str, object]](), tmp_path / "gunicorn.log"
    with served(tmp_path, ["--access-logfile", "-", "--access-logformat", "worker %(p)s", *WORKERS[kind]]) as url:

        def both_workers_have_handled_requests() -> bool:
            more = [f"Customer {len(names) + number}" for number in range(50)]
            names.extend(more)
            responses.extend(pool.map(sign_up, [url] * len(more), more))
            return len(set(re.findall("^worker .*", log.read_text(), re.MULTILINE))) == 2

        with ThreadPoolExecutor(8) as pool:
            wait_until(both_workers_have_handled_requests)
    assert f"Using worker: {kind}" in log.read_text()
    assert Counter(request.body["name"] for request in emulator.requests.to("POST /customers")) == Counter(names)
    created = {customer.id: customer.name for customer in client.Customer.all()}
    assert {response["id"]: response["name"] for response in responses} == created


def test_a_sign_up_whose_outcome_is_unknown_says_so(emulator: Emulator, tmp_path: Path) -> None:
    with served(tmp_path, []) as url:
        emulator.fail("POST /customers", connection="reset", committed=True)
        assert requests.post(url, data={"name": "Acme"}, timeout=PATIENCE).json() == {"sign_up": "unknown"}
        emulator.fail("POST /customers", status=400)
        assert requests.post(url, data={"name": "Acme"}, timeout=PATIENCE).json() == {"sign_up": "failed"}
    emulator.requests.assert_sent("POST /customers", times=2)
    assert "It may have been processed" in (tmp_path / "gunicorn.log").read_text()
