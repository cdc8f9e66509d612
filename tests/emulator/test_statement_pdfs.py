"""The statement PDFs and their links in `statement_pdf_url`."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import requests
from pypdf import PdfReader

from invoiced.emulator import Emulator

AUTH = ("key", "")


def _download(api: requests.Session, link: str, method: str = "GET", **options: Any) -> requests.Response:
    """Send a request without the API key."""
    return api.request(method, link, auth=lambda request: request, **options)


def _pages(response: requests.Response) -> list[str]:
    """Return the text of each page."""
    assert response.status_code == 200, response.text
    return [page.extract_text() for page in PdfReader(BytesIO(response.content), strict=True).pages]


def _link(customer: dict[str, Any]) -> str:
    return str(customer["statement_pdf_url"])


def test_the_link_returns_a_pdf_of_the_customer(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    emulator.set_balance(customer["id"], total_outstanding=470.5)
    response = _download(api, _link(customer))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"] == 'attachment; filename="statement-CUST-00001.pdf"'
    assert [page.splitlines() for page in _pages(response)] == [
        [
            "Account statement",
            "Customer: Acme",
            "Number: CUST-00001",
            "Type: balance_forward",
            "Period: until 2014-11-05",
            "Currency: usd",
            "Total outstanding: 470.50",
            f"Page {number} of 2",
        ]
        for number in (1, 2)
    ]


def test_the_pdf_shows_the_requested_type_period_and_currency(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    emulator.set_balance(customer["id"], total_outstanding=12, currency="eur")
    query = {"type": "open_item", "start": "1409529600", "end": "1412121599", "currency": "EUR"}
    for page in _pages(_download(api, _link(customer), params=query)):
        assert "Type: open_item\nPeriod: from 2014-09-01 until 2014-09-30" in page
        assert "Currency: eur\nTotal outstanding: 12.00" in page


def test_statements_have_two_or_three_pages(api: requests.Session) -> None:
    customers = [api.post("/customers", json={"name": "Acme"}).json() for _ in range(4)]
    pages = [_pages(_download(api, _link(customer))) for customer in customers]
    assert list(map(len, pages)) == [2, 3, 2, 3]
    assert pages[1][2].endswith("Page 3 of 3")


def test_the_pdf_is_identical_until_the_data_or_the_date_changes(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], clock: SimpleNamespace
) -> None:
    first = _download(api, _link(customer)).content
    assert _download(api, _link(customer)).content == first
    emulator.set_balance(customer["id"], total_outstanding=1)
    second = _download(api, _link(customer)).content
    clock.now += 86400
    assert len({first, second, _download(api, _link(customer)).content}) == 3


def test_names_in_any_script_are_readable(api: requests.Session) -> None:
    name = "Łukasz & Zoë Țuțea (株式会社 한국) Ελλάς Привет ₺ שלום עולם สวัสดี مرحبا بالعالم x <\\>"
    customer = api.post("/customers", json={"name": f"{name}\n\u2028!"}).json()
    # Libraries find blanks between scripts in different ways.
    assert f"Customer:{name}!\n".replace(" ", "") in _pages(_download(api, _link(customer)))[0].replace(" ", "")


def test_a_character_that_no_font_has_is_replaced(api: requests.Session) -> None:
    customer = api.post("/customers", json={"name": "Acme 🎉 \U000e0001\x00\ufffe!"}).json()
    assert "Customer: Acme \ufffd    !\n" in _pages(_download(api, _link(customer)))[0]


def test_amounts_keep_every_digit(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    body = '{"total_outstanding": 12345678901234567.89}'
    api.put(f"/_emulator/customers/{customer['id']}/balance", data=body)
    assert "Total outstanding: 12345678901234567.89\n" in _pages(_download(api, _link(customer)))[0]


@pytest.mark.parametrize(("number", "name"), [("A/1: ü", "A-1-"), ('../"x"', "..-x-"), ("7_a.b-c", "7_a.b-c")])
def test_any_number_becomes_a_valid_file_name(api: requests.Session, number: str, name: str) -> None:
    customer = api.post("/customers", json={"name": "Acme", "number": number}).json()
    response = _download(api, _link(customer))
    assert response.headers["Content-Disposition"] == f'attachment; filename="statement-{name}.pdf"'


def test_head_responds_like_get_without_a_body(api: requests.Session, customer: dict[str, Any]) -> None:
    head, get = _download(api, _link(customer), "HEAD"), _download(api, _link(customer))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Content-Disposition"):
        assert head.headers[name] == get.headers[name]


def test_the_link_has_the_origin_of_the_request(emulator: Emulator) -> None:
    with requests.Session() as session:
        session.auth = AUTH
        session.mount("https://", emulator.adapter())
        for origin in ("https://api.invoiced.com", emulator.url, "https://api.sandbox.invoiced.com"):
            created = session.post(f"{origin}/customers", json={"name": "Acme"}).json()
            child = session.post(f"{origin}/customers", json={"name": "Child", "parent_customer": created["id"]}).json()
            customer_url = f"{origin}/customers/{created['id']}"
            updated = session.patch(customer_url, json={"name": "Acme Inc."}).json()
            customers = [created, updated, session.get(customer_url).json(), *session.get(f"{origin}/customers").json()]
            child_url = f"{origin}/customers/{child['id']}"
            customers.append(session.get(f"{child_url}?expand=parent_customer").json()["parent_customer"])
            customers += [
                record["parent_customer"]
                for record in session.get(f"{origin}/customers?expand=parent_customer").json()
                if record["id"] == child["id"]
            ]
            assert all(_link(customer).startswith(f"{origin}/statements/") for customer in customers)
            assert len({_link(customer) for customer in customers if customer["id"] == created["id"]}) == 1
            assert len(_pages(_download(session, _link(created)))) >= 2


def test_links_have_the_new_port_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data.db"
    with Emulator(data=data) as emulator:
        before = requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=AUTH).json()
        port = urlsplit(emulator.url).port
        with Emulator(data=data) as restarted:
            assert urlsplit(restarted.url).port != port
            after = requests.get(f"{restarted.url}/customers/1", auth=AUTH).json()
            assert _link(after) == _link(before).replace(emulator.url, restarted.url)
            assert "Customer: Acme" in _pages(requests.get(_link(after)))[0]


@pytest.mark.parametrize(
    "host", ["https://dundermifflin.invoiced.invalid", "https://dundermifflin.invoiced.com", "http://127.0.0.1:8065"]
)
def test_links_of_earlier_versions_are_rewritten_to_the_emulator(
    api: requests.Session, emulator: Emulator, tmp_path: Path, host: str
) -> None:
    line = f'{{"type": "customer", "id": 7, "parent": null, "body": {{"id": 7, "statement_pdf_url": "{host}%s"}}}}\n'
    (tmp_path / "state.jsonl").write_text(line % "/statements/t3NmhUomra3g/pdf")
    emulator.load(tmp_path / "state.jsonl")
    response = api.get("/customers/7")
    link = response.url.replace("/customers/7", "/statements/t3NmhUomra3g/pdf")
    assert _link(response.json()) == link
    assert _link(api.patch("/customers/7", json={"name": "Acme"}).json()) == link
    assert "Customer: Acme" in _pages(_download(api, link))[0]


def test_a_handwritten_snapshot_line_may_omit_the_link(
    api: requests.Session, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "short").write_text('{"type": "customer", "id": 7, "parent": null, "body": {"id": 7}}')
    emulator.load(tmp_path / "short")
    assert api.get("/customers/7").json()["statement_pdf_url"] is None
    response = _download(api, _link(api.patch("/customers/7", json={}).json()))
    assert "Customer: \n" in _pages(response)[0]


@pytest.mark.parametrize("authorization", ["Basic a2V5Og==", "Bearer key", "key", ""])
def test_a_link_refuses_credentials(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any], authorization: str
) -> None:
    response = _download(api, _link(customer), headers={"Authorization": authorization})
    assert response.status_code == 400
    message = "The link to a statement takes no credentials: remove the Authorization header."
    assert response.json() == {"type": "invalid_request", "message": message}


def test_a_link_does_not_need_the_api_key_of_the_emulator() -> None:
    with Emulator(api_key="right") as emulator:
        customer = requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=("right", "")).json()
        assert len(_pages(requests.get(_link(customer)))) == 2


@pytest.mark.parametrize("token", ["nothing", "%25", "_" * 24, "a%2Fb", "x'; DROP TABLE records", "é"])
def test_an_unknown_link_is_404(api: requests.Session, customer: dict[str, Any], token: str) -> None:
    response = _download(api, f"/statements/{token}/pdf")
    assert (response.status_code, response.json()["message"][:18]) == (404, "Statement was not ")


@pytest.mark.parametrize("path", ["/statements/", "/statements/{}/pdf/", "/statements/{}/html"])
def test_paths_similar_to_a_link_are_404(api: requests.Session, customer: dict[str, Any], path: str) -> None:
    token = _link(customer).split("/")[-2]
    assert _download(api, path.format(token)).status_code == 404


def test_a_link_may_be_percent_encoded(api: requests.Session, customer: dict[str, Any]) -> None:
    token = _link(customer).split("/")[-2]
    assert _download(api, f"/%73tatements/%{ord(token[0]):x}{quote(token[1:])}/pdf").status_code == 200


def test_the_link_of_a_deleted_customer_is_404(api: requests.Session, customer: dict[str, Any]) -> None:
    api.delete(f"/customers/{customer['id']}")
    assert _download(api, _link(customer)).status_code == 404


@pytest.mark.parametrize("api", ["in process"], indirect=True)
@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("type=everything", "type"),
        ("start=yesterday", "start"),
        ("start=2014-09-01", "start"),
        ("start=-1", "start"),
        ("end=253402300800", "end"),
        ("end=99999999999999999999", "end"),
        ("end[0]=1", "end"),
        ("items=past_due", "items"),
        ("currency[]=usd", "currency"),
    ],
)
def test_an_invalid_query_is_refused(api: requests.Session, customer: dict[str, Any], query: str, param: str) -> None:
    response = _download(api, f"{_link(customer)}?{query}")
    assert (response.status_code, response.json()["param"]) == (400, param)


@pytest.mark.parametrize("query", ["type=&start=&end=&currency=", "start=0&end=253402300799", "currency=%00%E2%82%AC"])
def test_a_valid_query_is_accepted(api: requests.Session, customer: dict[str, Any], query: str) -> None:
    assert len(_pages(_download(api, f"{_link(customer)}?{query}"))) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_405(api: requests.Session, customer: dict[str, Any], method: str) -> None:
    response = _download(api, _link(customer), method)
    assert (response.status_code, "only GET, HEAD." in response.text) == (405, True)


def test_fault_rules_and_the_request_log_include_links(
    api: requests.Session, emulator: Emulator, customer: dict[str, Any]
) -> None:
    emulator.requests.clear()
    emulator.fail("GET /statements/*/pdf", status=503)
    emulator.fail("GET /statements/*/pdf", query={"type": "open_item"}, headers={"Content-Type": "text/html"})
    responses = [_download(api, _link(customer), params={"type": "open_item"}) for _ in range(3)]
    assert [response.status_code for response in responses] == [503, 200, 200]
    assert [response.headers.get("Content-Type") for response in responses] == [None, "text/html", "application/pdf"]
    emulator.requests.assert_sent("GET /statements/*/pdf", times=3)
    assert [received.processed for received in emulator.requests] == [False, True, True]


def test_a_pdf_can_be_truncated(api: requests.Session, emulator: Emulator, customer: dict[str, Any]) -> None:
    emulator.fail("GET /statements/*/pdf", cut=100)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _download(api, _link(customer))
    assert len(_pages(_download(api, _link(customer)))) == 2


def test_reportlab_is_imported_when_a_pdf_is_requested_and_not_before() -> None:
    program = """
import sys, requests
from invoiced.emulator import Emulator
with Emulator() as emulator:
    customer = requests.post(f"{emulator.url}/customers", json={"name": "Acme"}, auth=("key", "")).json()
    before = "reportlab" in sys.modules
    requests.get(customer["statement_pdf_url"]).raise_for_status()
    print(before, "reportlab" in sys.modules)
"""
    completed = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    assert completed.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("package", ["reportlab", "pymupdf_fonts"])
def test_a_pdf_without_a_package_is_501(
    api: requests.Session, customer: dict[str, Any], monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    for module in ("fonts", "paper", "statements"):
        monkeypatch.delitem(sys.modules, f"invoiced.emulator.pdfs.{module}", raising=False)
    for module in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, module, None)
    api.patch(f"/customers/{customer['id']}", json={"name": "株式会社"})
    response = _download(api, _link(customer))
    message = f'A PDF needs {package}: run pip install ".[emulator]" in the checkout'
    assert (response.status_code, response.json()) == (501, {"type": "api_error", "message": message})
