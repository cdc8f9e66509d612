"""Workers of gunicorn that share the client of the process that loaded the application."""

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
control_socket_disable = True  # it would be in the home folder

def when_ready(server):
    from gunicorn_application import client

    client.Customer.list(per_page=1)  # before the fork
"""
WORKERS = {"sync": ["--threads", "1"], "gthread": []}


@contextmanager
def served(folder: Path, arguments: list[str]) -> Iterator[str]:
    """The address of the application. It listens before gunicorn starts, so that nobody need wait for it."""
    configuration, log = folder / "gunicorn.conf.py", folder / "gunicorn.log"
    configuration.write_text(CONFIGURATION, encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        own = ["--config", str(configuration), "--bind", f"fd://{descriptor}"]
        with running([*command_of("gunicorn_application"), *own, *arguments], log, descriptors=(descriptor,)):
            listening.close()
            yield f"http://127.0.0.1:{port}/customers"


def sign_up(url: str, name: str) -> dict[str, object]:
    answer = requests.post(url, data={"name": name}, timeout=PATIENCE)
    assert answer.status_code == 201, answer.text
    return {"name": name, **answer.json()}


@pytest.mark.parametrize("kind", WORKERS)
def test_each_sign_up_creates_its_customer_once_whichever_worker_takes_it(
    kind: str, emulator: Emulator, client: invoiced.Client, tmp_path: Path
) -> None:
    names, answers, log = list[str](), list[dict[str, object]](), tmp_path / "gunicorn.log"
    with served(tmp_path, ["--access-logfile", "-", "--access-logformat", "worker %(p)s", *WORKERS[kind]]) as url:

        def both_workers_took_some() -> bool:
            more = [f"Customer {len(names) + number}" for number in range(50)]
            names.extend(more)
            answers.extend(pool.map(sign_up, [url] * len(more), more))
            return len(set(re.findall("^worker .*", log.read_text(), re.MULTILINE))) == 2

        with ThreadPoolExecutor(8) as pool:
            wait_until(both_workers_took_some)
    assert f"Using worker: {kind}" in log.read_text()
    assert Counter(request.body["name"] for request in emulator.requests.to("POST /customers")) == Counter(names)
    created = {customer.id: customer.name for customer in client.Customer.all()}
    assert {answer["id"]: answer["name"] for answer in answers} == created


def test_a_sign_up_whose_outcome_nobody_knows_says_so(emulator: Emulator, tmp_path: Path) -> None:
    with served(tmp_path, []) as url:
        emulator.fail("POST /customers", connection="reset", committed=True)
        assert requests.post(url, data={"name": "Acme"}, timeout=PATIENCE).json() == {"sign_up": "unknown"}
        emulator.fail("POST /customers", status=400)
        assert requests.post(url, data={"name": "Acme"}, timeout=PATIENCE).json() == {"sign_up": "failed"}
    emulator.requests.assert_sent("POST /customers", times=2)
    assert "It may have been carried out" in (tmp_path / "gunicorn.log").read_text()
