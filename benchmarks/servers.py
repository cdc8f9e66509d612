"""Local servers that respond immediately, so that the client is measured and not the API.

nginx, if it is installed, serves the static responses. The other server, `python servers.py PORT [CERTIFICATE]`, also
serves a list whose pages differ and, below /slow, a list whose pages are delayed. /invoices is the same list as
/customers, so that only what the client does for it can differ.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

CUSTOMERS = 1_000_000
SLOW_PAGES, SLOW_SECONDS = 20, 0.05
CUSTOMER: dict[str, Any] = {
    "id": 15444,
    "object": "customer",
    "number": "CUST-00001",
    "name": "Acme",
    "email": "billing@acmecorp.com",
    "autopay": True,
    "autopay_delay_days": -1,
    "payment_terms": "NET 30",
    "payment_source": {
        "id": 850,
        "object": "card",
        "brand": "Visa",
        "last4": "4242",
        "exp_month": 2,
        "exp_year": 2030,
        "funding": "credit",
    },
    "taxes": [{"id": "vat", "object": "tax_rate", "name": "VAT", "value": 17.5, "is_percent": True}],
    "taxable": True,
    "type": "company",
    "attention_to": "Sarah Fisher",
    "address1": "342 Amber St",
    "address2": None,
    "city": "Hill Valley",
    "state": "CA",
    "postal_code": "94523",
    "country": "US",
    "currency": "usd",
    "language": "en",
    "tax_id": "893-934835",
    "phone": "(820) 297-2983",
    "notes": None,
    "sign_up_page": None,
    "sign_up_url": None,
    "statement_pdf_url": "https://dundermifflin.invoiced.com/statements/t3NmhUomra3g3ueSNnbtUgrr/pdf",
    "created_at": 1415222128,
    "updated_at": 1741802800,
    "metadata": {"account_rep": "Jan", "region": "west"},
}
_TEMPLATE = json.dumps({**CUSTOMER, "id": 0, "number": "CUST-0000000"}, separators=(",", ":"))
_FORMAT = _TEMPLATE.replace("%", "%%").replace('"id":0', '"id":%d').replace("0000000", "%07d").encode()


def customers(page: int, size: int = 100) -> bytes:
    """Return a page of customers with consecutive IDs."""
    ids = range((page - 1) * size + 1, page * size + 1)
    return b"[" + b",".join(_FORMAT % (id, id) for id in ids) + b"]"


def page_headers(page: int, pages: int) -> dict[str, str]:
    """Return the total count and the links of a page, in the format of the API."""
    numbers = {"self": page, "first": 1, "next": page + 1, "last": pages}
    links = [
        f'<http://localhost/customers?per_page=100&page={number}>; rel="{relation}"'
        for relation, number in numbers.items()
        if number <= pages
    ]
    return {"X-Total-Count": str(pages * 100), "Link": ", ".join(links)}


def serve(port: int, certificate: str | None) -> None:
    tls = None if certificate is None else ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if tls and certificate:
        tls.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", port), backlog=128) as listener:
        while True:
            threading.Thread(target=_serve_connection, args=(listener.accept()[0], tls), daemon=True).start()


def _serve_connection(connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    try:
        with tls.wrap_socket(connection, server_side=True) if tls else connection as wire:
            while part := wire.recv(65536):
                received += part
                head, ended, rest = received.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                missing = int(length[1]) - len(rest) if length else 0
                if ended and missing <= 0:
                    received = rest[len(rest) + missing :] if length else rest
                    wire.sendall(_response(*head.split(b" ", 2)[:2]))
    except OSError:
        pass  # the client has disconnected


def _response(method: bytes, target: bytes) -> bytes:
    slow = target.startswith(b"/slow")
    if slow:
        time.sleep(SLOW_SECONDS)
    if method == b"GET" and target.partition(b"?")[0].endswith((b"/customers", b"/invoices")):
        number = re.search(rb"[?&]page=(\d+)", target)
        return _page(int(number[1]) if number else 1, SLOW_PAGES if slow else CUSTOMERS // 100)
    return _format("201 Created" if method == b"POST" else "200 OK", json.dumps(CUSTOMER).encode(), {})


@lru_cache(2 * SLOW_PAGES)  # otherwise, a delayed page would take longer than its delay
def _page(page: int, pages: int) -> bytes:
    return _format("200 OK", customers(page), page_headers(page, pages))


def _format(status: str, body: bytes, headers: dict[str, str]) -> bytes:
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def nginx_command(folder: Path, port: int, tls_port: int, certificate: Path) -> list[str] | None:
    """Return the command that serves both ports, or None if nginx is not installed. Its files are in the folder."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
    if nginx is None:
        return None
    (folder / "page.json").write_bytes(customers(1))
    body = json.dumps(CUSTOMER, separators=(",", ":"))
    headers = "\n".join(f"add_header {name} '{value}';" for name, value in page_headers(1, 10_000).items())
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(f"""
daemon off;
user root;  # otherwise a worker started by root cannot read the folder
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
    {temporary}
    access_log off;
    default_type application/json;
    keepalive_requests 1000000;
    keepalive_timeout 1h;
    open_file_cache max=4;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {certificate};
        location ~ "^(/v1)?/customers/" {{ return 200 '{body}'; }}
        location = /customers {{
            if ($request_method = POST) {{ return 201 '{body}'; }}
            {headers}
            alias {folder}/page.json;
        }}
    }}
}}
""")
    return [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def prepared_command(port: int, certificate: Path | None = None) -> list[str]:
    return [sys.executable, __file__, str(port), *([] if certificate is None else [str(certificate)])]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(ports: Sequence[int], process: subprocess.Popen[Any]) -> None:
    """Wait until the process listens on all ports."""
    for port in ports:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        else:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None)
