"""The PDFs of invoices, credit notes, estimates and payments, and the links to them."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Any

import pytest
import requests
from pypdf import PdfReader

import invoiced
from invoiced.emulator import Emulator

ACCEPT = {"Accept": "application/pdf"}
DOCUMENTS = ("invoices", "credit_notes", "estimates")


def pages(content: bytes) -> list[str]:
    """Return the text of each page."""
    return [page.extract_text() for page in PdfReader(BytesIO(content), strict=True).pages]


def pdf(api: requests.Session, path: str) -> str:
    """Return the text of the PDF at a path."""
    response = api.get(path, headers=ACCEPT)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/pdf"), response.text
    return "\n".join(pages(response.content))


def linked(api: requests.Session, link: str, **options: Any) -> requests.Response:
    """Follow a link without the API key."""
    return api.get(link, auth=lambda request: request, **options)


def created(api: requests.Session, path: str, **fields: Any) -> dict[str, Any]:
    response = api.post(path, json=fields)
    assert response.status_code == 201, response.text
    record: dict[str, Any] = response.json()
    return record


@pytest.mark.parametrize(
    ("path", "heading"),
    [("invoices", "Invoice INV-00001"), ("credit_notes", "Credit note CN-00001"), ("estimates", "Estimate EST-00001")],
)
def test_a_document_has_its_number_its_customer_its_lines_and_totals(
    api: requests.Session, customer: dict[str, Any], path: str, heading: str
) -> None:
    lines = [
        {"name": "Paper", "description": "A4", "quantity": 3, "unit_cost": 19.99},
        {"name": "Żółw", "quantity": 2.5, "unit_cost": 12.35, "taxes": [{"amount": 1.5}]},
    ]
    rates = {"discounts": [{"amount": 5}], "taxes": [{"amount": 7.25}], "notes": "Thank you"}
    document = created(api, f"/{path}", customer=customer["id"], items=lines, **rates)
    text = pdf(api, f"/{path}/{document['id']}")
    assert text.startswith(f"{heading}\nCustomer: Acme\nNumber: CUST-00001\n")
    assert "Date: 2014-11-05\n" in text
    # Example A of billing.md 2.11, with plain amounts.
    cells = ("Paper", "3", "19.99", "59.97", "A4", "Żółw", "2.5", "12.35", "30.88", "Tax", "1.50")
    totals = ("Subtotal", "90.85", "Discount", "-5.00", "Tax", "7.25", "Total", "94.60", "Thank you", "Page 1 of 1")
    position = 0
    for each in (*cells, *totals):
        position = text.index(each, position)


@pytest.mark.parametrize(("currency", "shown"), [("jpy", "1200"), ("usd", "1200.00"), ("bhd", "1200.000")])
def test_amounts_have_the_decimals_of_the_currency(
    api: requests.Session, customer: dict[str, Any], currency: str, shown: str
) -> None:
    fields = {"customer": customer["id"], "currency": currency, "items": [{"name": "A", "unit_cost": 1200}]}
    invoice = created(api, "/invoices", **fields)
    text = pdf(api, f"/invoices/{invoice['id']}")
    assert f"Currency: {currency}\n" in text
    assert shown in text.split()


def test_a_payment_is_a_receipt_of_what_it_was_applied_to(api: requests.Session, customer: dict[str, Any]) -> None:
    invoice = created(api, "/invoices", customer=customer["id"], items=[{"unit_cost": 100}])
    applied = [{"type": "invoice", "invoice": invoice["id"], "amount": 60}]
    payment = created(api, "/payments", customer=customer["id"], amount=60, method="check", applied_to=applied)
    text = pdf(api, f"/payments/{payment['id']}")
    assert text.startswith(f"Receipt {payment['id']}\nCustomer: Acme\n")
    for each in ("Method: check", "Invoice INV-00001", "60.00"):
        assert each in text


def test_the_client_downloads_the_pdfs(emulator: Emulator) -> None:
    client = invoiced.Client("key", base_url=emulator.url)
    customer = client.Customer.create(name="Acme")
    for collection in (client.Invoice, client.CreditNote, client.Estimate):
        document = collection.create(customer=customer.id, items=[{"unit_cost": 5}])
        assert document.number in pages(document.pdf())[0]
    payment = client.Payment.create(customer=customer.id, amount=5)
    assert "5.00" in pages(payment.pdf())[0]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_pdf_url_leads_to_the_same_pdf_without_a_key(
    api: requests.Session, customer: dict[str, Any], path: str
) -> None:
    document = created(api, f"/{path}", customer=customer["id"], items=[{"unit_cost": 5}])
    response = linked(api, document["pdf_url"])
    assert response.status_code == 200
    assert response.content == api.get(f"/{path}/{document['id']}", headers=ACCEPT).content
    assert response.headers["Content-Disposition"].endswith(f'-{document["number"]}.pdf"')
    assert linked(api, document["pdf_url"], headers={"Authorization": "Bearer key"}).status_code == 400
    assert linked(api, document["url"]).status_code == 501
    assert linked(api, document["pdf_url"].replace("emulator/", "emulator/0")).status_code == 404
    assert linked(api, f"{document['pdf_url']}/x").status_code == 404


def test_pdf_url_of_a_payment_leads_to_its_receipt_without_a_key(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    invoice = created(api, "/invoices", customer=customer["id"], items=[{"unit_cost": 5}])
    applied = [{"type": "invoice", "invoice": invoice["id"], "amount": 5}]
    payment = created(api, "/payments", customer=customer["id"], amount=5, applied_to=applied)
    response = linked(api, payment["pdf_url"])
    assert response.status_code == 200
    assert response.content == api.get(f"/payments/{payment['id']}", headers=ACCEPT).content
    assert linked(api, payment["pdf_url"].removesuffix("/pdf")).status_code == 501
    assert linked(api, payment["pdf_url"].replace("emulator/", "emulator/0")).status_code == 404
    api.delete(f"/payments/{payment['id']}").raise_for_status()
    assert linked(api, payment["pdf_url"]).status_code == 404


def test_the_link_of_a_voided_invoice_is_404(api: requests.Session, customer: dict[str, Any]) -> None:
    invoice = created(api, "/invoices", customer=customer["id"], items=[{"unit_cost": 5}])
    api.post(f"/invoices/{invoice['id']}/void")
    assert linked(api, invoice["pdf_url"]).status_code == 404
    assert "voided" in pdf(api, f"/invoices/{invoice['id']}")


def test_other_resources_and_lists_respond_with_json(api: requests.Session, customer: dict[str, Any]) -> None:
    for path in ("/customers/1", "/invoices"):
        assert api.get(path, headers=ACCEPT).headers["Content-Type"] == "application/json"
    response = api.get("/invoices/77", headers=ACCEPT)
    assert (response.status_code, response.json()["type"]) == (404, "invalid_request")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 5000, "xxx\nxxx"),
        ("a b " * 3000, "a b a b"),
        ("株式会社한국" * 100, "株式会社"),
        ("\x00\x1b[2J\u202e\u2028\t\r\n", "[2J"),
        ("שלום عالم", "שלום"),
        ("🎉👩‍👩‍👧", "\ufffd"),
        ("\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"), ""),
        ("é" + "\u0301" * 300, "é"),
        ("<b>&amp;</b> \\) (Tj ET", "<b>&amp;</b> \\) (Tj ET"),
    ],
    ids=["long word", "many words", "CJK", "control", "right to left", "emoji", "surrogate", "combining", "markup"],
)
def test_any_text_is_shown_or_replaced(api: requests.Session, customer: dict[str, Any], text: str, shown: str) -> None:
    line = {"name": text[:250], "description": text, "unit_cost": 5}
    fields = {"customer": customer["id"], "items": [line] * 2, "notes": text, "payment_terms": text[:80]}
    invoice = created(api, "/invoices", **fields)
    found = pdf(api, f"/invoices/{invoice['id']}")
    assert shown.replace("\nxxx", "") in found
    assert "Total" in found


@pytest.mark.parametrize("figures", [{"unit_cost": 1e15, "quantity": 1000}, {"unit_cost": 1e-9}, {"quantity": 1e-9}])
def test_any_amount_is_shown(api: requests.Session, customer: dict[str, Any], figures: dict[str, float]) -> None:
    invoice = created(api, "/invoices", customer=customer["id"], items=[figures])
    assert "Total" in pdf(api, f"/invoices/{invoice['id']}")


def test_a_long_document_has_several_pages(api: requests.Session, customer: dict[str, Any]) -> None:
    lines = [{"name": f"Line {number}", "unit_cost": 1} for number in range(200)]
    invoice = created(api, "/invoices", customer=customer["id"], items=lines)
    found = pages(api.get(f"/invoices/{invoice['id']}", headers=ACCEPT).content)
    assert len(found) > 3
    assert all(page.startswith("Invoice INV-00001\nCustomer: Acme") for page in found)
    assert found[-1].endswith(f"Page {len(found)} of {len(found)}")
    assert "Line 199" in "\n".join(found)


@pytest.mark.parametrize("api", ["in process"], indirect=True)
def test_a_pdf_of_ten_lines_takes_less_than_50_ms_after_the_first(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    lines = [{"name": f"Łódź 株式会社 {number}", "unit_cost": 12.5} for number in range(10)]
    path = f"/invoices/{created(api, '/invoices', customer=customer['id'], items=lines)['id']}"
    durations = []
    contents = {api.get(path, headers=ACCEPT).content}
    for _ in range(10):
        start = time.process_time()
        contents.add(api.get(path, headers=ACCEPT).content)
        durations.append(time.process_time() - start)
    assert min(durations) < 0.05
    assert len(contents) == 1


def _statement(api: requests.Session, customer: dict[str, Any], **query: Any) -> str:
    return pages(linked(api, customer["statement_pdf_url"], params=query).content)[0]


DAY = 86400
NOVEMBER = 1414800000  # 2014-11-01


def test_a_statement_carries_the_balance_forward(api: requests.Session, customer: dict[str, Any]) -> None:
    def invoice(amount: int, days: int, owner: dict[str, Any] = customer) -> dict[str, Any]:
        items = [{"unit_cost": amount}]
        return created(api, "/invoices", customer=owner["id"], date=NOVEMBER + days * DAY, items=items)

    child = created(api, "/customers", name="Child", parent_customer=customer["id"])
    before, billed, last = invoice(100, -5), invoice(50, 1), invoice(7, 2, child)
    created(api, "/credit_notes", customer=customer["id"], date=NOVEMBER + 2 * DAY, items=[{"unit_cost": 20}])
    applied = [{"type": "invoice", "invoice": before["id"], "amount": 100}]
    created(api, "/payments", customer=customer["id"], amount=100, date=NOVEMBER + 3 * DAY, applied_to=applied)
    created(api, "/invoices", customer=customer["id"], draft=True, items=[{"unit_cost": 1000}])
    text = _statement(api, customer, start=NOVEMBER)
    assert "Period: from 2014-11-01 until 2014-11-05\nCurrency: usd\nTotal outstanding: 37.00\n" in text
    rows = (
        *("Opening balance", "100.00", billed["number"], "50.00", "150.00", last["number"], "7.00", "157.00"),
        *("Credit note CN-00001", "-20.00", "137.00", "Payment (other)", "-100.00", "37.00", "Closing balance"),
    )
    position = 0
    for each in rows:
        position = text.index(each, position)


def test_an_open_item_statement_lists_open_invoices(api: requests.Session, customer: dict[str, Any]) -> None:
    paid, still_open = (
        created(api, "/invoices", customer=customer["id"], payment_terms="NET 30", items=[{"unit_cost": amount}])
        for amount in (0, 30)
    )
    text = _statement(api, customer, type="open_item")
    assert "Total outstanding: 30.00" in text
    assert still_open["number"] in text
    assert "2014-12-05" in text
    assert paid["number"] not in text


def test_a_statement_without_documents_shows_the_figures_that_were_set(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    emulator.set_balance(customer["id"], total_outstanding=12)
    assert "Total outstanding: 12.00" in _statement(api, customer)
