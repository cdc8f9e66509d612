"""Download of account statements as PDFs, from the statement links of customers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode, urlsplit

import invoiced
from invoiced import Client, Customer
from invoiced.display.escaping import one_line
from invoiced.downloads.errors import DownloadError, LinkError
from invoiced.downloads.fetching import Fetcher
from invoiced.downloads.file_names import file_name
from invoiced.downloads.links import Links
from invoiced.downloads.parallel import fetch_all
from invoiced.files import create_folder, write_atomically
from invoiced.runs import CustomerRef, Plan, RunError, RunStopped
from invoiced.runs.gate import Gate
from invoiced.runs.lookup import look_up
from invoiced.runs.periods import checked_period
from invoiced.runs.recipients import Recipients, check_recipients, parse_rows
from invoiced.runs.rows import DUPLICATE, Row
from invoiced.runs.run import limit_of
from invoiced.runs.staged_rows import StagedRows
from invoiced.runs.threads import MAIN_THREAD_ENDED

from .content import checked_content
from .pdf_files import UnreadableError, check_pdf, require_pypdf

_OPTIONS_FILE = "statements.json"


class Download(NamedTuple):
    """The result of downloading the statement of a row."""

    row: int
    """Number of the row in its source, from 1."""
    customer: CustomerRef
    """Customer of the row, as far as it is known."""
    outcome: Literal["downloaded", "kept", "failed", "skipped"]
    """Outcome of the row.

    `kept`: the file already existed. `skipped`: the customer was not found, or the row is held or a duplicate.
    """
    path: Path
    """Path of the PDF, if it exists."""
    reason: str = ""
    """Why there is no PDF, or when an existing file was downloaded; empty if the PDF was downloaded now, unless it
    replaced a broken file."""
    is_duplicate: bool = False
    """Whether the row was skipped because an earlier row has the same customer."""

    @property
    def done(self) -> bool:
        """Whether the PDF is there, and was read without an error."""
        return self.outcome in ("downloaded", "kept")


class StatementDownload:
    """Downloads statements as PDFs into a folder, one file per customer (chapter "Customers", `statement_pdf_url`).

    A folder belongs to one account, one period and one set of options. They are stored in it, and a download with
    others is refused. Files are written atomically, and existing files are kept, so that an interrupted download can be
    run again. Each file is parsed before it counts: a response that is not a PDF with pages is not saved, and an
    existing file that is broken is downloaded again.

    The API key is not sent to the links, which do not require it. A link leads to this machine or a private network
    only if the API is there, too. Requires the extra `cli`.

    Example:
        .. code-block:: python

            from invoiced.statements import StatementDownload

            download = StatementDownload(client, "statements/2026-11", period="2026-11", type="open_item")
            for result in download.fetch(client.Customer.all(open_balance=True, strict=True)):
                print(result.path, result.outcome)

    Args:
        client: the client. Its rate limit counts for lookups and downloads; without one, 5 are sent per second.
        folder: directory of the files; it is created if it does not exist.
        period: what the statements are of: a month (2026-11), a year, a quarter (2026-Q4) or a day. It only names the
            folder's content, and does not set `start` and `end`.
        type: type of the statements; by default, the API's, which is `balance_forward`.
        start: first time of a balance-forward statement: Unix seconds, an aware datetime, or a date. The API's default
            is the first of the current month.
        end: last time of a statement; by default, now.
        currency: ISO 4217 code; defaults to the customer's currency.
        concurrency: maximum number of downloads in flight.
        deadline: maximum seconds of each download, with its redirects, retries and waits.

    Raises:
        RunError: the folder cannot be used, or contains statements of another period or with other options; or pypdf
            is not installed.
        ValueError: an argument is invalid.
    """

    def __init__(
        self,
        client: Client,
        folder: str | os.PathLike[str],
        *,
        period: str,
        type: Literal["balance_forward", "open_item"] | None = None,
        start: int | date | datetime | None = None,
        end: int | date | datetime | None = None,
        currency: str | None = None,
        concurrency: int = 4,
        deadline: float = 300,
    ) -> None:
        require_pypdf()
        options = checked_content({"type": type, "start": start, "end": end, "currency": currency})
        if isinstance(deadline, bool) or not 0 < deadline < 1e9:
            raise ValueError(f"deadline must be a positive number of seconds, not {deadline!r}")
        if concurrency < 1:
            raise ValueError(f"concurrency must be at least 1, not {concurrency!r}")
        self._query: dict[str, Any] = json.loads(
            invoiced.encode_json({name: value for name, value in options.items() if value is not None})
        )
        self._options = {"account": client.api_url, "period": checked_period(period), **self._query}
        self._limit = limit_of(client)
        self._client, self._concurrency = client.with_options(rate=self._limit), concurrency
        self._links = Links(client.api_url)
        self._new_fetcher = partial(Fetcher, self._links, deadline)
        self._folder = Path(folder)
        self._prepare()

    def plan(self, recipients: Recipients, *, by: str | None = None, trust_numbers: bool = False) -> Plan:
        """Check the rows, and look up their customers. No file is written.

        Args:
            recipients: recipients as for `Period.plan`.
            by: field that alone identifies the customer of a row, as for `Period.plan`.
            trust_numbers: whether the name and the e-mail address beside an ID or a number are ignored, as for
                `Period.plan`.

        Raises:
            InvoicedError: customers could not be looked up.
            ValueError: `by` is not one of these fields.
            TypeError: there is only a single recipient.
        """
        check_recipients(recipients)
        staged = StagedRows(_parse(recipients, by))
        look_up(staged, self._client, _link_of, trust_numbers=trust_numbers)
        staged.set_customers_as_keys()
        staged.set_states()
        return Plan(staged, {})

    def fetch(
        self, recipients: Recipients | Plan, *, by: str | None = None, trust_numbers: bool = False
    ) -> Iterator[Download]:
        """Download the statements of customers while iterating. Downloads in flight end when the loop is left.

        Args:
            recipients: recipients as for `Period.plan`, or a plan from `plan`.
            by: field that alone identifies the customer of a row, as for `Period.plan`.
            trust_numbers: whether the name and the e-mail address beside an ID or a number are ignored, as for
                `Period.plan`.

        Yields:
            The result of each row, in the order of the rows.

        Raises:
            PlanError: all rows would be skipped.
            RunStopped: while iterating: the main thread of the program has ended.
            InvoicedError: customers could not be looked up.
            ValueError: `by` is not one of these fields.
            TypeError: there is only a single recipient.
        """
        plan = recipients
        if not isinstance(plan, Plan):
            plan = self.plan(plan, by=by, trust_numbers=trust_numbers)
        plan.check(strict=False)
        return self._fetch_all(plan)

    def path_of(self, customer: CustomerRef) -> Path:
        """Return the path of a customer's statement. Its name is valid on every file system."""
        return self._folder / file_name(customer.number, customer.id, ".pdf", default="customer")

    def _fetch_all(self, plan: Plan) -> Iterator[Download]:
        gate = Gate()
        yield from fetch_all(
            _while_threads_can_start(plan),
            partial(self._fetch, gate),
            new_fetcher=self._new_fetcher,
            concurrency=self._concurrency,
            stop=gate.stop,
        )

    def _prepare(self) -> None:
        """Create the folder with the options, or check that it was created with the same options."""
        path = self._folder / _OPTIONS_FILE
        try:
            create_folder(self._folder)
            if not path.exists():
                _write(path, json.dumps(self._options).encode())
            stored = json.loads(path.read_bytes())
            if not isinstance(stored, dict):
                raise ValueError(f"{_OPTIONS_FILE} has no options")
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"The folder {self._folder} cannot be used: {error}.") from None
        period, other = self._options["period"], stored.get("period", "an unknown period")
        if other != period:
            raise RunError(
                f"The folder {self._folder} contains the statements of {other}, not of {period}. Use another folder."
            )
        if stored != self._options:
            raise RunError(
                f"The folder {self._folder} contains other statements ({_differences(stored, self._options)}). "
                "Use another folder."
            )

    def _fetch(self, gate: Gate, fetcher: Fetcher, row: Row) -> Download:
        path = self.path_of(row.customer)

        def result(outcome: Any, reason: str = "") -> Download:
            return Download(row.number, row.customer, outcome, path, one_line(reason), row.state == DUPLICATE)

        if row.problem:
            return result("skipped", row.problem)
        is_broken = False
        try:
            if path.exists():
                if _is_readable(path):
                    return result("kept", f"downloaded {datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M}")
                is_broken = True
            if not gate.turn(self._limit):
                raise RunStopped(MAIN_THREAD_ENDED)
            self._download(fetcher, row.request.get("link"), path)
        except (DownloadError, UnreadableError, OSError) as error:
            return result("failed", _reason(error) + ("; the existing file is broken" if is_broken else ""))
        return result("downloaded", "the file was broken" if is_broken else "")

    def _download(self, fetcher: Fetcher, link: object, path: Path) -> None:
        """Download a statement, which only gets its name after it was read."""
        url = self._url_of(link)
        with write_atomically(path) as temporary:
            with fetcher.open(url) as parts, temporary.open("wb") as file:
                file.writelines(parts)
            check_pdf(temporary)

    def _url_of(self, link: object) -> str:
        """Return the link with the options as its query."""
        parts = urlsplit(self._links.checked(link))
        query = "&".join(filter(None, [parts.query, urlencode(self._query)]))
        return parts._replace(query=query).geturl()


def _parse(recipients: Recipients, by: str | None) -> Iterator[Row]:
    for item, row in parse_rows(recipients, by):
        if isinstance(item, Customer) and row.customer.id is not None:
            row.request = _link_of(item)
        yield row


def _while_threads_can_start(plan: Plan) -> Iterator[Row]:
    for row in plan:
        if not threading.main_thread().is_alive():
            raise RunStopped(MAIN_THREAD_ENDED)
        yield row


def _is_readable(path: Path) -> bool:
    try:
        check_pdf(path)
    except (UnreadableError, OSError):
        return False
    return True


def _reason(error: DownloadError | UnreadableError | OSError) -> str:
    """Describe why a statement was not downloaded."""
    if isinstance(error, LinkError):
        return "the customer has no https link to a statement"
    if isinstance(error, OSError):
        return f"the file cannot be written: {error.strerror}"
    if isinstance(error, UnreadableError):
        return f"the response is not a PDF that can be read ({error})"
    return str(error)


def _link_of(customer: Customer) -> dict[str, Any]:
    return {"link": customer.get("statement_pdf_url")}


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
