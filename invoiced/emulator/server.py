"""The API over HTTP: a threaded server that keeps connections open."""

from __future__ import annotations

import logging
import math
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from waitress import create_server  # type: ignore[import-untyped, unused-ignore]
from waitress.channel import HTTPChannel  # type: ignore[import-untyped, unused-ignore]
from waitress.task import ThreadedTaskDispatcher, WSGITask  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator.delivery import NORMAL_DELIVERY, Delivery, Wait
from invoiced.emulator.gateway import DELIVERY, Gateway

# Waitress warns of requests that wait for a thread or are dropped at shutdown; both are normal in tests.
logging.getLogger("waitress").setLevel(logging.ERROR)


class Server:
    """HTTP server that serves the gateway from its creation until `stop`.

    Args:
        gateway: WSGI application that responds.
        host: name or address to listen on.
        port: port to listen on; 0 takes a free port.

    Raises:
        OSError: the port is in use, or the host does not exist.
    """

    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
        listening = _listen(host, port)
        # A server that listens on all addresses is reachable at the local one.
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listening.getsockname()[0], host)
        self.url = f"http://{bracketed(name)}:{listening.getsockname()[1]}"
        self._sockets_by_number: dict[int, object] = {}
        self._server: Any = create_server(
            gateway,
            map=self._sockets_by_number,
            sockets=[listening],
            _dispatcher=_Dispatcher(),
            ident="Invoiced emulator",
            connection_limit=1000,
            asyncore_use_poll=True,
            log_socket_errors=False,
        )
        self._server.channel_class = _Channel
        self._server.waits = gateway.components.waits
        self._server.is_stopping = False
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


def bracketed(host: str) -> str:
    """Return a host as it is written in a URL."""
    return f"[{host}]" if ":" in host else host


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


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc, unused-ignore]
    """Dispatcher with a thread per response in flight, so that a slow response does not delay others."""

    def add_task(self, task: Any) -> None:
        super().add_task(task)
        with self.lock:
            running = len(self.threads) - self.stop_count
            missing = len(self.queue) - (running - self.active_count)
        if missing > 0:
            self.set_thread_count(running + missing)


class _NoResponse(Exception):
    """Raised if no part of the response is to be sent."""


class _Task(WSGITask):  # type: ignore[misc, unused-ignore]
    """Task that keeps the connection open, even without a body (204), and applies the gateway's delivery."""

    channel: Any
    request: Any
    wrote_header: bool
    wait: Wait

    def set_close_on_finish(self) -> None:
        """Keep the connection open after a 204. Waitress would close it without a Content-Length."""
        connection_header = self.request.headers.get("CONNECTION", "").lower()
        if self.has_body or self.version == "1.0" or connection_header == "close":
            super().set_close_on_finish()

    def service(self) -> None:
        """Send the response, or no response at all."""
        self.wait = self.channel.server.waits.begin()
        try:
            super().service()
        except _NoResponse:
            self.close_on_finish = self._delivery.connection != "hang"
        finally:
            self._delivery.end(False)
        if self._delivery.connection == "close_after":
            self.close_on_finish = True

    def write(self, data: bytes) -> None:
        """Send a part of the body; the head precedes the first part."""
        delivery = self._delivery
        if not self.wrote_header:
            self._wait(delivery.latency)
            delivery.end(not (delivery.latency and self.channel.is_disconnected()))
            self._apply_connection_fault()
        if not self.wrote_header and delivery.drip_head:
            self._drip(self.channel.write_soon, self.build_response_header())
            self.wrote_header = True
        if delivery.cut is not None:
            data = data[: delivery.cut]
            self.close_on_finish = True
        if delivery.drip:
            super().write(b"")
            self._drip(super().write, data)
        else:
            super().write(data)

    @property
    def _delivery(self) -> Delivery:
        delivery: Delivery = self.get_environment().get(DELIVERY, NORMAL_DELIVERY)
        return delivery

    def _apply_connection_fault(self) -> None:
        connection = self._delivery.connection
        if connection == "reset":
            # Closing at once, with unsent data, makes TCP send a reset.
            self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if connection == "hang":
            self.channel.hang(self.wait)
        if self._delivery.is_silent:
            raise _NoResponse

    def _drip(self, send: Callable[[bytes], object], data: bytes) -> None:
        for position in range(len(data)):
            if position:
                self._wait(self._delivery.drip)
            if self.wait.is_ended:
                send(data[position:])
                return
            send(data[position : position + 1])

    def _wait(self, seconds: float) -> None:
        self.wait.pause(seconds, is_over=self.channel.is_disconnected)


class _Channel(HTTPChannel):  # type: ignore[misc, unused-ignore]
    """Channel of one connection."""

    task_class = _Task
    hanging: Wait | None = None
    requests: Any
    server: Any
    socket: Any

    def is_disconnected(self) -> bool:
        """Return whether the caller has disconnected or the server is stopping."""
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b"" or not self.connected
        except BlockingIOError:
            return bool(self.server.is_stopping)
        except OSError:
            return True

    def hang(self, wait: Wait) -> None:
        """Send nothing, without occupying a thread, until the caller disconnects or the wait is ended."""
        self.hanging = wait
        # Drop pipelined requests too: their response would be taken for the response to this request.
        self.requests = self.requests[:1]
        wait.hang(self._release)

    def service(self) -> None:
        """Process a request."""
        super().service()
        if self.hanging:
            self.last_activity = math.inf  # Waitress would close connections that were idle for two minutes.

    def received(self, data: bytes) -> bool:
        """Handle received data, unless the connection hangs."""
        return self.hanging is None and bool(super().received(data))

    def _release(self) -> None:
        self.will_close = True
        self.server.pull_trigger()
