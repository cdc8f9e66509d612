"""The way in over HTTP: requests of web pages are refused, and those for hosts that are not the emulator's.

Any page that is open in a browser can send requests to this machine. The emulator asks for no password, so it must not
do what such a page says, nor return anything to it. Requests in process come from the program itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request

from invoiced.emulator.errors import ApiError
from invoiced.emulator.pdfs import links
from invoiced.emulator.protocol.hosts import Hosts, origin
from invoiced.emulator.protocol.responses import error_response
from invoiced.emulator.protocol.routes import sent_path
from invoiced.emulator.server.gateway import Gateway
from invoiced.emulator.values.excerpts import excerpt

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Entrance:
    """WSGI application that passes requests on to the gateway, or refuses them before anything is done or logged."""

    def __init__(self, gateway: Gateway, hosts: Hosts) -> None:
        self._gateway = gateway
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a request."""
        request = Request(environ)
        try:
            self._hosts.check(request)
            _check_site(request)
        except ApiError as error:
            return error_response(request, error)(environ, start_response)
        return self._gateway(environ, start_response)


def _check_site(request: Request) -> None:
    """Raise `ApiError` 403 if a web page of another site sent the request."""
    page = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "none")
    if page is not None and page.lower() != origin(request).lower():
        raise _refusal(f"Origin: {excerpt(page)}")
    if site not in ("same-origin", "none") and not _follows_a_link(request):
        raise _refusal(f"Sec-Fetch-Site: {excerpt(site)}")


def _follows_a_link(request: Request) -> bool:
    """Return whether somebody clicked on the link to a PDF, or to the first page, which the other site cannot read."""
    how = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest")
    path = sent_path(request.environ)
    is_read = request.method in ("GET", "HEAD") and (path == "/" or links.is_link(path))
    return is_read and how == ("navigate", "document")


def _refusal(reason: str) -> ApiError:
    return ApiError(
        403, f"The emulator refuses requests of web pages ({reason}): send them from a program, without this header."
    )
