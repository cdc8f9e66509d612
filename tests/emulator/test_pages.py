"""The emulator's pages for a browser: what they show, and what keeps others out. tests/browser/ uses a browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

from .receivers import serving

PAGES = "/_emulator/pages/"
SECTIONS = (
    *("customers", "invoices", "estimates", "credit_notes", "payments", "subscriptions", "items", "plans"),
    *("outbox", "webhooks", "requests", "faults", "data"),
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7 * 7 }}"


class Browser(requests.Session):
    """What a browser does, without scripts: it opens pages, and sends the forms on them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def open(self, path: str, **options: Any) -> requests.Response:
        return self.get(self._url + path, **options)

    def text(self, path: str) -> str:
        response = self.open(path)
        assert response.status_code == 200, (path, response.text)
        return response.text

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.text("/"))
        assert found
        return found[1]

    def submit(self, path: str, **fields: Any) -> requests.Response:
        files = {name: fields.pop(name) for name in [*fields] if name == "snapshot"} or None
        return self.post(self._url + PAGES + path, {"token": self.token, **fields}, files=files, allow_redirects=False)


@pytest.fixture
def browser(emulator: Emulator) -> Iterator[Browser]:
    with Browser(emulator.url) as browser:
        yield browser


@pytest.fixture
def client(emulator: Emulator) -> Iterator[invoiced.Client]:
    with invoiced.Client("any key", base_url=emulator.url) as client:
        yield client


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))


def links_of(text: str) -> list[str]:
    return [str(attributes["href"]) for tag, attributes in _Tags(text).tags if tag == "a"]


