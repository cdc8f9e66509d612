"""The pages of the emulator, for somebody who wants to see in a browser what a program has done."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from invoiced.emulator.server.components import Components

if TYPE_CHECKING:
    from invoiced.emulator.pages.site import Site


def pages_of(components: Components, load_sample: Callable[[int], None]) -> Callable[[Request, str], Response]:
    """Return a function that returns pages. `load_sample` adds a sample company with a number of customers."""

    @cache
    def site() -> Site:
        # Imported with the first page, so that the emulator starts faster, and without Jinja2.
        from invoiced.emulator.pages.site import Site

        return Site(components, load_sample)

    return lambda request, path: site().respond(request, path)
