"""The older client, invoiced 3.0.0, sends the same requests, except for differences that are on purpose.

The test installs it in a temporary folder, and is skipped if that is not possible.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from calls.recorder import Recorded, Recorder
from resource_writer.description import FILE, Description

import invoiced

pytestmark = pytest.mark.once

OPERATIONS = Description.read().operations
OLDER = ["invoiced==3.0.0", "inflection==0.5.1"]
PROGRAM = Path(__file__).with_name("older_client.py")
ID = 7

RENAMED = {
    "notes()": "list_notes()",
    "payment_plan()": "payment_plans()",
    "attachments": "list_attachments",
    "invoice": "make_invoice",
}
"""Methods of documents that have the name of a field today. Customer.invoice has kept its name."""

MOVED = {"/customer_chasing_cadences": "/chasing_cadences"}
"""Paths for which the service has no route, and those that it has."""

WITHOUT_BODY = {"invoice.pay", "invoice.send_sms", "invoice.send_letter"}
"""Calls whose parameters the older client does not send."""

BODY = {"name": "Ä & B", "amount": 12.5, "tags": [1, None, True], "metadata": {"a": {"b": "c"}}}
FILE_AT_URL = {"url": "https://example.com/a.pdf", "name": "a.pdf", "size": 5, "type": "application/pdf"}
QUERY = {"per_page": 5, "sort": "name asc", "filter": {"name": "Ä & B"}, "ids": [1, 2]}

PARENTS = {
    "contact": "customers",
    "line_item": "customers",
    "card": "customers",
    "bank_account": "customers",
    "payment_plan": "invoices",
}
CLASSES = {"LineItem": "PendingLineItem"}
"""Records that have another class today."""


class Call(NamedTuple):
    """A call in the form of the older client."""

    form: str
    operation: str

    @property
    def path(self) -> str:
        """Attributes that lead to the method, without the arguments: `customer.contacts().create`."""
        return self.form.rpartition("(")[0]

    @property
    def record(self) -> str | None:
        """Class of the record that has the method; None if the client has it."""
        name = self.path.partition(".")[0]
        return None if name == "client" else "".join(word.title() for word in name.split("_"))

    @property
    def parent(self) -> str:
        """Path of the record that the record belongs to."""
        collection = PARENTS.get(self.path.partition(".")[0])
        return f"/{collection}/{ID}" if collection else ""

    @property
    def arguments(self) -> list[int]:
        return [ID] if re.search(r"\((charge_)?id\b", self.form) else []

    @property
    def params(self) -> dict[str, Any]:
        if "**params" not in self.form:
            return {}
        if self.path == "client.File.create":
            return FILE_AT_URL
        return QUERY if OPERATIONS[self.operation].method == "GET" else BODY

    @property
    def is_offered(self) -> bool:
        """Whether today's client has the call: the service has it, under this path or another one."""
        operation = OPERATIONS[self.operation]
        return operation.is_offered or any(operation.path.startswith(path) for path in MOVED)


def calls() -> Iterator[Call]:
    for line in FILE.with_name("CALLS.md").read_text("utf-8").splitlines():
        if row := re.match(r"\| `(.+?)` \| `.+?` \| `(.+?)` \|", line):
            yield Call(*row.groups())


CALLS = [call for call in calls() if call.is_offered]


def make_call(client: invoiced.Client, call: Call) -> None:
    """Make the call with the client of today."""
    first, *names = call.path.split(".")
    value: Any = client
    if call.record is not None:
        cls = getattr(invoiced, CLASSES.get(call.record, call.record))
        value = cls(client, ID, parent=tuple(call.parent.split("/")[1:]))
        names = names if first == "customer" else [RENAMED.get(name, name) for name in names]
    *names, last = names
    for name in names:
        value = getattr(value, name.removesuffix("()"))
        value = value() if name.endswith("()") else value
    getattr(value, last)(*call.arguments, **call.params)


def recorded(recorder: Recorder, make: Callable[[Call], None]) -> dict[str, list[Recorded]]:
    """Make each call. Return the requests, by call, without their headers."""
    found = {}
    for call in CALLS:
        is_list = OPERATIONS[call.operation].is_list or ".send" in call.form
        link = f'<{recorder.url}{OPERATIONS[call.operation].path}>; rel="self"'
        record = {"id": ID, "internal_id": ID}
        recorder.respond([record] if is_list else record, Link=link, X_Total_Count="1")
        recorder.requests.clear()
        make(call)
        found[call.form] = [request._replace(headers={}) for request in recorder.requests]
    return found


def expected(call: Call, requests: list[Recorded]) -> list[Recorded]:
    """Return what today's client sends instead of the requests of the older client."""
    for before, after in MOVED.items():
        requests = [request._replace(path=re.sub(f"^{before}", after, request.path)) for request in requests]
    if call.path in WITHOUT_BODY:
        assert [request.body for request in requests] == [{}]
        requests = [request._replace(content=json.dumps(call.params).encode()) for request in requests]
    return requests


def comparable(requests: list[Recorded]) -> list[Any]:
    return [(request.method, request.path, request.query, request.body) for request in requests]


@pytest.fixture
def older(recorder: Recorder, tmp_path: Path) -> Iterator[Callable[[Call], None]]:
    """Return a function that makes a call with the older client, which is another process."""
    install = ["pip", "install", "--quiet", "--no-deps", "--retries=0", "--timeout=5", "--target", str(tmp_path)]
    if subprocess.run([sys.executable, "-m", *install, *OLDER], capture_output=True).returncode:
        pytest.skip("invoiced 3.0.0 cannot be installed")
    command = [sys.executable, str(PROGRAM), recorder.url]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={"PYTHONPATH": str(tmp_path)}, **pipes) as process:

        def make_call(call: Call) -> None:
            line = json.dumps([call.record, call.parent, *call.path.split(".", 1)[1:], call.arguments, call.params])
            print(line, file=process.stdin, flush=True)
            assert process.stdout is not None
            assert process.stdout.readline() == "done\n", call

        yield make_call


def test_the_older_client_sends_the_same_requests(
    client: invoiced.Client, recorder: Recorder, older: Callable[[Call], None]
) -> None:
    before = recorded(recorder, older)
    now = recorded(recorder, lambda call: make_call(client, call))
    assert {form: comparable(requests) for form, requests in now.items()} == {
        call.form: comparable(expected(call, before[call.form])) for call in CALLS
    }


def test_the_table_of_calls_has_the_calls_of_all_collections() -> None:
    assert len(CALLS) > 180
    assert {call.path.split(".")[1] for call in CALLS if call.record is None} > {"Customer", "Invoice", "Webhook"}
