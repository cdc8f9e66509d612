"""Files, attachments and what accounting systems know (core.md, H7; catalog.md, 9; billing.md, 14)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

import invoiced
from invoiced.emulator import Emulator

PDF, PNG, ZIP = b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n...", b"PK\3\4..."


def upload(api: requests.Session, name: str, content: bytes, query: str = "", **fields: str) -> requests.Response:
    return api.post(f"/files{query}", files={"file": (name, BytesIO(content))}, data=fields)


def test_a_file_is_uploaded_retrieved_downloaded_and_deleted(api: requests.Session) -> None:
    response = upload(api, "May 2026/bill.pdf", PDF)
    file = response.json()
    assert (response.status_code, file["type"], file["size"], file["object"]) == (
        201,
        "application/pdf",
        len(PDF),
        "file",
    )
    assert file["key"] is not None
    assert api.get(f"/files/{file['id']}").json() == file
    download = requests.Session.get(api, file["url"], auth=None)
    assert (download.content, download.headers["Content-Type"]) == (PDF, "application/pdf")
    assert api.delete(f"/files/{file['id']}").status_code == 204
    assert api.get(f"/files/{file['id']}").status_code == 404
    assert api.get(file["url"]).status_code == 404
    assert api.get("/files").status_code == 405


def test_the_name_can_be_sent_and_is_simplified(api: requests.Session) -> None:
    assert upload(api, "x.pdf", PDF, filename="my bill (1).pdf").json()["name"] == "my_bill__1_.pdf"


def test_a_file_can_be_encoded_in_base64(api: requests.Session) -> None:
    assert upload(api, "bill.pdf", base64.b64encode(PDF), "?base64=1").json()["size"] == len(PDF)
    assert upload(api, "bill.pdf", b"%PDF", "?base64=1").status_code == 400


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("a.png", PNG, 201),
        ("a.PNG", PNG, 201),
        ("a.png", PDF, 400),
        ("a.pdf", PDF, 201),
        ("a.pdf", b"hello", 400),
        ("a.jpg", b"\xff\xd8\xff...", 201),
        ("a.gif", b"GIF89a...", 201),
        ("a.zip", ZIP, 201),
        ("a.xlsx", ZIP, 201),
        ("a.xlsx", b"hello", 400),
        ("a.csv", b"a,b\n", 201),
        ("a.csv", PNG, 400),
        ("a.txt", b"hello", 201),
        ("a.txt", b"\0", 400),
        ("a.exe", b"MZ", 400),
        ("pdf", PDF, 400),
        ("a.pdf", b"", 400),
        ("a.txt", b"x" * (20 * 2**20 + 1), 400),
    ],
)
def test_a_file_needs_an_accepted_extension_that_its_content_fits(
    emulator: Emulator, name: str, content: bytes, status: int
) -> None:
    files = {"file": (name, BytesIO(content))}
    response = requests.post(f"{emulator.url}/files", files=files, auth=("key", ""))
    assert (response.status_code, response.json().get("param")) == (status, None)


def test_a_form_that_is_cut_is_refused(api: requests.Session) -> None:
    response = api.post("/files", data="--a--", headers={"Content-Type": "multipart/form-data; boundary=a"})
    assert (response.status_code, response.json().get("param")) == (400, None)


def test_neither_a_file_nor_a_url_is_refused_without_param(api: requests.Session) -> None:
    for response in (
        api.post("/files"),
        api.post("/files", json={"name": "a.pdf"}),
        api.post("/files", files={"x": b""}),
    ):
        assert (response.status_code, response.json().get("param")) == (400, None)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """Serve a folder with a PDF."""
    (tmp_path / "bill.pdf").write_bytes(PDF)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_at_a_url_has_what_the_caller_says(api: requests.Session, emulator: Emulator, site: str) -> None:
    fields = {"url": f"{site}/bill.pdf", "name": "bill.pdf", "size": 6936, "type": "application/x-pdf"}
    response = api.post("/files", json=fields)
    assert response.status_code == 201
    assert response.json() | {**fields, "key": None, "bucket_name": None} == response.json()
    assert emulator.file_content(response.json()["id"]) == PDF
    with pytest.raises(LookupError, match="99"):
        emulator.file_content(99)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"name": None}, "name"),
        ({"size": None}, "size"),
        ({"type": None}, "type"),
        ({"url": "ftp://127.0.0.1/bill.pdf"}, "url"),
        ({"url": "/missing.pdf"}, None),
        ({"url": "http://127.0.0.1:1/bill.pdf"}, None),
        ({"name": "bill.png"}, None),
    ],
)
def test_a_file_at_a_url_must_be_there_and_fit(
    api: requests.Session, site: str, changes: dict[str, Any], param: str | None
) -> None:
    fields = {"url": f"{site}/bill.pdf", "name": "bill.pdf", "size": 12, "type": "application/pdf", **changes}
    if str(fields["url"]).startswith("/"):
        fields["url"] = f"{site}{fields['url']}"
    sent = {name: value for name, value in fields.items() if value is not None}
    response = api.post("/files", json=sent)
    assert (response.status_code, response.json().get("param")) == (400, param)


def test_the_client_uploads_a_file_and_attaches_it(emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "bill.pdf").write_bytes(PDF)
    client = invoiced.Client("key", base_url=emulator.url)
    file = client.File.create(file=tmp_path / "bill.pdf")
    assert requests.get(file.url).content == PDF
    customer = client.Customer.create(name="Acme")
    invoice = client.Invoice.create(customer=customer.id, items=[{"unit_cost": 5}], attachments=[file.id])
    attachments, _ = invoice.list_attachments()
    assert [attachment.file.id for attachment in attachments] == [file.id]


@pytest.mark.parametrize("path", ["invoices", "credit_notes", "estimates"])
def test_files_are_attached_replaced_and_kept(api: requests.Session, customer: dict[str, Any], path: str) -> None:
    files = [upload(api, f"{name}.pdf", PDF).json() for name in "abc"]
    first, second, third = (file["id"] for file in files)
    fields = {"customer": customer["id"], "items": [{"unit_cost": 5}], "attachments": [second, first, 99]}
    number = api.post(f"/{path}", json={**fields, "pdf_attachment": third}).json()["id"]

    def attached() -> list[tuple[int, str]]:
        return [(each["file"]["id"], each["location"]) for each in api.get(f"/{path}/{number}/attachments").json()]

    assert attached() == [(second, "attachment"), (first, "attachment"), (third, "pdf")]
    shown = api.get(f"/{path}/{number}/attachments").json()[0]
    assert {*shown} == {"object", "file", "location", "created_at", "updated_at"}
    assert shown["file"] == files[1]
    api.patch(f"/{path}/{number}", json={"notes": "Thanks"})
    assert len(attached()) == 3
    api.patch(f"/{path}/{number}", json={"attachments": [first]})
    assert attached() == [(first, "attachment"), (third, "pdf")]
    api.delete(f"/files/{third}")
    assert attached() == [(first, "attachment")]
    assert api.get(f"/{path}/999/attachments").json() == []


def test_the_files_of_a_closed_invoice_are_stored_although_the_change_is_refused(
    api: requests.Session, customer: dict[str, Any]
) -> None:
    file = upload(api, "a.pdf", PDF).json()["id"]
    fields = {"customer": customer["id"], "items": [{"unit_cost": 5}], "closed": True}
    number = api.post("/invoices", json=fields).json()["id"]
    response = api.patch(f"/invoices/{number}", json={"attachments": [file], "notes": "Thanks"})
    assert (response.status_code, response.json()["param"]) == (400, "closed")
    assert [each["file"]["id"] for each in api.get(f"/invoices/{number}/attachments").json()] == [file]
    assert api.get(f"/invoices/{number}").json()["notes"] is None


KINDS = ("customers", "invoices", "payments")


def record(api: requests.Session, path: str, **fields: Any) -> requests.Response:
    if path != "customers":
        fields["customer"] = api.post("/customers", json={"name": "Acme"}).json()["id"]
    needed: dict[str, Any] = {"customers": {"name": "Acme"}, "payments": {"amount": 5}, "invoices": {}}[path]
    return api.post(f"/{path}", json={**needed, **fields})


@pytest.mark.parametrize("path", KINDS)
def test_a_record_is_not_synced_until_an_accounting_system_knows_it(api: requests.Session, path: str) -> None:
    number = record(api, path).json()["id"]
    assert api.get(f"/{path}/{number}/accounting_sync_status").json() == {"synced": False, "error": None}
    assert api.get(f"/{path}/999/accounting_sync_status").status_code == 404


@pytest.mark.parametrize("path", KINDS)
def test_a_record_with_an_accounting_id_is_synced(api: requests.Session, emulator: Emulator, path: str) -> None:
    number = record(api, path, accounting_system="xero", accounting_id="A1").json()["id"]
    assert api.get(f"/{path}/{number}/accounting_sync_status").json() == {
        "synced": True,
        "error": None,
        "accounting_system": "xero",
        "accounting_id": "A1",
        "source": "accounting_system",
        "first_synced": int(emulator.now),
        "last_synced": int(emulator.now),
    }


@pytest.mark.parametrize("path", KINDS)
def test_an_unknown_accounting_system_is_refused_without_param(api: requests.Session, path: str) -> None:
    response = record(api, path, accounting_system="abacus", accounting_id="A1")
    assert (response.status_code, response.json().get("param")) == (400, None)
    assert api.get(f"/{path}").json() == [] or path == "customers"
