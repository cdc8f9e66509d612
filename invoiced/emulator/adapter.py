"""The API without sockets, for sessions of `requests`."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import create_environ, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class EmulatorAdapter(HTTPAdapter):
    """Answers what a session sends by calling the application, in the thread that sends it.

    Mounted for a host, it stands in for it: `session.mount("https://api.invoiced.com", emulator.adapter())`.
    """

    def __init__(self, application: WSGIApplication) -> None:
        super().__init__()
        self._application = application

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """The application's answer. Only `request` counts: no connection can time out or be verified."""
        address = urlsplit(str(request.url))
        environ = create_environ(
            method=request.method or "GET",
            path=address.path,
            base_url=f"{address.scheme}://{address.netloc}",
            query_string=address.query,
            headers=dict(request.headers),
            input_stream=BytesIO(_sent(request.body)),
            environ_overrides={"REQUEST_URI": request.path_url, "wsgi.input_terminated": True},
        )
        body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
        code, _, reason = status.partition(" ")
        answer = HTTPResponse(
            body=BytesIO(b"".join(body)),
            headers=dict(headers.to_wsgi_list()),
            status=int(code),
            reason=reason,
            request_method=request.method,
            preload_content=False,
            decode_content=False,
        )
        return self.build_response(request, answer)


def _sent(body: Any) -> bytes:
    """The bytes of a body in any form that `requests` takes."""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes) or body is None:
        return body or b""
    return b"".join(body)