def test_the_first_page_is_at_the_address_that_the_emulator_prints(browser: Browser, emulator: Emulator) -> None:
    response = browser.open("/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert {PAGES + section for section in SECTIONS} <= {*links_of(response.text)}
    assert not emulator.requests, "pages are no requests to the API"


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_is_shown_without_records_and_with_them(
    section: str, browser: Browser, client: invoiced.Client
) -> None:
    browser.text(PAGES + section)
    customer = client.Customer.create(name="Acme", email="a@example.com")
    client.Item.create(id="paper", name="Paper", unit_cost=10)
    client.Plan.create(id="gold", name="Gold", amount=49, interval="month", interval_count=1)
    client.Subscription.create(customer=customer.id, plan="gold")
    lines = [{"name": "Paper", "quantity": 2, "unit_cost": 10}]
    invoice = client.Invoice.create(customer=customer.id, items=lines)
    client.Estimate.create(customer=customer.id, items=lines)
    client.CreditNote.create(customer=customer.id, items=lines)
    applied = [{"type": "invoice", "invoice": invoice.id, "amount": 5}]
    client.Payment.create(customer=customer.id, amount=5, applied_to=applied)
    invoice.send()
    client.Webhook.create(url="http://127.0.0.1:9/", events=["*"])
    text = browser.text(PAGES + section)
    for link in {*links_of(text)}:
        if link.startswith(f"{PAGES}{section}/"):
            browser.text(link)


def test_an_invoice_shows_its_lines_totals_history_and_how_to_retrieve_it(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    customer = client.Customer.create(name="Acme")
    invoice = client.Invoice.create(
        customer=customer.id, items=[{"name": "Copy paper", "quantity": 3, "unit_cost": 14.95}]
    )
    text = browser.text(f"{PAGES}invoices/{invoice.id}")
    for shown in (
        "Copy paper",
        "14.95 USD",
        "44.85 USD",
        "Acme",
        "invoice.created",
        f"client.Invoice.retrieve({invoice.id})",
    ):
        assert shown in text
    assert f"curl -u any-key: {emulator.url}/invoices/{invoice.id}" in text
    assert "&#34;number&#34;: &#34;INV-00001&#34;" in text  # the JSON


def test_amounts_of_the_overview_are_those_of_documents_and_payments(
    browser: Browser, client: invoiced.Client, clock: Any
) -> None:
    customer = client.Customer.create(name="Acme")
    day = 24 * 60 * 60
    for days, amount in ((0, 100.10), (-20, 20.20), (-50, 3.30), (-80, 4), (-200, 5)):
        due = clock.now + days * day
        client.Invoice.create(customer=customer.id, date=due - day, due_date=due, items=[{"unit_cost": amount}])
    client.Invoice.create(customer=customer.id, currency="jpy", items=[{"unit_cost": 1234}])
    client.Payment.create(customer=customer.id, amount=12.5)
    client.Payment.create(customer=customer.id, amount=7, date=clock.now - 40 * day)
    text = browser.text("/")
    for shown in ("132.60 USD", "32.50 USD", "12.50 USD", "100.10 USD", "20.20 USD", "3.30 USD", "1,234 JPY"):
        assert f">{shown}<" in text


def test_lists_are_searched_sorted_and_paged_by_the_api(browser: Browser, client: invoiced.Client) -> None:
    for number in range(101):
        client.Customer.create(name=f"Customer {number:03}", email=f"c{number}@example.com")
    first = browser.text(f"{PAGES}customers?sort=name+ASC")
    assert first.index("Customer 000") < first.index("Customer 099")
    assert "Customer 100" not in first
    assert "page 1 of 2" in first
    (following,) = {link for link in links_of(first) if "page=2" in link}
    assert "Customer 100" in browser.text(following.replace("&amp;", "&"))
    found = browser.text(f"{PAGES}customers?search=c42%40&field=email")
    assert ("Customer 042" in found, "Customer 041" in found, "1 found" in found) == (True, False, True)


@pytest.mark.parametrize("query", ["sort=nothing+ASC", "page=-1", "page=999", "page=x", "field=credit_limit&search=a"])
def test_odd_parameters_of_a_list_are_no_failures(query: str, browser: Browser, client: invoiced.Client) -> None:
    client.Customer.create(name="Acme")
    assert browser.open(f"{PAGES}customers?{query}").status_code == 200


def test_what_records_say_is_escaped_on_every_page(browser: Browser, client: invoiced.Client) -> None:
    customer = client.Customer.create(name=HOSTILE, email="a@example.com", notes=HOSTILE, metadata={"note": HOSTILE})
    client.Item.create(id="paper", name=HOSTILE, unit_cost=1)
    invoice = client.Invoice.create(
        customer=customer.id, number=HOSTILE[:32], items=[{"name": HOSTILE, "unit_cost": 1}]
    )
    invoice.send(subject=HOSTILE, message=HOSTILE)
    with pytest.raises(invoiced.NotFoundError):
        client.Customer.retrieve(HOSTILE)  # type: ignore[arg-type]
    pages, seen = ["/", *(PAGES + section for section in SECTIONS)], set[str]()
    while pages:
        page = pages.pop()
        response = browser.open(page)
        if response.headers["Content-Type"].startswith("text/html"):
            tags = _Tags(response.text).tags
            assert {tag for tag, _ in tags} & {"img", "b"} == set(), page
            assert [attributes for tag, attributes in tags if tag == "script"] == [
                {"src": f"{PAGES}static/pages.js", "defer": None}
            ]
            assert not [
                name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"
            ]
            new = {link for link in links_of(response.text) if link.startswith("/") and "sort=" not in link} - seen
            pages += [link.replace("&amp;", "&") for link in new]
            seen |= new
    assert len(seen) > len(SECTIONS) + 5


def test_pages_load_nothing_from_elsewhere_and_stay_out_of_other_pages(browser: Browser) -> None:
    for page in ("/", f"{PAGES}invoices", f"{PAGES}nothing", f"{PAGES}static/pages.js"):
        headers = browser.open(page).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["base-uri"] == "'none'"
        assert {policy[name] for name in policy if name not in ("default-src", "base-uri")} == {"'self'"}
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "SAMEORIGIN"


FORMS: list[tuple[str, dict[str, str]]] = [
    ("clock", {"by": "day"}),
    ("outbox/empty", {}),
    ("webhooks/1", {}),
    ("requests/clear", {}),
    ("faults", {"request": "* /**", "status": "500"}),
    ("faults/1/remove", {}),
    ("data/reset", {}),
    ("data/sample", {"customers": "1"}),
    ("data/snapshot", {}),
]


@pytest.mark.parametrize(("path", "fields"), FORMS, ids=[path for path, _ in FORMS])
def test_a_form_without_the_token_changes_nothing(
    path: str, fields: dict[str, str], emulator: Emulator, browser: Browser, client: invoiced.Client
) -> None:
    client.Customer.create(name="Acme")
    emulator.fail("POST /nothing", status=500)
    before = emulator.now, len(emulator.faults), len(emulator.requests)
    for token in ("", "x", "é", browser.token[:-1], browser.token + "x"):
        response = requests.post(emulator.url + PAGES + path, {**fields, "token": token}, allow_redirects=False)
        assert response.status_code == 403
    assert (emulator.now, len(emulator.faults), len(emulator.requests)) == before
    assert requests.get(f"{emulator.url}{PAGES}{path}").status_code != 500


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
    ],
)
def test_another_site_can_link_to_the_first_page_but_not_use_it(
    headers: dict[str, str], status: int, emulator: Emulator
) -> None:
    assert requests.get(f"{emulator.url}/", headers=headers).status_code == status
    inner = requests.get(f"{emulator.url}{PAGES}data/snapshot", headers=headers).status_code
    assert inner == (status if status != 200 else 403)


