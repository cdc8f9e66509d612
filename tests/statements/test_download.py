"""Tests of downloading statements as PDFs, from the emulator over HTTP."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from pdfs import BROKEN, HOSTILE, ONE_PAGE
from pypdf import PdfReader

import invoiced
from invoiced.emulator import Emulator
from invoiced.statements import CustomerRef, Download, PlanError, RunError, StatementDownload

LINK = "GET /statements/*/pdf"


def statements(client: invoiced.Client, folder: Path, **options: Any) -> StatementDownload:
    return StatementDownload(client, folder, **{"period": "2026-11", **options})


def fetch(client: invoiced.Client, folder: Path, **options: Any) -> list[Download]:
    customers = client.Customer.all(sort="id asc")
    return list(statements(client, folder, **options).fetch(customers))


def outcomes(downloads: list[Download]) -> list[str]:
    return [download.outcome for download in downloads]


def text_of(path: Path) -> str:
    with PdfReader(path) as reader:
        return "\n".join(page.extract_text() for page in reader.pages)


def test_each_customer_gets_a_pdf_and_the_link_gets_no_credentials(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    folder = tmp_path / "pdfs"
    period: Any = {"start": date(2026, 11, 1), "end": 1795564800, "currency": "eur", "type": "balance_forward"}
    downloads = fetch(client, folder, **period)
    # The emulator refuses a request with credentials.
    assert outcomes(downloads) == ["downloaded"] * 4
    assert [download.path.name for download in downloads] == ["N-1-1.pdf", "N-2-2.pdf", "N-3-3.pdf", "N-4-4.pdf"]
    text = text_of(downloads[1].path)
    assert "Customer 2" in text
    assert "from 2026-11-01 until 2026-11-25" in text
    assert "Currency: eur" in text
    assert sorted(path.name for path in folder.iterdir()) == [
        *(download.path.name for download in downloads),
        "statements.json",
    ]


def test_existing_files_are_kept_and_failed_downloads_are_retried(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.fail(LINK, status=404)
    first = fetch(client, tmp_path, concurrency=1)
    assert outcomes(first) == ["failed", "downloaded", "downloaded", "downloaded"]
    assert first[0].reason == "the server responded 404 Not Found"
    emulator.requests.clear()
    second = fetch(client, tmp_path, concurrency=1)
    assert outcomes(second) == ["downloaded", "kept", "kept", "kept"]
    assert len(emulator.requests.to(LINK)) == 1


def test_a_response_that_is_not_a_complete_pdf_is_not_saved(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.fail(LINK, cut=200)
    emulator.fail(LINK, status=200, body="<html>Sign in</html>")
    emulator.fail(LINK, status=200, body="<html>", headers={"Content-Type": "application/pdf"})
    emulator.fail(LINK, status=200, body="%PDF-1.4 and no end", headers={"Content-Type": "application/pdf"})
    downloads = fetch(client, tmp_path, concurrency=1)
    assert [download.reason for download in downloads] == [
        "no complete response was received (ChunkedEncodingError)",
        "expected a PDF, got text/html; charset=utf-8",
        "the response is not a complete PDF",
        "the response is not a complete PDF",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["statements.json"]


def respond_with(emulator: Emulator, content: bytes) -> None:
    emulator.fail(LINK, status=200, body=content.decode("ascii"), headers={"Content-Type": "application/pdf"})


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_response_that_cannot_be_read_as_a_pdf_is_not_saved_and_fetched_the_next_time(
    content: bytes, client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    respond_with(emulator, content)
    failed, *others = fetch(client, tmp_path, concurrency=1)
    assert (failed.outcome, failed.done, outcomes(others)) == ("failed", False, ["downloaded"] * 3)
    assert failed.reason.startswith("the response is not a PDF that can be read (")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(download.path.name for download in others),
        "statements.json",
    ]
    assert outcomes(fetch(client, tmp_path, concurrency=1)) == ["downloaded", "kept", "kept", "kept"]


@pytest.mark.parametrize("content", [*BROKEN.values(), b""], ids=[*BROKEN.keys(), "empty"])
def test_an_existing_file_that_is_broken_is_downloaded_again(
    content: bytes, client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    first, *_ = fetch(client, tmp_path)
    first.path.write_bytes(content)
    emulator.requests.clear()
    again, *others = fetch(client, tmp_path)
    assert (again.outcome, again.reason, again.done) == ("downloaded", "the file was broken", True)
    assert outcomes(others) == ["kept"] * 3
    assert len(emulator.requests.to(LINK)) == 1
    assert "Customer 1" in text_of(first.path)


def test_a_broken_file_that_cannot_be_replaced_does_not_count(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    first, *_ = fetch(client, tmp_path)
    first.path.write_bytes(b"%PDF-1.4 %%EOF")
    emulator.fail(LINK, status=404)
    again, *_ = fetch(client, tmp_path)
    assert (again.outcome, again.done) == ("failed", False)
    assert again.reason == "the server responded 404 Not Found; the existing file is broken"
    assert first.path.read_bytes() == b"%PDF-1.4 %%EOF"


def test_a_hostile_pdf_does_not_stop_the_others(client: invoiced.Client, emulator: Emulator, tmp_path: Path) -> None:
    for content in (HOSTILE["pages in a circle"], HOSTILE["the same data for a thousand pages"]):
        respond_with(emulator, content)
    downloads = fetch(client, tmp_path, concurrency=1)
    assert outcomes(downloads) == ["failed", "failed", "downloaded", "downloaded"]
    assert downloads[1].reason.endswith("(it refers to the same data too often)")


def test_without_pypdf_nothing_is_created(
    client: invoiced.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(RunError, match=r"require pypdf: run pip install"):
        statements(client, tmp_path / "pdfs")
    assert not [*tmp_path.iterdir()]


def test_temporary_failures_are_retried(client: invoiced.Client, emulator: Emulator, tmp_path: Path) -> None:
    emulator.fail(LINK, status=503, headers={"Retry-After": "0"}, times=2)
    emulator.fail(LINK, status=429, headers={"Retry-After": "0"})
    assert outcomes(fetch(client, tmp_path, concurrency=1)) == ["downloaded"] * 4


def test_a_folder_with_statements_of_another_period_is_refused(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    fetch(client, tmp_path, period="2026-11")
    emulator.requests.clear()
    with pytest.raises(RunError) as caught:
        statements(client, tmp_path, period="2026-12")
    assert str(caught.value) == (
        f"The folder {tmp_path} contains the statements of 2026-11, not of 2026-12. Use another folder."
    )
    assert not emulator.requests
    assert outcomes(fetch(client, tmp_path, period="2026-11")) == ["kept"] * 4


def test_a_folder_that_does_not_know_its_period_is_refused(client: invoiced.Client, tmp_path: Path) -> None:
    options = f'{{"account": "{client.api_url}"}}'
    (tmp_path / "statements.json").write_text(options)
    with pytest.raises(RunError, match="contains the statements of an unknown period, not of 2026-11"):
        statements(client, tmp_path)


@pytest.mark.parametrize("period", ["2026-11", "2026", "2026-Q4", "2026-11-30"])
def test_the_folder_keeps_its_period(period: str, client: invoiced.Client, tmp_path: Path) -> None:
    statements(client, tmp_path / period, period=period)
    assert json.loads((tmp_path / period / "statements.json").read_text())["period"] == period


@pytest.mark.parametrize("period", ["", "november", "2026-13", "2026-11\n", "../2026-11", None, date(2026, 11, 1)])
def test_what_is_not_a_period_is_refused_before_anything_is_created(
    period: Any, client: invoiced.Client, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="A period is a month such as 2026-11"):
        statements(client, tmp_path / "pdfs", period=period)
    assert not [*tmp_path.iterdir()]


def test_an_open_item_statement_has_no_start(client: invoiced.Client, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="An open_item statement has no start"):
        statements(client, tmp_path / "pdfs", type="open_item", start=date(2026, 11, 1))
    assert not [*tmp_path.iterdir()]


def test_a_folder_with_statements_of_another_type_is_refused(client: invoiced.Client, tmp_path: Path) -> None:
    fetch(client, tmp_path, type="open_item")
    with pytest.raises(RunError, match=r"contains other statements .*type open_item"):
        statements(client, tmp_path)
    statements(client, tmp_path, type="open_item")


@pytest.mark.parametrize(
    ("stored", "options", "differences"),
    [
        ({"type": "open_item"}, {}, "type open_item, not the default"),
        ({}, {"type": "open_item"}, "default type, not open_item"),
        ({"start": 1, "currency": "usd"}, {"start": 2, "currency": "usd"}, "start 1, not 2"),
        (
            {"start": 1, "type": "balance_forward"},
            {"end": 5, "type": "balance_forward"},
            "start 1, not the default; default end, not 5",
        ),
    ],
)
def test_the_message_about_other_statements_names_only_the_differences(
    stored: Any, options: Any, differences: str, client: invoiced.Client, tmp_path: Path
) -> None:
    statements(client, tmp_path, **stored)
    with pytest.raises(RunError) as caught:
        statements(client, tmp_path, **options)
    assert str(caught.value) == (
        f"The folder {tmp_path} contains other statements ({differences}). Use another folder."
    )


def test_an_unusable_folder_is_refused(client: invoiced.Client, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be used"):
        statements(client, tmp_path / "file")
    (tmp_path / "statements.json").write_text("{")
    with pytest.raises(RunError, match="cannot be used"):
        statements(client, tmp_path)


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "http://example.com/statements/1/pdf",
        "file:///etc/passwd",
        "https://",
        5,
        ["a"],
        {},
        True,
        "https://h:99999/",
        "https://a[b",
        "https://a.example/\x1b[2J",
        "https://user:password@a.example/",
        "http://127.0.0.1:8065/pdf?internal=1",
    ],
)
def test_a_link_that_is_not_https_is_refused(link: object, tmp_path: Path) -> None:
    with invoiced.Client("key") as client:
        customer = invoiced.Customer(client, 1, {"statement_pdf_url": link, "created_at": 1})
        (download,) = statements(client, tmp_path).fetch([customer])
    assert (download.outcome, download.reason) == ("failed", "the customer has no https link to a statement")


@pytest.mark.parametrize(
    ("api_url", "link", "outcome"),
    [
        ("http://Emulator:8065", "http://emulator:8065/statements/t/pdf", "downloaded"),
        ("http://emulator:80", "http://emulator/statements/t/pdf", "downloaded"),
        ("http://emulator:8065", "http://emulator:8066/statements/t/pdf", "failed"),
        ("http://emulator:8065", "http://example.com:8065/statements/t/pdf", "failed"),
        ("https://emulator", "http://emulator/statements/t/pdf", "failed"),
    ],
)
def test_a_link_of_an_emulator_on_another_machine_leads_to_the_same_emulator(
    api_url: str, link: str, outcome: str, tmp_path: Path, api: responses.RequestsMock
) -> None:
    if outcome == "downloaded":
        api.get(link, body=ONE_PAGE, content_type="application/pdf")
    with invoiced.Client("emulator-key", base_url=api_url) as client:
        customer = invoiced.Customer(client, 1, {"statement_pdf_url": link, "created_at": 1})
        (download,) = statements(client, tmp_path).fetch([customer])
    assert download.outcome == outcome, download.reason


def test_the_reason_of_a_failure_does_not_contain_the_link(tmp_path: Path, api: responses.RequestsMock) -> None:
    link = "https://dundermifflin.example.com/statements/t3NmhUomra3g3ueSNnbtUgrr/pdf?a=1"
    api.get(f"{link}&currency=eur", body=requests.ConnectionError(f"no route to {link}"))
    with invoiced.Client("key") as client:
        customer = invoiced.Customer(client, 1, {"statement_pdf_url": link, "created_at": 1})
        (download,) = statements(client, tmp_path, currency="eur", deadline=0.1).fetch([customer])
    assert download.reason == "no complete response was received (ConnectionError)"
    assert api.calls[0].request.url == f"{link}&currency=eur"


@pytest.mark.parametrize("number", ["../../etc/passwd", "..", "a/b\\c:d", "CON", "", None, "x" * 300, "Ünïcode"])
def test_a_customer_number_never_leads_outside_the_folder(number: str | None, tmp_path: Path) -> None:
    with invoiced.Client("key") as client:
        path = statements(client, tmp_path).path_of(CustomerRef(7, number))
    assert path.parent == tmp_path
    assert path.name.endswith("-7.pdf")
    assert not path.name.startswith(".")
    assert len(path.name) < 120


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://127.0.0.1:1/", "127.0.0.1, an address of this machine"),
        ("https://LOCALHOST./", "127.0.0.1, an address of this machine"),
        ("https://0x7f.1/", "127.0.0.1, an address of this machine"),
        ("https://[::1]/", "::1, an address of this machine"),
        ("https://2852039166/", "169.254.169.254, an address of a private network"),
    ],
)
def test_a_link_of_the_service_does_not_lead_into_the_own_network(link: str, address: str, tmp_path: Path) -> None:
    with invoiced.Client("key", base_url="https://34.1.2.3") as client:
        customer = invoiced.Customer(client, 1, {"statement_pdf_url": link, "created_at": 1})
        (download,) = statements(client, tmp_path).fetch([customer])
    assert (download.outcome, download.reason) == ("failed", f"the link leads to {address}, where the API is not")


def listed(api: responses.RequestsMock, *ids: object) -> None:
    """Respond with customers that have these IDs, and with their PDFs."""
    link = "https://a.example/pdf"
    customers = [{"id": id, "number": "N", "created_at": 1, "statement_pdf_url": link} for id in ids]
    api.get("https://api.invoiced.com/customers", json=customers, headers={"X-Total-Count": str(len(ids))})
    api.get(link, body=ONE_PAGE, content_type="application/pdf")


@pytest.mark.parametrize("id", ["/../../TRAVERSED", "x" * 300, "..", "a\\b", -1, 2**62])
def test_a_customer_id_never_leads_outside_the_folder(
    id: int | str, tmp_path: Path, api: responses.RequestsMock
) -> None:
    listed(api, id)
    folder = tmp_path / "pdfs"
    (folder / "N-").mkdir(parents=True)
    with invoiced.Client("key") as client:
        (download,) = statements(client, folder).fetch(client.Customer.all())
    assert (download.outcome, download.path.parent) == ("downloaded", folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["N-", "statements.json", download.path.name])
    assert [path.name for path in tmp_path.iterdir()] == ["pdfs"]


@pytest.mark.parametrize("id", [None, True, 1.5, [1], {"a": 1}, 10**30, "\ud800", "a\x1bb"])
def test_a_customer_without_a_valid_id_is_skipped_and_the_others_are_downloaded(
    id: Any, tmp_path: Path, api: responses.RequestsMock
) -> None:
    listed(api, id, 2)
    with invoiced.Client("key") as client:
        downloads = list(statements(client, tmp_path).fetch(client.Customer.all()))
    assert [(download.outcome, download.reason) for download in downloads] == [
        ("skipped", "the customer has no valid ID"),
        ("downloaded", ""),
    ]


def test_a_folder_that_disappears_fails_the_rows(client: invoiced.Client, tmp_path: Path) -> None:
    downloads = statements(client, tmp_path / "pdfs").fetch([1, 2])
    shutil.rmtree(tmp_path / "pdfs")
    assert [(download.outcome, download.reason) for download in downloads] == [
        ("failed", "the file cannot be written: No such file or directory")
    ] * 2


def test_the_reason_of_a_skipped_row_is_a_single_line(client: invoiced.Client, tmp_path: Path) -> None:
    (download, _) = statements(client, tmp_path).fetch(["N/9\n\x1b[2J\u202e", "N/1"])
    assert download.reason == r"no customer has the number N/9 \x1b[2J"


def test_a_download_that_takes_too_long_fails_and_the_next_one_succeeds(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    emulator.fail(LINK, status=503, headers={"Retry-After": "50"})
    downloads = fetch(client, tmp_path, concurrency=1, deadline=5)
    assert outcomes(downloads) == ["failed", "downloaded", "downloaded", "downloaded"]
    assert downloads[0].reason == "the server responded 503 Service Unavailable"


def test_a_download_can_be_left_and_continued(client: invoiced.Client, tmp_path: Path) -> None:
    download = statements(client, tmp_path, concurrency=1)
    results = download.fetch([1, 2, 3, 4])
    assert next(iter(results)).outcome == "downloaded"
    results.close()  # type: ignore[attr-defined]
    assert outcomes(list(download.fetch([1, 2, 3, 4])))[0] == "kept"
    assert len(list(tmp_path.glob("*.pdf"))) == 4
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("options", [{"deadline": 0}, {"deadline": -1}, {"deadline": True}, {"deadline": float("nan")},
                                     {"deadline": float("inf")}, {"concurrency": 0}, {"concurrency": -1}])  # fmt: skip
def test_a_limit_that_is_no_limit_is_refused(options: Any, client: invoiced.Client, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be"):
        statements(client, tmp_path, **options)


@pytest.mark.parametrize("content", ["5", "[]", "null", '"x"', "{", "[" * 200_000, ""])
def test_a_folder_with_damaged_options_cannot_be_used(content: str, client: invoiced.Client, tmp_path: Path) -> None:
    (tmp_path / "statements.json").write_text(content)
    with pytest.raises(RunError, match="cannot be used"):
        statements(client, tmp_path)


def test_rows_are_looked_up_and_rows_without_a_customer_are_skipped(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path
) -> None:
    rows = [{"number": "N/2"}, {"number": "N/9"}, {"id": "1"}, {"id": 2}]
    downloads = list(statements(client, tmp_path).fetch(rows))
    assert [(download.row, download.outcome, download.reason) for download in downloads] == [
        (1, "downloaded", ""),
        (2, "skipped", "no customer has the number N/9"),
        (3, "downloaded", ""),
        (4, "skipped", "duplicate of row 1"),
    ]
    assert [download.is_duplicate for download in downloads] == [False, False, False, True]
    with pytest.raises(PlanError, match="1 of 1 rows"):
        statements(client, tmp_path).fetch(["N/9"])


def test_a_redirect_gets_no_credentials_from_netrc_and_must_be_https(
    client: invoiced.Client, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password secret\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    link = client.Customer.retrieve(1).statement_pdf_url.replace("127.0.0.1", "localhost")
    emulator.fail(LINK, status=302, body="", headers={"Location": link})
    emulator.fail(LINK, status=302, body="", headers={"Location": "http://example.com/"}, skip=1)
    folder = tmp_path / "pdfs"
    # The emulator refuses a request with credentials.
    downloads = list(statements(client, folder, concurrency=1).fetch([1, 2]))
    assert [(download.outcome, download.reason) for download in downloads] == [
        ("downloaded", ""),
        ("failed", "the customer has no https link to a statement"),
    ]


def test_a_folder_with_statements_of_another_account_is_refused(client: invoiced.Client, tmp_path: Path) -> None:
    fetch(client, tmp_path)
    with invoiced.Client("key") as other, pytest.raises(RunError, match="contains other statements"):
        statements(other, tmp_path)
