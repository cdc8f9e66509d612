"""One visit of a page: what the page reads and does by the API, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from werkzeug import Request, Response

from invoiced.emulator.pages.listings import BY_TYPE
from invoiced.emulator.pages.rendering import render
from invoiced.emulator.protocol.hosts import origin
from invoiced.emulator.server.components import Components
from invoiced.emulator.server.gateway import PAGES
from invoiced.emulator.storage.store import Record
from invoiced.emulator.values import exact_json


class Records(NamedTuple):
    """The records of one page of a list, and how many the whole list has."""

    records: list[Record]
    total: int


@dataclass(frozen=True)
class Visit:
    """A request for a page. What the page shows comes from the API, by the calls that programs make."""

    components: Components
    request: Request
    token: str
    """What each form must send, so that it cannot come from elsewhere."""
    load_sample: Callable[[int], None]

    @property
    def origin(self) -> str:
        """Return the URL of the emulator, as the browser knows it."""
        return origin(self.request)

    def response(self, method: str, path: str, *, accept: str = "application/json") -> Response:
        """Return the API's response. `ApiError` if it refuses the call."""
        return self.components.application.response_to(method, path, origin=self.origin, accept=accept)

    def record(self, path: str) -> Record:
        """Return a record. `ApiError` 404 if it does not exist."""
        found: Record = exact_json.loads(self.response("GET", path).get_data())
        return found

    def records(self, path: str, **query: Any) -> Records:
        """Return the records of one page of a list."""
        response = self.response("GET", f"{path}?{urlencode(query)}")
        return Records(exact_json.loads(response.get_data()), int(response.headers["X-Total-Count"]))

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page."""
        page = render(template, visit=self, now=self.components.clock(), listings=BY_TYPE, **values)
        return Response(page, status, content_type="text/html; charset=utf-8")

    def go_to(self, path: str) -> Response:
        """Send the browser to another page, once a form has done its work."""
        return Response(status=303, headers={"Location": path}, content_type="text/plain")

    def link(self, *segments: str | int, **query: Any) -> str:
        """Return the path of a page, such as that of a record: `link("invoices", 7)`."""
        path = PAGES + "/".join(quote(str(segment), safe="") for segment in segments)
        return f"{path}?{urlencode(query)}" if query else path

    def link_with(self, **changes: Any) -> str:
        """Return the address of this page with other parameters."""
        query: Mapping[str, Any] = {**self.request.args.to_dict(), **changes}
        return f"{self.request.path}?{urlencode(query)}"
