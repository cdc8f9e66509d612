"""Download of account statements as PDFs, from the statement links of customers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import invoiced
from invoiced import Client, Customer, is_local
from invoiced.files import create_folder, write_atomically
from invoiced.runs import CustomerRef, RunError, RunPlan
from invoiced.runs.lookup import look_up
from invoiced.runs.rate_limiter import RateLimiter
from invoiced.runs.recipients import Recipients, check_recipients, parse_rows
from invoiced.runs.rows import TO_DO, Row
from invoiced.runs.staged_rows import StagedRows
from invoiced.runs.threads import Threads

from .content import checked_content


class _Retry(Retry):
    """Retries that wait at most one minute, even if the server asks for more."""

    def get_retry_after(self, response: Any) -> float | None:
        seconds = super().get_retry_after(response)
        return None if seconds is None else min(seconds, 60)


_RETRIES = _Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
_TIMEOUT = (30, 60)
_MAX_SIZE = 100 * 1024 * 1024
_OPTIONS_FILE = "statements.json"


class Download(NamedTuple):
    """The result of downloading the statement of a row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """Customer of the row, as far as it is known."""
    outcome: Literal["downloaded", "kept", "failed", "skipped"]
    """Outcome of the row.

    `kept`: the file already existed. `skipped`: the customer was not found, or the row is a duplicate.
    """
    path: Path
    """Path of the PDF, if it exists."""
    reason: str = ""
    """Why there is no PDF, or when an existing file was downloaded; empty if the PDF was downloaded now."""


class StatementDownload:
    """Downloads statements as PDFs into a folder, one file per customer (chapter "Customers", `statement_pdf_url`).

    Files are written atomically, and existing files are kept, so that an interrupted download can be run again. The
    options are stored in the folder, and a download with other options is refused. The API key is not sent to the
    links, which do not require it.

    Example:
        .. code-block:: python

            from invoiced.statements import StatementDownload

            download = StatementDownload(client, "statements-2026-11", type="open_item")
            for result in download.fetch(client.Customer.all(open_balance=True, strict=True)):
                print(result.path, result.outcome)

    Args:
        client: the client.
        folder: directory of the files; it is created if it does not exist.
        type: type of the statements.
        start: start of the period: Unix seconds, an aware datetime, or a date.
        end: end of the period.
        currency: ISO 4217 code; defaults to the customer's currency.
        rate: maximum requests per second; None means no limit.
        concurrency: maximum number of downloads in flight.

    Raises:
        RunError: the folder cannot be used, or contains statements with other options.
        ValueError: an argument is invalid.
    """

    def __init__(
        self,
        client: Client,
        folder: str | os.PathLike[str],
        *,
        type: Literal["balance_forward", "open_item"] | None = None,
        start: int | date | datetime | None = None,
        end: int | date | datetime | None = None,
        currency: str | None = None,
        rate: float | None = 5,
        concurrency: int = 4,
    ) -> None:
        options = checked_content({"type": type, "start": start, "end": end, "currency": currency})
        self._query: dict[str, Any] = json.loads(
            invoiced.encode_json({name: value for name, value in options.items() if value is not None})
        )
        self._options = {"account": client.api_url, **self._query}
        self._client = client
        self._rate_limiter, self._concurrency = RateLimiter(rate), concurrency
        self._folder = Path(folder)
        self._prepare()

    def plan(self, recipients: Recipients, *, by: str | None = None) -> RunPlan:
        """Check the rows, and look up their customers. No file is written.

        Args:
            recipients: recipients as for `StatementRun.send`.
            by: field that alone identifies the customer of a row: `id`, `number` or `email`.

        Raises:
            InvoicedError: customers could not be looked up.
            ValueError: `by` is not one of these fields.
            TypeError: there is only a single recipient.
        """
        check_recipients(recipients)
        staged = StagedRows()
        for item, row in parse_rows(recipients, by, self._rate_limiter):
            if isinstance(item, Customer) and row.customer.id is not None:
                row.request = _link_of(item)
            staged.add(row)
        look_up(staged, self._client, self._rate_limiter, _link_of)
        for row in staged.rows("problem = ''"):
            row.target = str(row.customer.id)
            staged.update(row)
        staged.mark_duplicates()
        staged.finish({})
        return RunPlan(staged, (TO_DO,))

    def fetch(self, recipients: Recipients | RunPlan, *, by: str | None = None) -> Iterator[Download]:
        """Download the statements of customers while iterating.

        Args:
            recipients: recipients as for `StatementRun.send`, or a plan from `plan`.
            by: field that alone identifies the customer of a row: `id`, `number` or `email`.

        Yields:
            The result of each row, in the order of the rows.

        Raises:
            PlanError: all rows would be skipped.
            RunStopped: while iterating: the main thread of the program has ended.
            InvoicedError: customers could not be looked up.
            ValueError: `by` is not one of these fields.
            TypeError: there is only a single recipient.
        """
        plan = recipients if isinstance(recipients, RunPlan) else self.plan(recipients, by=by)
        plan.check(strict=False)
        return self._fetch_all(plan)

    def path_of(self, customer: CustomerRef) -> Path:
        """Return the path of a customer's statement. Its name is valid on every file system."""
        number = re.sub(r"[^\w.-]+", "-", str(customer.number or "customer"), flags=re.ASCII).strip(".-")
        return self._folder / f"{number[:100] or 'customer'}-{customer.id}.pdf"

    def _fetch_all(self, plan: RunPlan) -> Iterator[Download]:
        rows = iter(plan)
        with _session() as session, Threads(self._concurrency) as threads:
            while batch := list(islice(rows, self._concurrency)):
                yield from threads.map(lambda row: self._fetch(session, row), batch)

    def _prepare(self) -> None:
        """Create the folder with the options, or check that it was created with the same options."""
        path = self._folder / _OPTIONS_FILE
        try:
            create_folder(self._folder)
            if not path.exists():
                _write(path, json.dumps(self._options).encode())
            stored = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise RunError(f"The folder {self._folder} cannot be used: {error}.") from None
        if stored != self._options:
            raise RunError(
                f"The folder {self._folder} contains other statements ({_differences(stored, self._options)}). "
                "Use another folder."
            )

    def _fetch(self, session: requests.Session, row: Row) -> Download:
        path = self.path_of(row.customer)

        def result(outcome: Any, reason: str = "") -> Download:
            return Download(row.number, row.customer, outcome, path, reason)

        if row.problem:
            return result("skipped", row.problem)
        if path.exists():
            return result("kept", f"downloaded {datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M}")
        try:
            url = self._url_of(row.request.get("link") or "")
            self._rate_limiter.wait()
            _write(path, _download(session, url))
        except requests.RequestException as error:  # its text contains the link, which gives access to the statement
            return result("failed", f"no complete response was received ({type(error).__name__})")
        except (ValueError, OSError) as error:
            return result("failed", str(error))
        return result("downloaded")

    def _url_of(self, link: str) -> str:
        """Return the link with the options as its query."""
        _check_link(link, self._client.api_url)
        parts = urlsplit(link)
        query = "&".join(filter(None, [parts.query, urlencode(self._query)]))
        return parts._replace(query=query).geturl()


