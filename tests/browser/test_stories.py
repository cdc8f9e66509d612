"""Stories in a browser: somebody looks on while a program works."""

from __future__ import annotations

from typing import Any

import pytest

import invoiced
from invoiced.emulator import Emulator

PAGES = "/_emulator/pages/"
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


def test_an_invoice_is_seen_open_overdue_and_paid_and_its_receipt_is_read(
    page: Any, client: invoiced.Client, emulator: Emulator
) -> None:
    customer = client.Customer.create(name="Acme", email="billing@acme.example")
    lines = [{"name": "Copy paper", "quantity": 3, "unit_cost": 14.95}]
    invoice = client.Invoice.create(customer=customer.id, items=lines, payment_terms="NET 14")
    page.get_by_text("44.85 USD").first.wait_for()  # without a reload
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_role("link", name=str(invoice.number)).click()
    page.get_by_text("Not sent", exact=True).wait_for()
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("button", name="One month later").click()
    page.get_by_role("link", name="invoice.updated").first.click()
    page.get_by_text("Past due", exact=True).wait_for()

    applied = [{"type": "invoice", "invoice": invoice.id, "amount": 44.85}]
    client.Payment.create(customer=customer.id, amount=44.85, applied_to=applied).send()
    page.get_by_text("Paid", exact=True).and_(page.locator(".status")).wait_for()  # without a reload
    page.get_by_role("link", name="Outbox", exact=True).click()
    page.get_by_role("link", name="Receipt for your recent payment").click()
    page.get_by_text("we have attached a receipt").wait_for()
    assert page.locator("iframe").get_attribute("title") == "Attached PDF"
    frame = page.request.get(page.locator("iframe").get_attribute("src"))
    assert frame.headers["content-type"] == "application/pdf"


def test_a_fault_is_made_by_form_and_seen_where_it_struck(page: Any, client: invoiced.Client) -> None:
    page.get_by_role("link", name="Faults", exact=True).click()
    page.get_by_label("Request", exact=True).fill("POST /customers")
    page.get_by_label("Status").fill("503")
    page.get_by_role("button", name="Add the rule").click()
    page.get_by_text("POST /customers: status 503").wait_for()
    with pytest.raises(invoiced.ApiError):
        client.Customer.create(name="Acme")
    client.Customer.create(name="Acme")
    page.get_by_text("1 time").wait_for()
    page.get_by_role("button", name="Remove POST /customers: status 503").click()
    page.get_by_text("No request fails.").wait_for()
    page.get_by_role("link", name="Requests", exact=True).click()
    page.get_by_role("row", name="POST /customers 503").wait_for()
    page.get_by_role("row", name="POST /customers 201").get_by_role("link").click()
    page.get_by_text('"name": "Acme"').first.wait_for()


def test_hostile_names_are_shown_as_text_and_run_nothing(page: Any, client: invoiced.Client) -> None:
    customer = client.Customer.create(name=HOSTILE, email="a@example.com", notes=HOSTILE)
    client.Invoice.create(customer=customer.id, items=[{"name": HOSTILE, "unit_cost": 1}]).send(subject=HOSTILE)
    for path in ("customers", f"customers/{customer.id}", "invoices", "outbox", "requests/1"):
        page.goto(PAGES + path)
        assert page.get_by_text("<img src=x").count() > 0, path
        assert page.title().endswith("Invoiced emulator")
        assert page.locator("main img, main script").count() == 0


def test_everything_can_be_done_by_keyboard(page: Any, client: invoiced.Client, emulator: Emulator) -> None:
    client.Customer.create(name="Acme")
    page.goto("/")

    def reach(role: str, name: str) -> None:
        target = page.get_by_role(role, name=name, exact=True).first
        for _ in range(60):
            page.keyboard.press("Tab")
            if target.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{role} {name} cannot be reached by keyboard")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    before = emulator.now
    reach("button", "One day later")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert emulator.now - before > 86_000
    reach("link", "Customers")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers")
    reach("searchbox", "Search")
    page.keyboard.type("Acm")
    reach("button", "Search")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=Acm**")
    reach("link", "CUST-00001")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Customer CUST-00001").wait_for()
    reach("link", "Faults")
    page.keyboard.press("Enter")
    reach("textbox", "Request")
    page.keyboard.type("GET /customers")
    reach("textbox", "Status")
    page.keyboard.type("500")
    reach("button", "Add the rule")
    page.keyboard.press("Enter")
    page.get_by_text("GET /customers: status 500").wait_for()


def test_the_call_of_a_record_is_copied(page: Any, client: invoiced.Client, emulator: Emulator) -> None:
    customer = client.Customer.create(name="Acme")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{PAGES}customers/{customer.id}")
    page.get_by_role("button", name="Copy curl").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"curl -u any-key: {emulator.url}/customers/{customer.id}"


def test_the_account_is_reset_and_a_sample_is_loaded(page: Any, client: invoiced.Client) -> None:
    client.Customer.create(name="Acme")
    page.get_by_role("link", name="Data", exact=True).click()
    page.get_by_text("Remove all data", exact=True).click()
    page.get_by_role("button", name="Remove all data now").click()
    page.get_by_text("Nothing is owed yet.").wait_for()
    page.get_by_role("link", name="Load a sample company").click()
    page.get_by_label("Customers").fill("2")
    page.get_by_role("button", name="Load the sample").click()
    page.get_by_role("link", name="2 customers").wait_for()
