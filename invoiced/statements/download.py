"""The PDFs of account statements, downloaded from the links that customers have."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import invoiced
from invoiced import Client, Customer
from invoiced.runs import CustomerRef, RunError, RunPlan
from invoiced.runs.lookup import look_up
from invoiced.runs.rate_limiter import RateLimiter
from invoiced.runs.recipients import Recipients, tasks_of
from invoiced.runs.rows import TO_DO, Row
from invoiced.runs.staged_rows import StagedRows


class _Retry(Retry):
    """Waits a minute at most when it is asked to wait."""

    def get_retry_after(self, response: Any) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, 60)


_RETRIES = _Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), raise_on_status=False)
_TIMEOUT = (30, 60)
_MOST = 100 * 1024 * 1024
_NOTE = "statements.json"


class Download(NamedTuple):
    """What came of the statement of one row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """The customer that the row is about, as far as it was found."""
    outcome: Literal["downloaded", "kept", "failed", "skipped"]
    """The word for what was done; `kept`: the file was there already.

    `skipped`: the row names no customer, or one that another has named.
    """
    path: Path
    """Where the PDF is, if there is one."""
    reason: str = ""
    """Why there is none, or since when it was there; empty if it was downloaded."""


class StatementDownload:
    """Downloads statements as PDFs into a folder, one file per customer (chapter "Customers", `statement_pdf_url`).

    A file is there whole or not at all. One that is there is kept, so that a download that broke off can be begun
    again; what was asked for is noted in the folder, and another download into it is refused. The links need no API
    key, and get none.

    Example:
        .. code-block:: python

            from invoiced.statements import StatementDownload

            download = StatementDownload(client, "statements-2026-11", type="open_item")
            for result in download.fetch(client.Customer.all(open_balance=True, sort="id desc")):
                print(result.path, result.outcome)

    Args:
        client: the account.
        folder: where the files go; it is made if it is not there.
        type: kind of statement.
        start: start of its period: Unix seconds, an aware datetime, or a date.
        end: end of its period.
        currency: ISO 4217 code; without it, the customer's.
        rate: requests per second, at most; None is no limit.
        concurrency: number of downloads under way at the same time, at most.

    Raises:
        RunError: the folder cannot be used, or holds statements of another kind.
        ValueError: an argument makes no sense.
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
        asked = {"type": type, "start": start, "end": end, "currency": currency}
        self._asked: dict[str, Any] = json.loads(
            invoiced.encode_json({name: value for name, value in asked.items() if value is not None})
        )
        self._noted = {"account": client.api_url, **self._asked}
        self._client = client
        self._rate_limiter, self._concurrency = RateLimiter(rate), concurrency
        self._folder = Path(folder)
        self._prepare()

    def plan(self, recipients: Recipients, *, by: str | None = None) -> RunPlan:
        """Check the rows, and find their customers. No file is written yet.

        Args:
            recipients: what `StatementRun.send` takes.
            by: the only field that names the customer of a row: `id`, `number` or `email`.

        Raises:
            InvoicedError: customers could not be looked up.
            ValueError: `by` is no such field.
            TypeError: the recipients are not several.
        """
        draft = StagedRows()
        for customer_or_row, task in tasks_of(recipients, by, self._rate_limiter):
            if isinstance(customer_or_row, Customer) and task.customer.id is not None:
                task.request = _link(customer_or_row)
            draft.add(task)
        look_up(draft, self._client, self._rate_limiter, _link)
        for task in draft.tasks("problem = ''"):
            task.target = str(task.customer.id)
            draft.change(task)
        draft.mark_duplicates()
        draft.finish({})
        return RunPlan(draft, (TO_DO,))

    def fetch(self, recipients: Recipients | RunPlan, *, by: str | None = None) -> Iterator[Download]:
        """Download the statements of these customers.

        Args:
            recipients: what `StatementRun.send` takes, or what `plan` answered.
            by: the only field that names the customer of a row: `id`, `number` or `email`.

        Yields:
            What came of each row, in the order of the rows, as the loop goes.

        Raises:
            PlanError: no row names a customer.
            InvoicedError: customers could not be looked up.
            ValueError: `by` is no such field.
            TypeError: the recipients are not several.
        """
        plan = recipients if isinstance(recipients, RunPlan) else self.plan(recipients, by=by)
        plan.check(strict=False)
        return self._fetch_all(plan)

    def path_of(self, customer: CustomerRef) -> Path:
        """Name the file of a customer's statement, so that every file system takes the name."""
        number = re.sub(r"[^\w.-]+", "-", str(customer.number or "customer"), flags=re.ASCII).strip(".-")
        return self._folder / f"{number[:100] or 'customer'}-{customer.id}.pdf"

    def _fetch_all(self, plan: RunPlan) -> Iterator[Download]:
        tasks = iter(plan)
        with _session() as session, ThreadPoolExecutor(self._concurrency) as threads:
            while some := list(islice(tasks, self._concurrency)):
                yield from threads.map(lambda task: self._fetch(session, task), some)

    def _prepare(self) -> None:
        """Note in the folder what is asked for."""
        note = self._folder / _NOTE
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not note.exists():
                _write(note, json.dumps(self._noted).encode())
            before = json.loads(note.read_bytes())
        except (OSError, ValueError) as error:
            raise RunError(f"The folder {self._folder} cannot be used: {error}.") from None
        if before != self._noted:
            raise RunError(
                f"The folder {self._folder} holds other statements ({_said(before)}); "
                f"you ask for {_said(self._noted)}. Take another folder."
            )

    def _fetch(self, session: requests.Session, task: Row) -> Download:
        path = self.path_of(task.customer)

        def result(outcome: Any, reason: str = "") -> Download:
            return Download(task.row, task.customer, outcome, path, reason)

        if task.problem:
            return result("skipped", task.problem)
        if path.exists():
            return result("kept", f"downloaded {datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M}")
        try:
            link = self._address(task.request.get("link") or "")
            self._rate_limiter.wait()
            _write(path, _content(session, link))
        except requests.RequestException as error:  # whose text has the link, by which anybody reads the statement
            return result("failed", f"no whole answer arrived ({type(error).__name__})")
        except (ValueError, OSError) as error:
            return result("failed", str(error))
        return result("downloaded")

    def _address(self, link: str) -> str:
        """The link, with what is asked for."""
        _check(link)
        parts = urlsplit(link)
        query = "&".join(filter(None, [parts.query, urlencode(self._asked)]))
        return parts._replace(query=query).geturl()


