"""A server that records each request and responds with the same body."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class Recorded(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    """Values by name; those of a repeated name are separated by commas."""
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The JSON body; None if there is no body."""
        return json.loads(self.content) if self.content else None


class Recorder:
    """The server's URL, the requests, and the response."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Recorded] = []
        self.status, self.content, self.headers = 200, b"{}", dict[str, str]()

    def respond(self, body: Any, status: int = 200, **headers: str) -> None:
        """Set the response to the following requests. Bytes are sent as they are; None is an empty body."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.content, self.headers = status, b"" if body is None else content, headers


@contextmanager
def recording() -> Iterator[Recorder]:
    """Run a server."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per response; the second of two would wait for the client's acknowledgment

        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            if len(content) < length:  # the client closed the connection
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            query = dict[str, str]()
            for name, value in parse_qsl(parts.query, keep_blank_values=True):
                query[name] = f"{query[name]},{value}" if name in query else value
            headers = {name.title(): value for name, value in self.headers.items()}
            recorder.requests.append(Recorded(self.command, unquote(parts.path), query, headers, content))
            self.send_response(recorder.status)
            for name, value in recorder.headers.items():
                self.send_header(name.replace("_", "-"), value)
            if recorder.status != 204:
                self.send_header("Content-Length", str(len(recorder.content)))
            self.end_headers()
            self.wfile.write(recorder.content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = respond

        def log_message(self, format: str, *arguments: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        recorder.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield recorder
        server.shutdown()
        thread.join()
