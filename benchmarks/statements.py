"""Benchmark of a statement run: memory for 100,000 recipients, and time compared with the same requests by hand.

pip install . && python benchmarks/statements.py
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from memory import peak_megabytes
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

import invoiced
from invoiced.statements import StatementRun

RECIPIENTS = 100_000
URL = "https://api.invoiced.com"


class Account(HTTPAdapter):
    """An in-process API with a number of customers, which are generated on request and not kept in memory."""

    def __init__(self, customers: int) -> None:
        super().__init__()
        self.customers = customers

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        if request.method == "POST":
            return self._response(
                request, 201, [{"id": "f45382c6fbc44d44aa7f9a55eb2ce731", "email": "client@example.com"}]
            )
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        page, size = int(query.get("page", 1)), int(query["per_page"])
        ids = range((page - 1) * size + 1, min(page * size, self.customers) + 1)
        has_next = page * size < self.customers
        links = f'<{URL}/customers?per_page={size}&page={page + 1}>; rel="next"' if has_next else ""
        headers = {"X-Total-Count": str(self.customers), "Link": links}
        return self._response(request, 200, list(map(_customer, ids)), headers)

    def _response(
        self, request: requests.PreparedRequest, status: int, body: object, headers: dict[str, str] | None = None
    ) -> requests.Response:
        content = BytesIO(json.dumps(body).encode())
        response = HTTPResponse(content, headers or {}, status, preload_content=False, request_method=request.method)
        return self.build_response(request, response)


def _customer(id: int) -> dict[str, Any]:
    link = f"https://dundermifflin.invoiced.com/statements/{id:024}/pdf"
    fields = {"id": id, "object": "customer", "number": f"CUST-{id:06}", "name": f"Customer {id}", "metadata": {}}
    return {**fields, "email": f"office-{id}@example.com", "created_at": 1415222128, "statement_pdf_url": link}


def main(recipients: int = RECIPIENTS) -> None:
    session = requests.Session()
    session.mount("https://", Account(recipients))
    with tempfile.TemporaryDirectory() as folder, invoiced.Client("key", session=session) as client:
        before = peak_megabytes()
        run = StatementRun(client, Path(folder) / "run.journal", rate=None)
        started = time.perf_counter()
        plan = run.plan(client.Customer.all())
        planned = time.perf_counter()
        sent = sum(result.outcome == "sent" for result in run.send(plan))
        ended = time.perf_counter()
        assert sent == recipients, run.report()
        for id in range(1, recipients + 1, 10):
            session.post(f"{URL}/customers/{id}/emails", json={}, auth=("key", "")).json()
        by_hand = (time.perf_counter() - ended) * 10
        print(f"recipients                {recipients:>10,}")
        print(f"peak memory               {peak_megabytes():10.1f} MB, of which {before:.1f} MB before the run")
        print(f"plan                      {planned - started:10.1f} s")
        print(f"send, journal on disk     {ended - planned:10.1f} s, {(ended - planned) / by_hand:.2f} x by hand")
        size = (Path(folder) / "run.journal").stat().st_size
        print(f"journal                   {size / 1e6:10.1f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
