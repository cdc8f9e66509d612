"""Tests of the Celery recipe, with a real worker and a database as its broker."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import celery
import pytest
from recipes.processes import Process, command_of, running
from waiting import wait_until

import invoiced
from invoiced.emulator import Emulator

SEND = "POST /customers/*/emails"
ARGUMENTS = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--without-heartbeat"]


class Worker(NamedTuple):
    """A Celery worker and its tasks."""

    tasks: celery.Celery
    process: Process
    log: Path

    def send_statement(self, customer: invoiced.Customer) -> Any:
        return self.tasks.send_task("celery_tasks.send_statement", (customer.id, "Your statement"))

    def results(self, *tasks: Any) -> list[Any]:
        """Return the results of the tasks, or the errors that they raised."""
        for task in tasks:
            wait_until(task.ready, self.process)
        return [task.result for task in tasks]


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    """Yield an emulator that keeps its port when it is stopped and started again."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Emulator(port=port) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def worker(shared_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Yield a worker for all tests, because it takes seconds to stop."""
    folder, results = tmp_path_factory.mktemp("celery"), tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INVOICED_API_KEY", "any-key")
        patch.setenv("INVOICED_BASE_URL", shared_emulator.url)
        patch.setenv("CELERY_BROKER_URL", f"sqla+sqlite:///{folder / 'broker.db'}")
        patch.setenv("CELERY_RESULT_BACKEND", results.as_uri())
        log = folder / "celery.log"
        with (
            celery.Celery(set_as_current=False) as tasks,
            running([*command_of("celery_tasks"), *ARGUMENTS], log) as process,
        ):
            # Otherwise this process and the worker could create the queue in the database at the same time.
            wait_until(lambda: " ready." in log.read_text(), process)
            yield Worker(tasks, process, log)


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    shared_emulator.reset()
    return shared_emulator


@pytest.fixture
def acme(client: invoiced.Client) -> invoiced.Customer:
    return client.Customer.create(name="Acme", email="billing@acmecorp.com")


def test_each_statement_is_sent_once(worker: Worker, emulator: Emulator, client: invoiced.Client) -> None:
    addresses = [f"office-{number}@example.com" for number in range(20)]
    customers = [client.Customer.create(name=address, email=address) for address in addresses]
    assert worker.results(*map(worker.send_statement, customers)) == [None] * 20
    assert Counter(email["email"] for email in emulator.outbox) == Counter(addresses)
    assert "ForkPoolWorker" in worker.log.read_text()


@pytest.mark.parametrize(
    "fault", [{"connection": "reset"}, {"status": 502}, {"status": 200, "body": "<html>"}], ids=str
)
def test_a_statement_that_may_have_been_sent_is_not_retried(
    fault: Any, worker: Worker, emulator: Emulator, acme: invoiced.Customer
) -> None:
    emulator.fail(SEND, **fault, committed=True)
    task = worker.send_statement(acme)
    [error] = worker.results(task)
    assert isinstance(error, invoiced.ApiError if "status" in fault else invoiced.ApiConnectionError)
    assert f"Check before retrying (Idempotency-Key {task.id})" in task.traceback
    emulator.requests.assert_sent(SEND, times=1)
    assert len(emulator.outbox) == 1


def test_a_refused_statement_is_not_retried(worker: Worker, emulator: Emulator, client: invoiced.Client) -> None:
    [error] = worker.results(worker.send_statement(client.Customer.create(name="Nobody")))
    assert isinstance(error, invoiced.InvalidRequestError)
    assert error.status_code is None  # Celery only keeps the class and the message
    emulator.requests.assert_sent(SEND, times=1)


def test_a_rate_limited_task_is_retried_after_the_requested_wait_with_the_same_key(
    worker: Worker, emulator: Emulator, acme: invoiced.Customer
) -> None:
    emulator.fail(SEND, status=429, headers={"Retry-After": "0"}, times=3)
    task = worker.send_statement(acme)
    assert worker.results(task) == [None]
    sent = [(request.status, request.headers["Idempotency-Key"]) for request in emulator.requests.to(SEND)]
    assert sent == [(429, task.id)] * 3 + [(201, task.id)]
    wait_until(lambda: worker.log.read_text().count("Retry in 0.0s") == 3)
    assert len(emulator.outbox) == 1


def test_a_task_that_cannot_reach_the_api_is_retried(
    worker: Worker, emulator: Emulator, acme: invoiced.Customer
) -> None:
    emulator.stop()
    task = worker.send_statement(acme)
    wait_until(lambda: task.state == "RETRY", worker.process)
    emulator.start()
    assert worker.results(task) == [None]
    emulator.requests.assert_sent(SEND, times=1)
    assert len(emulator.outbox) == 1