def _check(link: str) -> None:
    """Refuse a link by which a statement would travel in the open."""
    parts = urlsplit(link)
    local = re.fullmatch(r"localhost|127(\.\d{1,3}){3}|::1", parts.hostname or "")
    if not parts.hostname or (parts.scheme != "https" and not (local and parts.scheme == "http")):
        raise ValueError("the customer has no https link to a statement")


def _link(customer: Customer) -> dict[str, Any]:
    return {"link": customer.get("statement_pdf_url")}


def merge(paths: Sequence[str | os.PathLike[str]], merged: str | os.PathLike[str]) -> int:
    """Write every page of these PDFs, in this order, into one. It needs the extra `cli`.

    Args:
        paths: the files to be merged.
        merged: the file to be written.

    Returns:
        How many pages there are.

    Raises:
        RunError: a file cannot be read or written; then there is no merged one.
    """
    try:
        from pypdf import PdfWriter
    except ModuleNotFoundError:
        raise RunError('To merge PDFs needs pypdf: pip install "invoiced[cli]"') from None
    from pypdf.errors import PyPdfError

    merged, parts = Path(merged), [Path(path) for path in paths]
    if merged.resolve() in {path.resolve() for path in parts}:
        raise RunError(f"{merged} is one of the files that are merged. Take another name.")
    beside = merged.with_name(f"{merged.name}.{uuid4().hex}")
    try:
        with PdfWriter() as writer:
            for path in parts:
                try:
                    writer.append(path, import_outline=False)
                except (PyPdfError, OSError, ValueError) as error:
                    raise RunError(f"{path} cannot be merged: {error}") from None
            writer.write(beside)
            beside.replace(merged)
            return len(writer.pages)
    except OSError as error:
        raise RunError(f"{merged} cannot be written: {error}") from None
    finally:
        beside.unlink(missing_ok=True)


class _SessionWithoutCredentials(requests.Session):
    """Requests would look into a .netrc anew for each redirect."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        prepared_request.headers.pop("Authorization", None)
        _check(str(prepared_request.url))


def _session() -> requests.Session:
    """A session that has no credentials and gets none, not even those of a .netrc."""
    session = _SessionWithoutCredentials()
    session.auth = lambda request: request
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=_RETRIES))
    return session


def _content(session: requests.Session, link: str) -> bytes:
    """Fetch what a link leads to, if it is a whole PDF.

    Raises:
        ValueError: it is not.
        requests.RequestException: no whole answer arrived.
    """
    with session.get(link, timeout=_TIMEOUT, stream=True, headers={"Accept": "application/pdf"}) as response:
        kind = response.headers.get("Content-Type", "of no type")
        if response.status_code != 200:
            raise ValueError(f"the link was answered {response.status_code} {response.reason}")
        if kind.partition(";")[0].strip().lower() != "application/pdf":
            raise ValueError(f"the link does not lead to a PDF, but to what is {kind}")
        content = b""
        for part in response.iter_content(64 * 1024):
            content += part
            if len(content) > _MOST:
                raise ValueError(f"the PDF is larger than {_MOST} bytes")
    if not content.startswith(b"%PDF") or b"%%EOF" not in content[-1024:]:
        raise ValueError("the link does not lead to a whole PDF")
    return content


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _said(asked: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in asked.items()) or "the latest ones"