def _check_link(link: str, source: str) -> None:
    """Refuse a link over which a statement would be sent unencrypted, unless it leads to the emulator it came from."""
    parts = urlsplit(link)
    is_of_emulator = parts.scheme == "http" and (is_local(parts.hostname or "") or _origin(link) == _origin(source))
    if not parts.hostname or not (parts.scheme == "https" or is_of_emulator):
        raise ValueError("the customer has no https link to a statement")


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or 80


def _link_of(customer: Customer) -> dict[str, Any]:
    return {"link": customer.get("statement_pdf_url")}


def merge(paths: Sequence[str | os.PathLike[str]], merged: str | os.PathLike[str]) -> int:
    """Merge PDFs, in this order, into one file. Requires the extra `cli`.

    Args:
        paths: the files to merge.
        merged: the file to write.

    Returns:
        The number of pages.

    Raises:
        RunError: a file cannot be read or written; then the merged file is not written.
    """
    try:
        from pypdf import PdfWriter
    except ModuleNotFoundError:
        raise RunError('Merging PDFs requires pypdf: run pip install ".[cli]" in the checkout') from None
    from pypdf.errors import PyPdfError

    merged, parts = Path(merged), [Path(path) for path in paths]
    if merged.resolve() in {path.resolve() for path in parts}:
        raise RunError(f"{merged} is one of the files to merge. Use another name.")
    try:
        with write_atomically(merged) as temporary, PdfWriter() as writer:
            for path in parts:
                try:
                    writer.append(path, import_outline=False)
                except (PyPdfError, OSError, ValueError) as error:
                    raise RunError(f"{path} cannot be merged: {error}") from None
            writer.write(temporary)
            return len(writer.pages)
    except OSError as error:
        raise RunError(f"{merged} cannot be written: {error}") from None


class _SessionWithoutCredentials(requests.Session):
    """A session without credentials. By default, requests would read .netrc again for each redirect."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        prepared_request.headers.pop("Authorization", None)
        _check_link(str(prepared_request.url), str(response.url))


def _session() -> requests.Session:
    """Return a session that sends no credentials, not even from .netrc."""
    session = _SessionWithoutCredentials()
    session.auth = lambda request: request
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRIES))
    return session


def _download(session: requests.Session, url: str) -> bytes:
    """Download a PDF.

    Raises:
        ValueError: the response is not a complete PDF.
        requests.RequestException: no complete response was received.
    """
    with session.get(url, timeout=_TIMEOUT, stream=True, headers={"Accept": "application/pdf"}) as response:
        content_type = response.headers.get("Content-Type", "no content type")
        if response.status_code != 200:
            raise ValueError(f"the server responded {response.status_code} {response.reason}")
        if content_type.partition(";")[0].strip().lower() != "application/pdf":
            raise ValueError(f"expected a PDF, got {content_type}")
        content = b""
        for part in response.iter_content(64 * 1024):
            content += part
            if len(content) > _MAX_SIZE:
                raise ValueError(f"the PDF is larger than {_MAX_SIZE} bytes")
    if not content.startswith(b"%PDF") or b"%%EOF" not in content[-1024:]:
        raise ValueError("the response is not a complete PDF")
    return content


def _write(path: Path, content: bytes) -> None:
    with write_atomically(path) as temporary:
        temporary.write_bytes(content)


def _differences(stored: dict[str, Any], options: dict[str, Any]) -> str:
    """Describe the options that differ, such as "type open_item, not the default"."""
    names = [name for name in {**stored, **options} if stored.get(name) != options.get(name)]
    return "; ".join(
        f"{f'{name} {stored[name]}' if name in stored else f'default {name}'}, not {options.get(name, 'the default')}"
        for name in names
    )
