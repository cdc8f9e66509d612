"""The API over HTTP: a threaded server that keeps connections open."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING, Any

from waitress import create_server  # type: ignore[import-untyped, unused-ignore]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped, unused-ignore]
from waitress.task import WSGITask  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_THREADS = 16

# That requests wait for a thread, or are dropped when the server stops, is no news to those who test.
logging.getLogger("waitress").setLevel(logging.ERROR)


class Server:
    """Serves `application` from the moment it is made until `stop`.

    `port` 0 takes a free one. Raises `OSError` when the port is taken, or there is no such host.
    """

    def __init__(self, application: WSGIApplication, host: str, port: int) -> None:
        try:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        except ValueError:  # A name with a label that is too long, or with a null character.
            raise OSError(f"{host!r} is no host name") from None
        listening = socket.create_server(address[:2], family=family)
        # Who listens on all addresses is found on that of this machine.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(address[0]), host)
        self.url = f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}"
        self._watched: dict[int, object] = {}
        self._server: Any = create_server(
            application,
            map=self._watched,
            sockets=[listening],
            threads=_THREADS,
            ident="Invoiced emulator",
            connection_limit=1000,
            asyncore_use_poll=True,
            log_socket_errors=False,
        )
        self._server.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name="invoiced-emulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Lets the calls under way finish, then closes every connection."""
        self._server.task_dispatcher.shutdown()
        # The loop ends when it has no sockets to watch. They are closed after it, in this thread: it would
        # close its own wake-up pipe while this thread still writes to it.
        self._server.trigger.pull_trigger(self._watched.clear)
        self._thread.join()
        for connection in list(self._server.active_channels.values()):
            connection.handle_close()
        self._server.close()


class _Task(WSGITask):  # type: ignore[misc, unused-ignore]
    """An answer after which the connection stays open, even if it has no body (204)."""

    request: Any

    def set_close_on_finish(self) -> None:
        """Waitress would close after any answer without a Content-Length; a 204 needs none to be complete."""
        wanted = self.request.headers.get("CONNECTION", "").lower()
        if self.has_body or self.version == "1.0" or wanted == "close":
            super().set_close_on_finish()


class _Channel(HTTPChannel):  # type: ignore[misc, unused-ignore]
    task_class = _Task
