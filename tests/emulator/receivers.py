"""Receivers of webhooks: HTTP servers on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from invoiced import Event, webhooks
from invoiced.emulator.events.deliveries import WEBHOOK_SECRET


class Receiver:
    """What a server has received. It responds with `status`, once `may_respond` is set."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.requests: list[tuple[Any, bytes]] = []
        self.may_respond = threading.Event()
        self.may_respond.set()
        self.before_response: Callable[[], object] = lambda: None
        self.url = ""

    @property
    def events(self) -> list[Event]:
        """Return the events, whose signatures are verified."""
        return [
            webhooks.verify(body, headers["X-Invoiced-Signature"], WEBHOOK_SECRET) for headers, body in self.requests
        ]

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]


@contextmanager
def serving() -> Iterator[Receiver]:
    """Serve a receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append((self.headers, body))
            receiver.before_response()
            receiver.may_respond.wait(30)
            try:
                self.send_response(receiver.status)
                for name, value in {"Content-Length": "0", **receiver.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
            except OSError:
                pass  # The emulator does not wait any longer.

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook?from=invoiced"
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.may_respond.set()
        server.shutdown()
        server.server_close()
