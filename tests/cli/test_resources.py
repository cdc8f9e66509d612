"""Commands of further collections: actions, PDFs, uploads, previews, nested collections, and other fields."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from conftest import KEY

from .conftest import Run

API = "https://api.invoiced.com"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOICED_API_KEY", KEY)


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def body_of(mock: responses.RequestsMock) -> object:
    """Return the body of the last request."""
    body: bytes = mock.calls[-1].request.body or b""  # type: ignore[assignment]
    return json.loads(body)


def test_an_action_of_a_record_asks_for_confirmation_and_shows_the_record(
    run: Run, mock: responses.RequestsMock
) -> None:
    refused = run("invoices", "void", 7)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Void for 1 invoice at api.invoiced.com? Cannot ask without a terminal" in refused.stderr
    mock.post(f"{API}/invoices/7/void", json={"id": 7, "status": "voided"})
    assert run("invoices", "void", 7, "--yes").stdout == '{"id": 7, "status": "voided"}\n'


MOVING_MONEY = {
    "charge": ("charges", "create", "--customer", "1", "--applied-to", "[]"),
    "refund": ("refunds", "create", "--charge-id", "5", "--amount", "3"),
}


@pytest.mark.parametrize("noun", MOVING_MONEY)
def test_moving_money_asks_for_confirmation(run: Run, mock: responses.RequestsMock, noun: str) -> None:
    result = run(*MOVING_MONEY[noun])
    assert result.exit_code == 2
    assert f"Create 1 {noun} at api.invoiced.com? Cannot ask without a terminal" in result.stderr


def test_a_refund_names_its_charge(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/charges/5/refunds", json={"id": 9, "object": "refund"})
    assert run("refunds", "create", "--charge-id", 5, "--amount", "3.10", "--yes", "--columns", "id").exit_code == 0
    assert body_of(mock) == {"amount": 3.1}


def test_a_pdf_is_written_to_a_file_that_is_replaced_only_with_force(
    run: Run, mock: responses.RequestsMock, tmp_path: Path
) -> None:
    file = tmp_path / "invoice.pdf"
    mock.get(f"{API}/invoices/7", body=b"%PDF-1.7", content_type="application/pdf")
    assert run("invoices", "pdf", 7, "--file", file).stderr == f"Wrote {file}.\n"
    assert file.read_bytes() == b"%PDF-1.7"
    refused = run("invoices", "pdf", 7, "--file", file)
    assert refused.exit_code == 2
    assert "exists already. Pass --force to replace it" in refused.stderr
    assert run("invoices", "pdf", 7, "--file", file, "--force").exit_code == 0


def test_a_file_is_uploaded(run: Run, mock: responses.RequestsMock, tmp_path: Path) -> None:
    file = tmp_path / "scan.txt"
    file.write_text("content")
    mock.post(f"{API}/files", json={"id": 9, "object": "file", "name": "scan.txt"})
    assert run("files", "create", "--file", file, "--columns", "id,name").stdout == '{"id": 9, "name": "scan.txt"}\n'
    assert mock.calls[0].request.headers["Content-Type"].startswith("multipart/form-data")


def test_a_file_at_a_url_is_registered(run: Run, mock: responses.RequestsMock) -> None:
    url = "https://files.example/scan.pdf"
    mock.post(f"{API}/files", json={"id": 9, "object": "file"})
    details = ("--name", "scan.pdf", "--size", 12, "--type", "application/pdf")
    assert run("files", "create", "--url", url, *details, "--columns", "id").stdout == '{"id": 9}\n'
    assert body_of(mock) == {"url": url, "name": "scan.pdf", "size": 12, "type": "application/pdf"}


def test_an_upload_has_no_other_fields(run: Run) -> None:
    assert run("files", "create", "--url", "https://files.example/x", "--field", "a=1").exit_code == 2
    assert "--field " not in run("files", "create", "--help").stdout


def test_a_subscription_is_previewed_without_confirmation(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/subscriptions/preview", json={"mrr": 49})
    assert run("subscriptions", "preview", "--customer", 1, "--plan", "pro").stdout == '{"mrr": 49}\n'
    assert body_of(mock) == {"customer": 1, "plan": "pro"}


def test_a_payment_plan_needs_the_invoice_only(run: Run, mock: responses.RequestsMock) -> None:
    plan = {"id": 3, "object": "payment_plan", "status": "active"}
    mock.get(f"{API}/invoices/7/payment_plan", json=plan)
    assert run("payment-plans", "get", "--invoice", 7, "--columns", "status").stdout == '{"status": "active"}\n'
    mock.delete(f"{API}/invoices/7/payment_plan", status=204)
    assert run("payment-plans", "cancel", "--invoice", 7, "--yes").exit_code == 0


def test_attachments_and_notes_are_listed(run: Run, mock: responses.RequestsMock) -> None:
    mock.get(f"{API}/invoices/7/attachments", json=[{"id": 1}])
    assert run("invoices", "list-attachments", 7, "--columns", "id").stdout == '{"id": 1}\n'
    mock.get(f"{API}/invoices/7/notes", json=[{"id": 2, "object": "note"}])
    assert run("invoice-notes", "list", "--invoice", 7, "--columns", "id").stdout == '{"id": 2}\n'


def test_a_call_without_a_result_says_that_it_is_done(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/members/7/invites", status=204)
    result = run("members", "send-invite", 7, "--yes")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Send invite: done.\n")


def test_a_field_that_has_no_option_can_be_given(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/items", json={"id": "a"})
    fields = ("--field", "color=red", "--field", "size=[1, 2.50]", "--field", "note=a=b")
    assert run("items", "create", "--name", "A", *fields).exit_code == 0
    assert body_of(mock) == {"name": "A", "color": "red", "size": [1, 2.5], "note": "a=b"}
    mock.patch(f"{API}/items/a", json={"id": "a"})
    assert run("items", "update", "a", "--field", "color=null").exit_code == 0
    assert body_of(mock) == {"color": None}


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("name=A", "use --name for name"),
        ("color", "expected name=value, got 'color'"),
        ("=x", "expected name=value"),
        ("timeout=1", "timeout is not a field"),
    ],
)
def test_an_invalid_field_is_refused(run: Run, mock: responses.RequestsMock, field: str, message: str) -> None:
    result = run("items", "create", "--name", "A", "--field", field)
    assert result.exit_code == 2
    assert message in result.stderr


def test_text_that_is_no_json_number_is_sent_as_text(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/items", json={"id": "a"})
    assert run("items", "create", "--name", "A", "--field", "limit=NaN").exit_code == 0
    assert body_of(mock) == {"name": "A", "limit": "NaN"}


def test_an_id_is_an_option_where_it_is_chosen_by_the_caller(run: Run, mock: responses.RequestsMock) -> None:
    mock.post(f"{API}/items", json={"id": "paper"})
    assert run("items", "create", "--id", "paper", "--name", "Paper").stdout == '{"id": "paper"}\n'
    assert body_of(mock) == {"id": "paper", "name": "Paper"}
    assert "--id " not in run("members", "send-invite", "--help").stdout


def test_an_action_whose_fields_are_not_declared_takes_any_field(run: Run, mock: responses.RequestsMock) -> None:
    refused = run("estimates", "make-invoice", 7, "--field", "draft=true")
    assert "Make invoice for 1 estimate at api.invoiced.com? Cannot ask" in refused.stderr
    mock.post(f"{API}/estimates/7/invoice", json={"id": 8, "object": "invoice"})
    made = run("estimates", "make-invoice", 7, "--field", "draft=true", "--yes", "--columns", "id")
    assert made.stdout == '{"id": 8}\n'
    assert body_of(mock) == {"draft": True}


def test_names_of_the_older_client_are_no_commands(run: Run) -> None:
    for group, command, older in (
        ("payments", "void", "delete"),
        ("subscriptions", "cancel", "delete"),
        ("payment-plans", "cancel", "delete"),
    ):
        commands = run(group, "--help").stdout.partition("Commands:")[2].split()
        assert command in commands
        assert older not in commands


@pytest.mark.parametrize(
    ("words", "help"),
    [
        (("invoices", "list"), "List invoices."),
        (("invoice-notes", "list"), "List notes of an invoice."),
        (("sms-templates", "get"), "Retrieve an SMS template by its ID."),
        (("payment-plans", "get"), "Retrieve a payment plan."),
        (("email-templates", "delete"), "Delete e-mail templates."),
        (("payment-plans", "cancel"), "Cancel the payment plan."),
        (("invoices", "void"), "Void an invoice."),
    ],
)
def test_the_help_says_what_a_command_does_and_no_more(run: Run, words: tuple[str, ...], help: str) -> None:
    assert run(*words, "--help").stdout.splitlines()[2] == f"  {help}"


def test_examples_show_options_that_matter(run: Run) -> None:
    assert "Example: invoiced files create --file scan.pdf\n" in run("files", "create", "--help").stdout
    assert "Example: invoiced invoices void 15444\n" in run("invoices", "void", "--help").stdout
    assert "refunds create --charge-id 15444 --amount 99.90\n" in run("refunds", "create", "--help").stdout


def test_arguments_are_described_by_the_docstring_of_the_method(run: Run) -> None:
    words = " ".join(run("files", "create", "--help").stdout.split())
    assert "--name TEXT File name, by default that of file. --size NUMBER Number of bytes of the file at url." in words


def test_nouns_have_the_right_article(run: Run) -> None:
    assert "Work with notes of an invoice." in run("--help").stdout
    assert "Give at least one option to find an invoice by." in run("invoices", "find").stderr


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that a command of the command line loads."""
    program = "import sys; from invoiced.cli import main\ntry: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", program, *arguments]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stderr.split())


def test_help_imports_no_resource() -> None:
    loaded = {name for name in loaded_by("--help") if name.startswith("invoiced.resources.")}
    assert loaded == {"invoiced.resources.collections"}


@pytest.mark.parametrize(
    "words", [(), ("invoices", "list"), ("invoices", "pdf"), ("files", "create"), ("contacts", "import"),
              ("statements", "send"), ("statements", "download"), ("demo",)]
)  # fmt: skip
def test_no_help_imports_requests(words: tuple[str, ...]) -> None:
    assert "requests" not in loaded_by(*words, "--help")


def test_a_group_imports_the_resources_that_it_needs() -> None:
    loaded = loaded_by("items", "list", "--help")
    assert "invoiced.resources.items" in loaded
    assert not {"invoiced.resources.customers", "invoiced.resources.invoices"} & loaded
