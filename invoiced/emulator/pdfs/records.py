"""PDFs of records: of a GET that accepts application/pdf, and behind the links to documents (billing.md 3.21, 3.22)."""

from __future__ import annotations

import re
from collections.abc import Callable

from werkzeug import Response

from invoiced.emulator.documents.links import FOLDERS, PREFIX
from invoiced.emulator.errors import ApiError, not_found
from invoiced.emulator.payments.recording import PATH
from invoiced.emulator.records.account import Account
from invoiced.emulator.storage.store import Condition, Record, column

_TYPES = {folder: record_type for record_type, folder in FOLDERS.items()}
_IS_LINKED = f"? IN ({column('url')}, {column(PATH)})"
_PATH = re.compile(rf"(?P<page>{PREFIX}(?P<folder>\w+)/[\w.%-]+/\w+)(?:/(?P<part>\w+))?")


def has_pdf(record_type: str) -> bool:
    """Return whether there are PDFs of records of this type."""
    return record_type in FOLDERS


def record_pdf(account: Account, record_type: str, record: Record) -> Response:
    """Return the PDF of an invoice, a credit note or an estimate, or the receipt of a payment."""
    customer = account.find("customer", record["customer"]) if record.get("customer") else None
    number = record.get("number") or record["id"]
    return pdf_response(f"{record_type}-{number}", lambda: _pdf(account, record_type, record, customer or {}))


def linked_pdf(account: Account, path: str) -> Response:
    """Return the PDF behind a link. `ApiError` if the link is unknown, or leads to no PDF."""
    found = _PATH.fullmatch(path)
    record_type = _TYPES.get(found["folder"]) if found else None
    if found is None or record_type is None:
        raise ApiError(404, f"No such path: {path}.")
    is_linked = Condition(_IS_LINKED, [found["page"]])
    records = account.store.page(record_type, conditions=[is_linked], limit=1)
    if not records or records[0].get("voided"):  # 3.18
        raise not_found(record_type, found["page"].rpartition("/")[2])
    if found["part"] != "pdf":
        raise ApiError(501, "The emulator has no web pages of documents. Use pdf_url, the link to the PDF.")
    return record_pdf(account, record_type, records[0])


def pdf_response(name: str, pdf: Callable[[], bytes]) -> Response:
    """Return a PDF for download. `ApiError` 501 if a package for PDFs is not installed."""
    try:
        content = pdf()
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        message = f'A PDF needs {package}: run pip install ".[emulator]" in the checkout'
        raise ApiError(501, message) from None
    # Such a name is valid on every file system.
    file_name = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}.pdf"'}
    return Response(content, 200, headers, content_type="application/pdf")


def _pdf(account: Account, record_type: str, record: Record, customer: Record) -> bytes:
    # Imported here, so that the emulator starts faster, and without reportlab.
    from invoiced.emulator.pdfs.documents import document_pdf
    from invoiced.emulator.pdfs.receipts import receipt_pdf

    if record_type == "payment":
        return receipt_pdf(account, record, customer)
    return document_pdf(record_type, record, customer)
