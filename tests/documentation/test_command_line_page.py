"""The page on the command line shows every group of commands, and the examples of its reference work."""

from __future__ import annotations

import json
import mailbox
import re
import shlex
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from journal_writer import write_journal
from openpyxl import Workbook, load_workbook
from reader import ROOT

import invoiced
from invoiced.cli.application import application
from invoiced.emulator import Emulator
from invoiced.statements import Period, Statements

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))


def examples(command: click.Command) -> Iterator[str]:
    """Yield the example lines in the help of a command and of its subcommands."""
    yield from re.findall(r"Example: (invoiced .*)", str(command.epilog))
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                subcommand = command.get_command(context, name)
                assert subcommand
                yield from examples(subcommand)


# The emulator does not exit; the page itself runs it. The examples of other groups are only parsed, in tests/cli.
RUN = re.compile(
    r"invoiced (customers (list|get|find|create|update|delete|balance|send-statement(?!-))|contacts|statements|demo)\b"
)
EXAMPLES = [line for line in examples(application()) if RUN.match(line)]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[invoiced.Client]:
    """Prepare the records and files that the examples use."""
    monkeypatch.chdir(tmp_path)
    state = Path("state.jsonl")
    contact = {"id": 10403, "name": "Acme", "email": "billing@example.com"}
    Path("customers.csv").write_text("number\nCUST-00001\n", encoding="ascii")
    Path("overdue.xlsx").write_text("number\nCUST-00001\n", encoding="ascii")  # the content says what it is
    contacts = Workbook()
    contacts.worksheets[0].append(["Customer number", "Email", "Phone"])
    contacts.worksheets[0].append(["CUST-00001", "Billing@example.com", "820"])
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
        yield client


SENT_AT = 1_790_000_000
"""When the statements in the examples were sent, in Unix seconds."""

STATES = {
    "CUST-00042": "sent",
    "KITE": "unknown",
    "CUST-0003": "unknown",
    "CUST-00025": "skipped",
    "CUST-00026": "skipped",
}
"""What the ledger knows of the customers in the examples, by number. Those that are skipped have no address."""


def prepare_period(client: invoiced.Client) -> Period:
    """Return a period whose statements were sent some time ago, with its journal and its mailbox."""
    customers = {number: client.Customer.create(name=number, number=number) for number in STATES}
    for number, state in STATES.items():
        if state != "skipped":
            customers[number].save(email=f"{customers[number].id}@example.com")
    write_journal(
        Path("statements-2026-11.journal"),
        [(customers[number].id, state) for number, state in STATES.items()],
        account=client.api_url,
        created_at={customer.id: customer.created_at for customer in customers.values()},
        numbers={customer.id: number for number, customer in customers.items()},
        content={},
        at=SENT_AT,
    )
    copies = mailbox.mbox("archive.mbox")
    for number in ("KITE", "CUST-0003"):
        copies.add(
            f"To: {customers[number].email}\nDate: {formatdate(SENT_AT)}\nSubject: Your statement\n\nIt is here.\n"
        )
    copies.close()
    period = Statements(client).period("2026-11")
    period.import_journals("statements-2026-11.journal")
    return period


def prepare_statements(client: invoiced.Client, line: str) -> None:
    """Prepare what an example expects: something that is left to decide, or nothing that is left."""
    period = prepare_period(client)
    if " settle " in line:
        period.write_unknown("unknown.xlsx")
        workbook = load_workbook("unknown.xlsx")
        sheet = workbook.worksheets[0]
        for row in range(2, sheet.max_row + 1):
            sheet.cell(row, sheet.max_column, "yes")
        workbook.save("unknown.xlsx")
    elif " unknown" not in line and " skip " not in line:
        period.settle(sent=["KITE", "CUST-0003"], reason="asked by phone")
        period.skip("CUST-00025", "CUST-00026", reason="by post")


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_of_the_reference_works(account: invoiced.Client, line: str) -> None:
    needs_yes = line.startswith("invoiced statements send") and "--dry-run" not in line
    if line.startswith("invoiced statements"):
        prepare_statements(account, line)
    result = CliRunner().invoke(application(), [*shlex.split(line)[1:], *(["--yes"] if needs_yes else [])])
    assert result.exit_code == 0, result.output


def test_the_page_shows_every_group_and_every_top_level_command() -> None:
    root = application()
    with click.Context(root) as context:
        for name in root.list_commands(context):
            assert f"invoiced {name}" in BLOCKS or f"`{name}`" in PAGE


def test_the_page_ends_with_the_reference_of_all_commands() -> None:
    assert PAGE.rstrip().endswith("```{commands}\n```")
