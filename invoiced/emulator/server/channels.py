"""The connections of callers: receiving of requests, and delivery of responses with faults."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped, unused-ignore]
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped, unused-ignore]
from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped, unused-ignore]
from waitress.utilities import RequestHeaderFieldsTooLarge  # type: ignore[import-untyped, unused-ignore]

from invoiced.emulator.errors import ApiError
from invoiced.emulator.protocol.delivery import NORMAL_DELIVERY, Delivery, Wait
from invoiced.emulator.protocol.responses import json_response, status_line
from invoiced.emulator.server.gateway import DELIVERY

_MAX_DISCARDED_BYTES = 2**30


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
            self.channel.has_served = True
            self.channel.waiting_since = time.time()
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


class _ErrorTask(ErrorTask):  # type: ignore[misc, unused-ignore]
    """Task that responds to a request that cannot be read, or is too large. Its connection ends."""

    channel: Any
    request: Any
    response_headers: Any

    def service(self) -> None:
        """Send the response, and discard what the caller still sends: it would lose the response to a TCP reset."""
        super().service()
        self.channel.waiting_since = time.time()
        if self.channel.discard():
            self.close_on_finish = False

    def execute(self) -> None:
        """Write the response."""
        problem = self.request.error
        message = f"{problem.reason}: {problem.body}."
        if problem.code == 413:
            limit = self.channel.adj.max_request_body_size // 2**20
            message = f"The emulator takes bodies below {limit} MB. It loads larger snapshots from a file, with --load."
        self.status = status_line(problem.code)
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        body = json_response(problem.code, ApiError(problem.code, message).body).get_data()
        self.content_length = len(body)
        self.write(body)


class _Parser(HTTPRequestParser):  # type: ignore[misc, unused-ignore]
    """Parser that does not ask for a body that it has refused, and ends chunks whose size or trailer has no end."""

    body_rcv: Any
    completed: bool

    def received(self, data: bytes) -> int:
        """Take a part of a request. Return how many bytes belong to it."""
        taken: int = super().received(data)
        if self.chunked and not self.completed:
            size = len(self.body_rcv.control_line) + len(self.body_rcv.trailer)
            if size > self.adj.max_request_header_size:
                self.error = RequestHeaderFieldsTooLarge("the size of a chunk, or the trailer, has no end")
                self.completed = True
        if self.error:
            self.expect_continue = False
        return taken


class Channel(HTTPChannel):  # type: ignore[misc, unused-ignore]
    """Channel of one connection."""

    task_class = _Task
    error_task_class = _ErrorTask
    parser_class = _Parser
    hanging: Wait | None = None
    has_served = False
    """Whether the caller has ever received a response."""
    _discarded: int | None = None
    """Number of bytes that were discarded, because the connection ends."""
    requests: Any
    requests_lock: Any
    server: Any
    socket: Any

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.waiting_since = time.time()
        super().__init__(*arguments, **options)

    @property
    def waits_for_request(self) -> bool:
        """Return whether the next request has not been received as a whole: the connection is idle, or slow."""
        return not self.requests and self.hanging is None and not self.will_close

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

    def discard(self) -> bool:
        """End the responses, and read on without storing anything. Return False if the response is not sent yet."""
        with self.requests_lock:
            if self.total_outbufs_len:
                return False
            self._discarded = 0
            self.request, self.requests = None, self.requests[:1]
        with suppress(OSError):  # The caller has disconnected.
            self.socket.shutdown(socket.SHUT_WR)
        return True

    def received(self, data: bytes) -> bool:
        """Handle received data, unless the connection hangs or ends."""
        if self._discarded is None:
            return self.hanging is None and bool(super().received(data))
        self._discarded += len(data)
        if self._discarded > _MAX_DISCARDED_BYTES:
            self.will_close = True
        return False

    def _release(self) -> None:
        self.will_close = True
        self.server.pull_trigger()
