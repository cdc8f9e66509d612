"""The API over HTTP: a threaded server that keeps connections open."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Iterable
from typing import Any

from waitress.adjustments import Adjustments  # type: ignore[import-untyped, unused-ignore]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped, unused-ignore]
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator.protocol.delivery import Waits
from invoiced.emulator.protocol.hosts import Hosts, bracketed
from invoiced.emulator.server.channels import Channel
from invoiced.emulator.server.entrance import Entrance
from invoiced.emulator.server.gateway import Gateway

# Waitress warns of requests that wait for a thread or are dropped at shutdown; both are normal in tests.
logging.getLogger("waitress").setLevel(logging.ERROR)

MAX_BODY_BYTES = 32 * 2**20
"""Size of a body that is refused. It is not stored before that."""

_MAX_CONNECTIONS = 2000


class Server:
    """HTTP server that serves the gateway from its creation until `stop`.

    Args:
        gateway: WSGI application that responds.
        host: name or address to listen on.
        port: port to listen on; 0 takes a free port.
        allowed_hosts: names that it serves besides `host`.

    Raises:
        OSError: the port is in use, or the host does not exist.
    """

    def __init__(self, gateway: Gateway, host: str, port: int, allowed_hosts: Iterable[str] = ()) -> None:
        listening = _listen(host, port)
        address, port, *_ = listening.getsockname()
        # A server that listens on all addresses is reachable at the local one.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, host)
        self.url = f"http://{bracketed(name)}:{port}"
        hosts = Hosts(address, [name, *allowed_hosts])
        self.is_local = hosts.is_local
        self._sockets_by_number: dict[int, Any] = {}
        self._server = _Listener(Entrance(gateway, hosts), self._sockets_by_number, listening, gateway.components.waits)
        self._thread = threading.Thread(target=self._server.run, name="invoiced-emulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the requests in flight, without their remaining latency, then close every connection."""
        self._server.is_stopping = True
        self._server.waits.end()
        self._server.task_dispatcher.shutdown()
        # The loop ends when it has no sockets to watch. This thread then closes them: the loop would close its
        # wake-up pipe while this thread still writes to the pipe.
        self._server.trigger.pull_trigger(self._sockets_by_number.clear)
        self._thread.join()
        self._server.task_dispatcher.shutdown()  # The loop may have accepted one more request.
        for connection in list(self._server.active_channels.values()):
            connection.handle_close()
        self._server.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except ValueError:  # The name has a label that is too long, or a null character.
        raise OSError(f"{host!r} is not a valid host name") from None
    except socket.gaierror as error:
        raise OSError(f"the host {host!r} is not known, or has no address here: {error.strerror}") from None
    # "::" means all addresses, also those of IPv4.
    all_addresses = address[0] == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(address[:2], family=family, dualstack_ipv6=all_addresses)


class _Listener(TcpWSGIServer):  # type: ignore[misc, unused-ignore]
    """Listening socket, and the connections that it has accepted.

    So that nobody can keep others from connecting, the connection that has made the emulator wait longest for a request
    makes room for the next one.
    """

    channel_class = Channel
    active_channels: dict[int, Any]  # type: ignore[assignment, unused-ignore]
    trigger: Any
    is_stopping = False

    def __init__(
        self, entrance: Entrance, sockets_by_number: dict[int, Any], listening: socket.socket, waits: Waits
    ) -> None:
        self.waits = waits
        self._max_connections = _max_connections()
        super().__init__(
            entrance,
            sockets_by_number,
            _sock=listening,
            dispatcher=_Dispatcher(),
            adj=Adjustments(
                ident="Invoiced emulator",
                asyncore_use_poll=True,
                connection_limit=sys.maxsize,  # Waitress would accept no more.
                log_socket_errors=False,
                max_request_body_size=MAX_BODY_BYTES,
                recv_bytes=65536,
            ),
            bind_socket=False,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        )

    def handle_accept(self) -> None:
        """Accept a connection, in exchange for another if there are too many."""
        super().handle_accept()
        if len(self.active_channels) > self._max_connections:
            waiting = [channel for channel in self.active_channels.values() if channel.waits_for_request]
            if waiting:
                # Those that never sent a whole request go first.
                min(waiting, key=lambda channel: (channel.has_served, channel.waiting_since)).will_close = True

    def maintenance(self, now: float) -> None:
        """Close the connections that have made the emulator wait too long, idle or in the middle of a request."""
        for channel in self.active_channels.values():
            if channel.waits_for_request and channel.waiting_since < now - self.adj.channel_timeout:
                channel.will_close = True


def _max_connections() -> int:
    """Return how many connections may be open: at most half of the files that this process may open.

    The callers may be in the same process.
    """
    try:
        import resource
    except ModuleNotFoundError:  # On Windows, select() watches 512 sockets.
        return 400
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_CONNECTIONS if limit == resource.RLIM_INFINITY else min(_MAX_CONNECTIONS, limit // 2)


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc, unused-ignore]
    """Dispatcher with a thread per response in flight, so that a slow response does not delay others."""

    def add_task(self, task: Any) -> None:
        super().add_task(task)
        with self.lock:
            running = len(self.threads) - self.stop_count
            missing = len(self.queue) - (running - self.active_count)
        if missing > 0:
            self.set_thread_count(running + missing)
