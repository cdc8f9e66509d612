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

from invoiced.emulator.delivery import AT_ONCE, Delivery, Wait
from invoiced.emulator.gateway import DELIVERY, Gateway

# That requests wait for a thread, or are dropped when the server stops, is no news to those who test.
logging.getLogger("waitress").setLevel(logging.ERROR)


class Server:
    """Serves what `gateway` answers from the moment it is made until `stop`.

    Args:
        gateway: what answers.
        host: name or address to listen on.
        port: port to listen on; 0 takes a free one.

    Raises:
        OSError: the port is taken, or there is no such host.
    """

    def __init__(self, gateway: Gateway, host: str, port: int) -> None:
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
            gateway,
            map=self._watched,
            sockets=[listening],
            _dispatcher=_Dispatcher(),
            ident="Invoiced emulator",
            connection_limit=1000,
            asyncore_use_poll=True,
            log_socket_errors=False,
        )
        self._server.channel_class = _Channel
        self._server.waits = gateway.waits
        self._server.is_stopping = False
        self._thread = threading.Thread(target=self._server.run, name="invoiced-emulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Lets the calls under way finish, without the latency they have left, then closes every connection."""
        self._server.is_stopping = True
        self._server.waits.end()
        self._server.task_dispatcher.shutdown()
        # The loop ends when it has no sockets to watch. They are closed after it, in this thread: it would
        # close its own wake-up pipe while this thread still writes to it.
        self._server.trigger.pull_trigger(self._watched.clear)
        self._thread.join()
        self._server.task_dispatcher.shutdown()  # The loop may have passed on one more request.
        for connection in list(self._server.active_channels.values()):
            connection.handle_close()
        self._server.close()


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc, unused-ignore]
    """Has a thread for every answer under way: who waits for a slow one keeps nobody else waiting."""

    def add_task(self, task: Any) -> None:
        super().add_task(task)
        with self.lock:
            running = len(self.threads) - self.stop_count
            short = len(self.queue) - (running - self.active_count)
        if short > 0:
            self.set_thread_count(running + short)


class _Silence(Exception):
    """Nothing of the answer is to be sent."""


class _Task(WSGITask):  # type: ignore[misc, unused-ignore]
    """An answer after which the connection stays open, even if it has no body (204); delivered as the gateway says."""

    channel: Any
    request: Any
    wrote_header: bool
    wait: Wait

    def set_close_on_finish(self) -> None:
        """Waitress would close after any answer without a Content-Length; a 204 needs none to be complete."""
        wanted = self.request.headers.get("CONNECTION", "").lower()
        if self.has_body or self.version == "1.0" or wanted == "close":
            super().set_close_on_finish()

    def service(self) -> None:
        """Answers the request, or leaves it without an answer."""
        self.wait = self.channel.server.waits.begin()
        try:
            super().service()
        except _Silence:
            self.close_on_finish = self._delivery.connection != "hang"
        if self._delivery.connection == "close_after":
            self.close_on_finish = True

    def write(self, data: bytes) -> None:
        """Send a part of the body, and the head before the first."""
        delivery = self._delivery
        if not self.wrote_header:
            self._wait(delivery.latency)
            self._keep_silent_where_told()
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
        delivery: Delivery = self.get_environment().get(DELIVERY, AT_ONCE)
        return delivery

    def _keep_silent_where_told(self) -> None:
        connection = self._delivery.connection
        if connection == "reset":
            # Closing at once and for good, whatever is under way, is what a reset is.
            self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if connection == "hang":
            self.channel.hang(self.wait)
        if self._delivery.is_silent:
            raise _Silence

    def _drip(self, send: Callable[[bytes], object], data: bytes) -> None:
        for place in range(len(data)):
            if place:
                self._wait(self._delivery.drip)
            if self.wait.is_ended:
                send(data[place:])
                return
            send(data[place : place + 1])

    def _wait(self, seconds: float) -> None:
        self.wait.pause(seconds, is_over=self.channel.is_left)


class _Channel(HTTPChannel):  # type: ignore[misc, unused-ignore]
    """A connection."""

    task_class = _Task
    hanging: Wait | None = None
    requests: Any
    server: Any
    socket: Any

    def is_left(self) -> bool:
        """Whether nobody waits for an answer any more: the caller has gone, or the server stops."""
        try:
            return self.socket.recv(1, socket.MSG_PEEK) == b"" or not self.connected
        except BlockingIOError:
            return bool(self.server.is_stopping)
        except OSError:
            return True

    def hang(self, wait: Wait) -> None:
        """Answers nothing, and holds no thread, until the caller goes or the wait is ended."""
        self.hanging = wait
        self.requests = self.requests[:1]  # Nor what came behind it is answered: it would be taken for the answer.
        wait.hang(self._release)

    def service(self) -> None:
        """Carries out a request."""
        super().service()
        if self.hanging:
            self.last_activity = math.inf  # Waitress would close what has been idle for two minutes.

    def received(self, data: bytes) -> bool:
        """Take what has come. Who hangs is not heard."""
        return self.hanging is None and bool(super().received(data))

    def _release(self) -> None:
        self.will_close = True
        self.server.pull_trigger()
