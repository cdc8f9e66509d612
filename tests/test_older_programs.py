"""A published program that was written for invoiced 3.0.0, tap-invoiced, runs unmodified with this version.

It requires a version of jsonschema that the emulator does not support, so it runs in another process, with packages of
its own. The test installs them in temporary folders, and is skipped if that is not possible.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

pytestmark = pytest.mark.once

TAP, DEPENDENCIES = "tap-invoiced==0.3.0", ["singer-python==6.1.1", "backoff==2.2.1"]
OLDER_CLIENT = ["invoiced==3.0.0", "inflection==0.5.1"]
STREAMS = {"credit_notes", "customers", "estimates", "invoices", "plans", "subscriptions"}

RUN_TAP = "import tap_invoiced; tap_invoiced.main()"
RUN_OLDER = f"""
import invoiced, os
assert invoiced.VERSION == "3.0.0", invoiced.VERSION
invoiced.Client.ApiBase = os.environ["INVOICED_BASE_URL"]
{RUN_TAP}
"""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folders of the program with its dependencies except the client, and of the older client."""
    folder = tmp_path_factory.mktemp("packages")
    tap, older_client = folder / "tap", folder / "older_client"
    install(tap, *DEPENDENCIES)
    install(tap, "--no-deps", "--upgrade", TAP)
    install(older_client, "--no-deps", *OLDER_CLIENT)
    return tap, older_client


def install(folder: Path, *arguments: str) -> None:
    options = ["--quiet", "--no-compile", "--retries=0", "--timeout=5", "--target", str(folder)]
    if subprocess.run([sys.executable, "-m", "pip", "install", *options, *arguments], capture_output=True).returncode:
        pytest.skip(f"{', '.join(arguments)} cannot be installed")


def create_records(client: invoiced.Client) -> None:
    """Create records of each stream, customers with and without a card, and a second page of customers."""
    acme = client.Customer.create(name="Acme", email="a@example.test", metadata={"rep": "Jan"}, stripe_token="tok")
    assert acme.payment_source is not None
    lines: Any = [{"name": "Paper", "quantity": 2, "unit_cost": 1.25}]
    client.Invoice.create(customer=acme.id, items=lines)
    client.Estimate.create(customer=acme.id, items=lines)
    client.CreditNote.create(customer=acme.id, items=lines)
    client.Plan.create(id="gold", name="Gold", amount=10, interval="month", interval_count=1)
    client.Subscription.create(customer=acme.id, plan="gold")
    for number in range(100):
        client.Customer.create(name=f"Customer {number}")


def run_tap(program: str, path: list[Path], folder: Path, *arguments: str, base_url: str = "") -> str:
    command = [sys.executable, "-c", program, "--config", "config.json", *arguments]
    environment = {"PYTHONPATH": os.pathsep.join(map(str, path)), "INVOICED_BASE_URL": base_url}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def messages(output: str) -> list[dict[str, Any]]:
    """Return the messages of a sync, without the time at which it ran."""
    return [{**json.loads(line), "time_extracted": None} for line in output.splitlines()]


def test_tap_invoiced_writes_the_same_messages_as_with_the_older_client(
    emulator: Emulator, packages: tuple[Path, Path], tmp_path: Path
) -> None:
    tap, older_client = packages
    with invoiced.Client("key", base_url=emulator.url) as client:
        create_records(client)
    (tmp_path / "config.json").write_text(json.dumps({"api_key": "key", "start_date": "2000-01-01T00:00:00Z"}))
    catalog = json.loads(run_tap(RUN_TAP, [tap], tmp_path, "--discover"))
    assert catalog == json.loads(run_tap(RUN_OLDER, [older_client, tap], tmp_path, "--discover"))

    for stream in catalog["streams"]:
        stream["metadata"].append({"breadcrumb": [], "metadata": {"selected": True}})
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))
    arguments = ["--catalog", "catalog.json"]
    written = messages(run_tap(RUN_TAP, [tap], tmp_path, *arguments, base_url=emulator.url))
    path = [older_client, tap]
    assert written == messages(run_tap(RUN_OLDER, path, tmp_path, *arguments, base_url=emulator.url))
    records = [message for message in written if message["type"] == "RECORD"]
    assert len(records) == 107  # with the first invoice of the subscription
    assert {message["stream"] for message in records} == STREAMS
    cards = [message["record"].get("payment_source") for message in records if message["stream"] == "customers"]
    assert [card["last4"] for card in cards if card] == ["4242"]
