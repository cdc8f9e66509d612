"""The commands for customers and contacts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

from .conftest import Run


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def test_a_customer_is_created_retrieved_updated_found_listed_and_deleted(run: Run, account: invoiced.Client) -> None:
    created = read(run("customers", "create", "--name", "Acme", "--number", "A-1", "--payment-terms", "NET 30").stdout)
    assert (created["name"], created["payment_terms"]) == ("Acme", "NET 30")
    id = created["id"]
    assert read(run("customers", "get", id).stdout) == created
    changed = read(run("customers", "update", id, "--name", "Acme Ltd", "--clear", "payment-terms").stdout)
    assert (changed["name"], changed["payment_terms"]) == ("Acme Ltd", None)
    assert read(run("customers", "find", "--number", "A-1").stdout)["id"] == id
    assert [read(line)["id"] for line in run("customers", "list").stdout.splitlines()] == [id]
    result = run("customers", "delete", id)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"Deleted customer {id}.\n")
    assert list(account.Customer.all()) == []


@pytest.mark.parametrize(
    ("id", "advice"),
    [
        ("CUST-00001", " To search by number: invoiced customers find --number CUST-00001"),
        ("A 1", ' To search by number: invoiced customers find --number "A 1"'),
        ("999", ""),
    ],
)
def test_the_404_of_an_id_that_may_be_a_number_suggests_a_command(
    run: Run, emulator: Emulator, id: str, advice: str
) -> None:
    emulator.fail("GET /customers/*", status=404, body={"message": "No such customer."})
    result = run("customers", "get", id)
    path = id.replace(" ", "%20")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: GET /customers/{path} failed with status 404: No such customer.{advice}\n"


def test_a_404_has_no_advice_if_there_is_no_command_for_it(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoiced.NotFoundError, "advice", "Use client.Contact.find().")
    emulator.fail("GET /customers/*/contacts/*", status=404, body={"message": "No such contact."})
    result = run("contacts", "get", "C-1", "--customer", "1")
    assert result.stderr == "Error: GET /customers/1/contacts/C-1 failed with status 404: No such contact.\n"


def test_options_are_sent_with_their_types(run: Run, emulator: Emulator) -> None:
    values = {
        "--credit-limit": "100.15", "--network-connection": "7", "--type": "person", "--metadata": "rep=Eva=1",
        "--taxes": "vat", "--disabled-payment-methods": '["check", "cash"]',
    }  # fmt: skip
    options = [part for pair in values.items() for part in pair]
    result = run("customers", "create", "--name", "Acme", "--no-autopay", "--taxable", "--taxes", "gst", *options)
    assert result.exit_code == 0, result.stderr
    sent = emulator.requests.to("POST /customers")[0].body
    assert sent == {
        "name": "Acme", "autopay": False, "taxable": True, "credit_limit": Decimal("100.15"),
        "network_connection": 7, "type": "person", "metadata": {"rep": "Eva=1"}, "taxes": ["gst", "vat"],
        "disabled_payment_methods": ["check", "cash"],
    }  # fmt: skip
    assert '"credit_limit": 100.15,' in result.stdout


def test_omitted_options_are_not_sent(run: Run, emulator: Emulator) -> None:
    run("customers", "create", "--name", "Acme")
    assert emulator.requests.to("POST /customers")[0].body == {"name": "Acme"}


def test_a_metadata_entry_keeps_the_others_and_json_replaces_all(run: Run, account: invoiced.Client) -> None:
    customer = account.Customer.create(name="Acme", metadata={"rep": "Jan", "zone": "3"})
    run("customers", "update", customer.id, "--metadata", "rep=Eva", "--metadata", "tier=gold")
    customer.refresh()
    assert customer.metadata == {"rep": "Eva", "zone": "3", "tier": "gold"}
    run("customers", "update", customer.id, "--metadata", '{"zone": "4"}', "--metadata", "rep=Jo")
    customer.refresh()
    assert customer.metadata == {"zone": "4", "rep": "Jo"}
    run("customers", "update", customer.id, "--metadata", "{}")
    customer.refresh()
    assert customer.metadata == {}


def test_an_update_fetches_the_record_only_to_merge_metadata(
    run: Run, account: invoiced.Client, emulator: Emulator
) -> None:
    id = account.Customer.create(name="Acme").id
    emulator.requests.clear()
    run("customers", "update", id, "--name", "B")
    assert [request.method for request in emulator.requests] == ["PATCH"]
    run("customers", "update", id, "--metadata", "rep=Eva")
    assert [request.method for request in emulator.requests] == ["PATCH", "GET", "PATCH"]


def test_json_is_read_from_a_file(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "metadata.json"
    file.write_text('\N{BYTE ORDER MARK}{"rep": "Zoë"}', encoding="utf-8")
    created = read(run("customers", "create", "--name", "Acme", "--metadata", f"@{file}").stdout)
    assert created["metadata"] == {"rep": "Zoë"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "Nothing to change"),
        (["--clear", "email", "--email", "a@example.com"], "Cannot set and clear the same field: email."),
        (["--clear", "name"], "Invalid value for '--clear'"),
        (["--metadata", "rep"], "expected key=value or a JSON object, got 'rep'"),
        (["--metadata", "@missing.json"], "cannot read missing.json: No such file or directory"),
        (["--metadata", "{rep"], "invalid JSON ("),
        (["--credit-limit", "1,000"], "invalid amount '1,000' (expected e.g. 1234.50)"),
        (["--credit-limit", "NaN"], "invalid amount 'NaN'"),
        (["--owner", "x"], "Invalid value for '--owner'"),
        (["--columns", "nonsense", "--name", "B"], "Unknown column nonsense"),
        (["--name", "half \udcff character"], "lone surrogate"),
    ],
)
def test_invalid_options_exit_with_2_and_one_line_and_send_nothing(
    run: Run, emulator: Emulator, options: list[str], problem: str
) -> None:
    result = run("customers", "update", 1, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ")
    assert problem in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(emulator.requests) == []


def test_a_missing_required_option_is_reported(run: Run, emulator: Emulator) -> None:
    result = run("customers", "create", "--email", "a@example.com")
    assert result.exit_code == 2
    assert result.stderr == "Error: Missing option '--name'. See: invoiced customers create --help\n"


def test_find_needs_an_option_and_exactly_one_match(run: Run, account: invoiced.Client) -> None:
    assert run("customers", "find").exit_code == 2
    result = run("customers", "find", "--name", "Acme")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "found 0" in result.stderr


def test_a_list_is_filtered_sorted_and_limited(run: Run, account: invoiced.Client, emulator: Emulator) -> None:
    for name, country in [("A", "US"), ("B", "DE"), ("C", "US")]:
        account.Customer.create(name=name, country=country, metadata={"rep": "Eva"})
    emulator.requests.clear()
    options = [
        "--filter",
        "country=US",
        "--metadata",
        "rep=Eva",
        "--sort",
        "name desc",
        "--updated-after",
        "2020-01-01",
    ]
    result = run("customers", "list", *options, "--limit", 1, "--columns", "name")
    assert result.stdout == '{"name": "C"}\n'
    (request,) = emulator.requests
    assert request.query["per_page"] == "1"
    assert request.query["updated_after"] == "1577836800"


def test_a_limit_can_exceed_the_page_size(run: Run, account: invoiced.Client) -> None:
    for place in range(105):
        account.Customer.create(name=f"Customer {place}")
    assert len(run("customers", "list", "--limit", 103).stdout.splitlines()) == 103
    assert len(run("customers", "list").stdout.splitlines()) == 105


def test_contacts_need_the_id_of_their_customer(run: Run, account: invoiced.Client) -> None:
    customer = account.Customer.create(name="Acme").id
    parent = ("--customer", customer)
    created = read(run("contacts", "create", *parent, "--name", "Nancy", "--no-primary").stdout)
    assert (created["name"], created["primary"]) == ("Nancy", False)
    assert read(run("contacts", "get", created["id"], *parent).stdout) == created
    assert read(run("contacts", "update", created["id"], *parent, "--phone", "1").stdout)["phone"] == "1"
    assert read(run("contacts", "find", *parent, "--name", "Nancy").stdout)["phone"] == "1"
    assert len(run("contacts", "list", *parent).stdout.splitlines()) == 1
    assert run("contacts", "delete", created["id"], *parent).stderr == f"Deleted contact {created['id']}.\n"
    assert run("contacts", "list", *parent).stdout == ""
    assert "Missing option '--customer'" in run("contacts", "list").stderr


def test_record_methods_are_commands(run: Run, account: invoiced.Client, emulator: Emulator) -> None:
    customer = account.Customer.create(name="Acme", email="billing@example.com").id
    emulator.set_balance(customer, total_outstanding=Decimal("470.10"))
    assert read(run("customers", "balance", customer, "--currency", "usd").stdout)["total_outstanding"] == Decimal(
        "470.10"
    )
    result = run("customers", "send-statement", customer, "--subject", "November", "--columns", "subject,email")
    assert result.stdout == '{"subject": "November", "email": null}\n'
    to = ["--to", '{"email": "a@example.com"}', "--to", '[{"email": "b@example.com"}]']
    run("customers", "send-statement", customer, *to, "--idempotency-key", "november")
    assert [email["email"] for email in emulator.outbox] == ["billing@example.com", "a@example.com", "b@example.com"]
    assert emulator.requests[-1].headers["Idempotency-Key"] == "november"


def test_only_writes_take_an_idempotency_key(run: Run) -> None:
    for verb in ("list", "get", "find", "balance", "delete"):
        assert "--idempotency-key" not in run("customers", verb, "--help").stdout
    for verb in ("create", "update", "send-statement"):
        assert "--idempotency-key" in run("customers", verb, "--help").stdout


def test_deleting_several_records_stops_at_the_first_error_and_reports_the_deleted_ones(
    run: Run, account: invoiced.Client
) -> None:
    first, second = (account.Customer.create(name=name).id for name in "AB")
    result = run("customers", "delete", first, first, 999, second)
    assert result.exit_code == 1
    deleted, failed = result.stderr.splitlines()
    assert deleted == f"Deleted customer {first}."
    assert failed.startswith("Error: DELETE /customers/999 failed with status 404")
    assert [customer.id for customer in account.Customer.all()] == [second]


def test_an_api_error_exits_with_1_and_one_line(run: Run, emulator: Emulator) -> None:
    emulator.fail("POST /customers", status=400, body='{"type": "invalid_request", "message": "Bad\\n\\u001b[31mname"}')
    result = run("customers", "create", "--name", "Acme")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: POST /customers failed with status 400: Bad \\x1b[31mname.\n"


def test_a_lost_response_is_reported_as_possibly_processed(run: Run, emulator: Emulator) -> None:
    emulator.fail("POST /customers", connection="reset", committed=True)
    result = run("customers", "create", "--name", "Acme")
    assert result.exit_code == 1
    assert "It may have been processed" in result.stderr
    assert len(emulator.requests) == 1


def test_the_help_of_an_option_is_the_description_of_its_field(run: Run) -> None:
    words = " ".join(run("customers", "create", "--help").stdout.split())
    assert "--payment-terms TEXT Payment terms used when AutoPay is off, such as NET 30." in words
    assert "--type TEXT Customer type: company, person, government or non_profit." in words
    words = " ".join(run("statements", "send", "--help").stdout.split())
    assert "--open-balance / --no-open-balance Only customers with, or without, an open balance." in words
