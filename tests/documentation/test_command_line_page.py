"""The tour of the command line leaves out no group of commands, and the examples of the reference below it work."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from reader import ROOT

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))


def examples(command: click.Command) -> Iterator[str]:
    """The lines that a command shows as its examples, and those of the commands inside it."""
    yield from re.findall(r"Example: (invoiced .*)", str(command.epilog))
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found
                yield from examples(found)


# That of the emulator goes on; the page runs it as well.
EXAMPLES = [line for line in examples(application()) if not line.startswith("invoiced emulator ")]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Emulator]:
    """An account and files that have what the examples name."""
    monkeypatch.chdir(tmp_path)
    state = Path("state.jsonl")
    contact = {"id": 10403, "name": "Acme", "email": "billing@example.com"}
    Path("customers.csv").write_text("number\nCUST-0001\n", encoding="ascii")
    contacts = Workbook()
    contacts.worksheets[0].append(["Customer number", "Email", "Phone"])
    contacts.worksheets[0].append(["CUST-0001", "Billing@example.com", "820"])
    contacts.save("contacts.xlsx")
    with Emulator() as emulator, invoiced.Client("any-key", base_url=emulator.url) as client:
        state.write_text('{"counter": "id", "last": 15443}\n', encoding="utf-8")
        emulator.load(state)
        customer = client.Customer.create(name="Acme", email="billing@acmecorp.com")
        emulator.set_balance(customer.id, total_outstanding=470)
        emulator.snapshot(state)
        with state.open("a", encoding="utf-8") as lines:
            json.dump({"type": "contact", "id": 10403, "parent": customer.id, "body": contact}, lines)
        emulator.load(state)
        monkeypatch.setenv("INVOICED_API_KEY", "any-key")
        monkeypatch.setenv("INVOICED_BASE_URL", emulator.url)
        yield emulator


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_of_the_reference_works(account: Emulator, line: str) -> None:
    asks = line.startswith("invoiced statements send") and "--dry-run" not in line
    ran = CliRunner().invoke(application(), [*shlex.split(line)[1:], *(["--yes"] if asks else [])])
    assert ran.exit_code == 0, ran.output


def test_the_tour_names_each_group_of_commands_and_each_command_that_is_in_none() -> None:
    root = application()
    with click.Context(root) as context:
        for name in root.list_commands(context):
            assert f"invoiced {name}" in BLOCKS


def test_the_page_has_all_commands_below_the_tour() -> None:
    assert PAGE.rstrip().endswith("```{commands}\n```")
