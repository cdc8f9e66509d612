"""Tests that the page on migrating from invoiced 3.0.0 is complete, and that the names on it exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from resource_writer.description import Description

import invoiced

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
CHECKLIST, RESOURCES = PAGE.split("## What no type checker finds")[0], PAGE.split("## Resources and methods")[1]
SAME, OTHER_NAMES, UNROUTED = re.split("### Where the field wins|### What the service does not have", RESOURCES)
OPERATIONS = Description.read().operations
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


def words(cell: str) -> list[str]:
    """Return the code in a cell, without arguments: `invoice.notes()` is `invoice.notes`."""
    return [re.sub(r"\(.*\)", "", code) for code in re.findall(r"`([^`]+)`", cell)]


def class_of(variable: str) -> type[Any]:
    """Return the class of a variable of the page: that of `credit_note` is `CreditNote`."""
    cls: type[Any] = getattr(invoiced, variable.title().replace("_", ""))
    return cls


CLIENT = invoiced.Client("any key")
SAME_METHODS = [(row[0].strip("`"), method) for row in rows(SAME) for method in words(row[1])]
RENAMED_METHODS = [(words(row[0])[0].split("."), words(row[1])[0].split(".")) for row in rows(OTHER_NAMES)]


@pytest.mark.parametrize("kind", NAMES)
def test_each_name_of_the_older_client_is_on_the_page(kind: str) -> None:
    assert [name for name in NAMES[kind].split() if not re.search(rf"\b{name}\b", SHOWN)] == []


def test_the_list_of_attributes_is_correct() -> None:
    same, new = (re.findall(r"`([A-Z]\w+)`", part) for part in SAME.split("[`create`")[0].split("New are"))
    assert same == COLLECTIONS
    assert {*same, *new} == {*invoiced.COLLECTIONS}


def test_each_method_with_an_own_name_is_in_one_of_the_tables() -> None:
    renamed = [old for (_, old), _ in RENAMED_METHODS]
    listed = {*renamed, *(method for _, method in SAME_METHODS)}
    assert {*NAMES["customer"].split(), *NAMES["others"].split()} - listed == set()


@pytest.mark.parametrize(("cls", "method"), SAME_METHODS)
def test_a_method_with_the_same_name_sends_the_request_of_the_description(cls: str, method: str) -> None:
    record = getattr(invoiced, cls)
    docstring = getattr(record, method).__doc__
    owner = {"PaymentPlan": "Invoice.payment_plan", "Subscriptions": "Subscription"}.get(cls, cls)
    verb = {"PaymentPlan.delete": "cancel", "Subscription.delete": "cancel"}.get(f"{cls}.{method}", method)
    if collection := invoiced.NESTED_COLLECTIONS.get(f"{cls}.{method}"):
        assert f"{owner}.{verb}.list" in OPERATIONS
        assert getattr(record, method).__annotations__["return"] == collection
        return
    operation = OPERATIONS[f"{owner}.{verb}"]
    request = re.sub(r"\{\w+\}", ":id", f"{operation.method} {operation.path}")
    documented = re.search(r"[A-Z]+ /[\w/:]+\w", docstring)
    if documented is None:
        assert f"{operation.method}, with the path of the record" in docstring
        assert operation.path.endswith(f"/{record._path}/{{id}}")
    else:
        assert re.sub(r":\w+", ":id", documented[0]) == request


@pytest.mark.parametrize(("old", "new"), RENAMED_METHODS)
def test_a_renamed_method_exists_and_its_earlier_name_does_not(old: list[str], new: list[str]) -> None:
    (variable, method), (_, renamed) = old, new
    assert callable(getattr(class_of(variable), renamed))
    assert not hasattr(class_of(variable), method)
    empty = class_of(variable)(CLIENT, 1)
    with pytest.raises(AttributeError, match=f"use {renamed}"):
        getattr(empty, method)


def test_the_list_of_calls_that_the_service_does_not_have_is_complete() -> None:
    unrouted = {operation.id for operation in OPERATIONS.values() if not operation.is_offered}
    listed = []
    for row in rows(UNROUTED.split("### ")[0]):
        owner, *verbs = words(row[0])
        owner = re.sub("^(customer|invoice)", lambda found: found[0].title(), owner.removeprefix("client."))
        listed += [f"{owner}.{verb}" for verb in verbs]
    assert len(listed) == 18
    assert {*listed} == unrouted


def test_what_to_use_instead_of_a_call_that_the_service_does_not_have_exists() -> None:
    replacements = [
        word for row in rows(UNROUTED.split("### ")[0]) for word in words(row[1]) if word.startswith("client.")
    ]
    assert len(replacements) > 5
    for replacement in replacements:
        _, collection, method = replacement.split(".")
        assert callable(getattr(getattr(CLIENT, collection), method))
    for name, method in (("Note", "retrieve"), ("LateFeeSchedule", "retrieve"), ("Webhook", "retrieve")):
        with pytest.raises(AttributeError, match="the service has no such call; use client"):
            getattr(getattr(CLIENT, name), method)


def test_each_name_in_the_right_column_of_the_checklist_exists() -> None:
    existing = {
        "client": {*dir(CLIENT), *invoiced.COLLECTIONS},
        "client.Customer": {*dir(invoiced.Customers)},
        "client.Note": {*dir(invoiced.Notes)},
        "estimate": {*dir(invoiced.Estimate)},
        "invoice": {*dir(invoiced.Invoice)},
        "error": {*dir(invoiced.InvoicedError), *get_type_hints(invoiced.InvoicedError)},
        "invoiced": {*dir(invoiced)},
        "r": {*dir(invoiced.Response)},
        "x": {*dir(invoiced.Customer), "id"} & {*dir(invoiced.Contact), *invoiced.Contact.__annotations__},
    }
    cells = " ".join(row[1] for row in rows(CHECKLIST))
    members = re.findall(r"(client\.Customer|client\.Note|\w*)\.(\w+)", cells)
    assert {base for base, _ in members} == {*existing, ""}
    assert [name for base, name in members if base in existing and name not in existing[base]] == []
    assert {*re.findall(r"(?<!\.)\b[A-Z]\w+", cells)} - {"None", "False"} <= existing["invoiced"]


def test_each_option_in_the_right_column_of_the_checklist_exists() -> None:
    callables: list[Callable[..., object]] = [invoiced.Client, invoiced.Contact]
    accepted = {name for function in callables for name in inspect.signature(function).parameters}
    for params in (invoiced.CustomerCreate, invoiced.RetrieveParams, invoiced.NoteCreate):
        accepted |= {*get_type_hints(params)}
    assert {*re.findall(r"(\w+)=", " ".join(row[1] for row in rows(CHECKLIST)))} - accepted == set()


def test_each_attribute_of_an_error_on_the_page_exists() -> None:
    listed = re.findall(r"`(\w+)`", PAGE.split("**More attributes**: ")[1].split("The attribute")[0])
    assert listed
    existing = {*get_type_hints(invoiced.InvoicedError), *dir(invoiced.InvoicedError)}
    assert {*listed, "message", "outcome_unknown"} - existing == set()


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_path_of_a_collection_is_that_of_3_0_0_except_where_the_page_says_so(name: str) -> None:
    older = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() + ("es" if name == "Inbox" else "s")
    path = "/".join(getattr(CLIENT, name)._path)
    if path != older:
        assert f"`/{older}`, but the path is `/{path}`" in UNROUTED