def test_the_first_page_leaves_the_api_alone(emulator: Emulator, api: requests.Session) -> None:
    emulator.fail("GET /", status=503)
    assert requests.get(f"{emulator.url}/").status_code == 200
    assert api.get("/").status_code == 503
    assert api.post("/").status_code == 404
    assert requests.post(f"{emulator.url}/").status_code == 401


def test_the_clock_is_moved_by_a_form_and_what_is_due_is_done(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    emulator.clock.set(1_801_267_200)  # 2027-01-30
    customer = client.Customer.create(name="Acme")
    invoice = client.Invoice.create(customer=customer.id, payment_terms="NET 14", items=[{"unit_cost": 10}])
    assert browser.submit("clock", by="day").headers["Location"] == "/"
    assert emulator.now == 1_801_353_600
    browser.submit("clock", by="month")
    assert emulator.now == 1_803_772_800  # 2027-02-28
    assert client.Invoice.retrieve(invoice.id).status == "past_due"
    browser.submit("clock", date="2027-03-31")
    assert emulator.now == 1_806_451_200
    for date in ("", "2027-02-30", "tomorrow", "9999999-01-01", "0001-01-01", "2037-04-30", "9999-12-31"):
        assert browser.submit("clock", date=date).status_code == 400
    assert emulator.now == 1_806_451_200


def test_a_fault_is_added_and_removed_by_forms_and_seen_at_the_request_that_it_struck(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    fields = {
        "request": "POST /customers",
        "status": "503",
        "body": '{"message": "Not now."}',
        "times": "",
        "committed": "false",
    }
    assert browser.submit("faults", **fields).status_code == 303
    (rule,) = emulator.faults
    with pytest.raises(invoiced.ApiError, match="Not now"):
        client.with_options(max_retries=0).Customer.create(name="Acme")
    assert "POST /customers: status 503" in browser.text(f"{PAGES}requests")
    request = browser.text(f"{PAGES}requests/1")
    assert "The fault that was applied: POST /customers: status 503" in request
    assert "Not now." in request
    assert rule.hits == 1
    browser.submit(f"faults/{rule.number}/remove")
    assert emulator.faults == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"request": "POST"}, "request"),
        ({"request": "GET /customers"}, "at least one effect"),
        ({"request": "GET /customers", "status": "9"}, "status"),
        ({"request": "GET /customers", "headers": "{"}, "not valid JSON"),
    ],
)
def test_an_invalid_fault_is_explained_and_the_form_keeps_what_was_typed(
    fields: dict[str, str], message: str, browser: Browser, emulator: Emulator
) -> None:
    response = browser.submit("faults", **fields)
    assert response.status_code == 400
    assert message in response.text
    assert f'value="{fields["request"]}"' in response.text
    assert emulator.faults == []


