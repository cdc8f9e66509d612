"""Tests that the page on migrating from invoiced 3.0.0 is complete, and that the names on it exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest

import invoiced
from invoiced.emulator.description import OPERATIONS

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
CHECKLIST, MISSING = PAGE.split("## Calls and records")[0], PAGE.split("## What has no method yet")[1]
SHOWN = " ".join(re.findall(r"```[^`]+```|`[^`\n]+`", PAGE))

# The public names of 3.0.0, from `dir()`.
NAMES = {
    "collections": """
        Charge Coupon CreditBalanceAdjustment CreditNote CustomField Customer CustomerChasingCadence EmailTemplate
        Estimate Event File GlAccount Inbox Invoice InvoiceChasingCadence Item LateFeeSchedule Member
        MerchantAccount Note Payment PaymentMethod PdfTemplate Plan Refund Report Role SignUpPage SmsTemplate
        Subscription Task TaxRate TaxRule Theme Webhook
    """,
    "client": """
        api_key api_url sandbox ApiBase ApiBaseSandbox ConnectTimeout ReadTimeout request build_headers parse
        handle_api_error handle_network_error authentication_error invalid_request_error rate_limit_error api_error
        general_api_error
    """,
    "customer": """
        send_statement send_statement_sms send_statement_letter balance contacts list_notes line_items payment_sources
        invoice consolidate_invoices
    """,
    "others": "send send_sms send_letter pay attachments notes payment_plan void cancel preview",
    "records": """
        create retrieve list save delete refresh_from update set_endpoint_base endpoint_base endpoint InvoicedObject
        CreatableObject DeletableObject ListableObject UpdatableObject PaymentSourceObject
    """,
    "classes": "Attachment BankAccount Card Contact Letter LineItem PaymentPlan PaymentSource TextMessage Client",
    "lists": "List links total_count parse_link_header",
    "errors": """
        ErrorBase ApiConnectionError ApiError AuthenticationError InvalidRequestError RateLimitError status_code error
        _message
    """,
}
COLLECTIONS = NAMES["collections"].split()


def rows(text: str) -> list[list[str]]:
    """Return the cells of the rows of all tables."""
    return [
        [cell.strip() for cell in row.split("|")[1:-1]]
        for row in re.findall(r"^\| (?!3\.0\.0 ).*\|$", text, re.MULTILINE)
    ]


def plain(name: str) -> str:
    """Normalize a name: `credit_note.send()` and `CreditNote.send` are the same."""
    return re.sub(r"\(.*?\)|[`_]", "", name).removeprefix("client.").lower()


@pytest.mark.parametrize("kind", NAMES)
def test_each_name_of_the_older_client_is_on_the_page(kind: str) -> None:
    assert [name for name in NAMES[kind].split() if not re.search(rf"\b{name}\b", SHOWN)] == []


def test_the_list_of_missing_attributes_is_correct() -> None:
    missing = set(re.findall(r"`(\w+)`", MISSING.split("Their path")[0]))
    assert missing == {name for name in COLLECTIONS if not hasattr(invoiced.Client("any key"), name)}


def test_the_methods_that_are_listed_as_missing_do_not_exist() -> None:
    methods = re.findall(r"`customer\.(\w+)", " ".join(row[0] for row in rows(MISSING)))
    assert methods
    assert [name for name in methods if hasattr(invoiced.Customer, name)] == []


def test_each_name_in_the_right_column_of_the_checklist_exists() -> None:
    existing = {
        "client": {*dir(invoiced.Client("any key"))},
        "client.Customer": {*dir(invoiced.Customers)},
        "error": {*dir(invoiced.InvoicedError), *get_type_hints(invoiced.InvoicedError)},
        "invoiced": {*dir(invoiced)},
        "r": {*dir(invoiced.Response)},
        "x": {*dir(invoiced.Customer)} & {*dir(invoiced.Contact)},
    }
    cells = " ".join(row[1] for row in rows(CHECKLIST))
    members = re.findall(r"(client\.Customer|\w*)\.(\w+)", cells)
    assert {base for base, _ in members} == {*existing, "json", ""}
    assert [name for base, name in members if base in existing and name not in existing[base]] == []
    assert {*re.findall(r"(?<!\.)\b[A-Z]\w+", cells)} - {"None", "False"} <= existing["invoiced"]


def test_each_option_in_the_right_column_of_the_checklist_exists() -> None:
    callables: list[Callable[..., object]] = [
        invoiced.Client,
        invoiced.Contact,
        invoiced.Customers.create,
        invoiced.Customers.retrieve,
    ]
    accepted = {name for function in callables for name in inspect.signature(function).parameters} | {"name"}
    assert {*re.findall(r"(\w+)=", " ".join(row[1] for row in rows(CHECKLIST)))} - accepted == set()


def test_each_attribute_of_an_error_on_the_page_exists() -> None:
    listed = re.findall(r"`(\w+)`", PAGE.split("**More attributes**: ")[1].split("The attributes")[0])
    assert listed
    existing = {*get_type_hints(invoiced.InvoicedError), *dir(invoiced.InvoicedError)}
    assert {*listed, "message", "outcome_unknown"} - existing == set()


@pytest.mark.parametrize("name", sorted({*COLLECTIONS} - {"Customer", "Refund"}))
def test_the_naming_rule_of_the_page_yields_the_path_of_a_collection(name: str) -> None:
    path = "/" + re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + ("es" if name == "Inbox" else "s")
    assert {operation.path for operation in OPERATIONS if operation.name in {f"{name}.list", f"{name}.create"}} == {
        path
    }


@pytest.mark.parametrize(
    ("method", "request_line"), [(row[0], row[1].strip("`")) for row in rows(MISSING) if re.match("`[A-Z]+ /", row[1])]
)
def test_the_request_that_replaces_a_method_is_in_the_api_description(method: str, request_line: str) -> None:
    requests = {
        re.sub(r"\w+_id", "id", f"{operation.method} {operation.path}"): operation.name for operation in OPERATIONS
    }
    assert plain(requests[request_line]).removesuffix(".list") == plain(method)
