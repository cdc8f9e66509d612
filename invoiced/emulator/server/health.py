"""The health of an emulator that runs in another process, or in a container."""

from __future__ import annotations

import http.client
from contextlib import closing

from invoiced.emulator.protocol.hosts import bracketed

_TIMEOUT_SECONDS = 5


def problem_of(host: str, port: int) -> str:
    """Return why an emulator cannot be used, or "" if it can.

    No proxy of the environment is used, because it would look for the emulator on its own machine.
    """
    address = f"{bracketed(host)}:{port}"
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)) as connection:
            connection.request("GET", "/_emulator/health")
            response = connection.getresponse()
            body = response.read()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return f"No emulator responds at {address}: {error or type(error).__name__}"
    return "" if response.status == 200 else f"{address} responds {response.status}: {body.decode(errors='replace')}"