def test_a_message_is_shown_with_the_pdf_that_is_attached(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    customer = client.Customer.create(name="Acme", email="a@example.com")
    invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 10}])
    invoice.send(subject="Your invoice", message="Dear Acme,\nthank you.")
    customer.send_statement(type="open_item")
    for email, start in zip(emulator.outbox, ("Dear Acme,\nthank you.", "Dear Acme, we have attached"), strict=True):
        text = browser.text(f"{PAGES}outbox/{email['id']}")
        assert start in text
        (frame,) = [attributes["src"] for tag, attributes in _Tags(text).tags if tag == "iframe"]
        pdf = browser.open(str(frame))
        assert (pdf.headers["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        assert pdf.headers["Content-Disposition"].startswith("inline;")
    browser.submit("outbox/empty")
    assert emulator.outbox == []


@pytest.mark.parametrize(
    "path", ["", "customers", "/customers", "/_emulator/snapshot", "//evil.example/", "/invoices/1"]
)
def test_only_pdfs_are_shown_as_such(path: str, browser: Browser, client: invoiced.Client) -> None:
    client.Customer.create(name="Acme")
    assert browser.open(f"{PAGES}pdf", params={"path": path}).status_code == 404


def test_a_delivery_shows_request_signature_and_response_and_can_be_repeated(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    with serving() as receiver:
        client.Webhook.create(url=receiver.url, events=["customer.created"])
        client.Customer.create(name="Acme")
        emulator.wait_for_webhooks()
        (link,) = [link for link in links_of(browser.text(f"{PAGES}webhooks")) if link.startswith(f"{PAGES}webhooks/")]
        text = browser.text(link)
        ((headers, body),) = receiver.requests
        assert headers["X-Invoiced-Signature"] in text
        assert (text.count("<td>200</td>"), "customer.created" in text) == (1, True)
        assert browser.submit(link.removeprefix(PAGES)).status_code == 303
        assert browser.text(link).count("<td>200</td>") == 2
        assert [again for _, again in receiver.requests] == [body] * 2


def test_all_data_is_saved_replaced_removed_and_filled_by_forms(
    browser: Browser, client: invoiced.Client, emulator: Emulator
) -> None:
    client.Customer.create(name="Acme")
    saved = browser.open(f"{PAGES}data/snapshot")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="invoiced-2014-11-05.jsonl"'
    browser.submit("data/reset")
    assert [*client.Customer.all()] == []
    assert browser.submit("data/snapshot", snapshot=saved.content).headers["Location"] == "/"
    assert [customer.name for customer in client.Customer.all()] == ["Acme"]
    assert "cannot be loaded" in browser.submit("data/snapshot", snapshot=b"{").text
    browser.submit("data/reset")
    assert browser.submit("data/sample", customers="3").status_code == 303
    assert len([*client.Customer.all()]) == 3
    for customers in ("0", "1001", "x", ""):
        assert browser.submit("data/sample", customers=customers).status_code == 400


def test_a_page_is_sent_again_only_if_something_has_changed(
    browser: Browser, client: invoiced.Client, emulator: Emulator, clock: Any
) -> None:
    def status(version: str) -> int:
        return browser.open("/", headers={"If-None-Match": version}).status_code

    changes: list[Callable[[], object]] = [
        lambda: client.Customer.create(name="Acme"),
        lambda: emulator.fail("GET /customers", status=500),
        lambda: emulator.clock.advance(days=1),
        lambda: requests.get(f"{emulator.url}/customers"),
    ]
    for change in changes:
        version = browser.open("/").headers["ETag"]
        assert status(version) == 304
        change()
        assert status(version) == 200
    other_page = browser.open(f"{PAGES}customers").headers["ETag"]
    assert status(other_page) == 200


@pytest.mark.parametrize("path", ["nothing", "invoices/1", "invoices/x", "requests/1", "requests/x", "outbox/x",
                                  "webhooks/1", "static/site.py", "static/..%2Fsite.py", "a/b/c", ""])  # fmt: skip
def test_an_unknown_page_says_so(path: str, browser: Browser) -> None:
    response = browser.open(PAGES + path)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert 'role="alert"' in response.text


def test_the_log_keeps_the_latest_responses(emulator: Emulator, client: invoiced.Client) -> None:
    client.Customer.create(name="x" * 200, notes="n" * 60_000)
    for _ in range(300):
        requests.get(f"{emulator.url}/customers", auth=("key", ""))
    kept = [received.response_content is not None for received in emulator.requests]
    assert kept == sorted(kept)
    assert {*kept} == {False, True}
    size = sum(len(received.response_content or b"") for received in emulator.requests)
    assert 15 * 2**20 < size <= 16 * 2**20


def test_the_emulator_starts_without_loading_the_pages() -> None:
    program = """
import sys
from invoiced.emulator import Emulator
with Emulator() as emulator:
    print({"jinja2", "invoiced.emulator.pages.site"} & sys.modules.keys())
"""
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


def test_pages_are_served_in_process_too(emulator: Emulator) -> None:
    session = requests.Session()
    session.mount("http://emulator.invalid", emulator.adapter())
    response = session.get("http://emulator.invalid/")
    assert response.status_code == 200
    assert urlsplit(emulator.url).netloc not in response.text


def test_text_messages_and_letters_are_shown_like_emails(browser: Browser, client: invoiced.Client, clock: Any) -> None:
    clock.now = 1415271600  # 11:00, when texts are sent
    address = {"address1": "1 Main St", "city": "Austin", "country": "US", "postal_code": "78701"}
    customer = client.Customer.create(name="Acme", email="a@example.com", phone="+15125550100", **address)
    customer.contacts().create(name="Nancy", phone="+15125550101", sms_enabled=True)
    invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 10}])
    invoice.send()
    invoice.send_sms(message="Your invoice is here.", to=[{"name": "Nancy", "phone": "+15125550101"}])
    invoice.send_letter()
    outbox = browser.text(f"{PAGES}outbox")
    links = [link for link in links_of(outbox) if link.startswith(f"{PAGES}outbox/")]
    assert len(links) >= 3
    shown = [browser.text(link) for link in links]
    assert any("Your invoice is here." in text for text in shown)
    assert any("1 Main St" in text for text in shown)


@pytest.mark.parametrize("date", [253402300800, 10**15, -(10**11)])
def test_a_date_that_no_calendar_has_is_shown_as_a_number(date: int, browser: Browser, client: invoiced.Client) -> None:
    customer = client.Customer.create(name="Acme")
    invoice = client.Invoice.create(customer=customer.id, date=date, items=[{"unit_cost": 10}])
    for path in ("invoices", f"invoices/{invoice.id}"):
        assert str(date) in browser.text(PAGES + path)


def test_a_payment_shows_what_it_is_applied_to_and_a_customer_what_it_owes(
    browser: Browser, client: invoiced.Client
) -> None:
    customer, other = client.Customer.create(name="Acme"), client.Customer.create(name="Other")
    invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 10}])
    client.Invoice.create(customer=other.id, items=[{"unit_cost": 77}])
    applied = [{"type": "invoice", "invoice": invoice.id, "amount": 4}]
    payment = client.Payment.create(customer=customer.id, amount=4, applied_to=applied)
    assert "<h2>Applied to</h2>" in browser.text(f"{PAGES}payments/{payment.id}")
    text = browser.text(f"{PAGES}customers/{customer.id}")
    assert re.search(r"Total outstanding</dt><dd>6.00 USD", text)
    (link,) = [link for link in links_of(text) if link.startswith(f"{PAGES}invoices?")]
    invoices = browser.text(link)
    assert ("10.00 USD" in invoices, "77.00 USD" in invoices) == (True, False)


def test_the_icon_of_a_pdf_is_no_request_to_the_api(browser: Browser, emulator: Emulator) -> None:
    assert browser.open("/favicon.ico").headers["Content-Type"].startswith("image/svg+xml")
    assert not emulator.requests


@pytest.mark.parametrize("field", ["email", "created_at", "object", "subject", "customer"])
@pytest.mark.parametrize("value", [None, -1e300, "x", [1], {"id": 1}])
def test_a_snapshot_with_odd_types_is_shown_or_explained(
    field: str, value: Any, browser: Browser, client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    client.Customer.create(name="Acme", email="a@example.com").send_statement(type="open_item")
    emulator.snapshot(tmp_path / "snapshot.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "snapshot.jsonl").read_text().splitlines()]
    for line in lines:
        if line.get("type") == "outbox":
            line["body"][field] = value
    browser.submit("data/snapshot", snapshot="\n".join(map(json.dumps, lines)))
    response = browser.open(f"{PAGES}outbox")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.status_code == 200 or "This page cannot be shown" in response.text


def test_a_body_of_any_size_makes_a_page_of_limited_size(browser: Browser, emulator: Emulator) -> None:
    body = "[" * 90 + "1," * 100_000 + "1" + "]" * 90
    requests.post(f"{emulator.url}/customers", body, auth=("key", ""), headers={"Content-Type": "application/json"})
    assert len(browser.text(f"{PAGES}requests/1")) < 300_000
