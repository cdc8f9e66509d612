from __future__ import annotations

from collections.abc import Iterator

import pytest
from calls.recorder import Recorder, recording

import invoiced


@pytest.fixture(scope="module")
def server() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def recorder(server: Recorder) -> Recorder:
    """Return a server that received no request yet."""
    server.requests.clear()
    server.respond({})
    return server


@pytest.fixture
def client(recorder: Recorder) -> Iterator[invoiced.Client]:
    with invoiced.Client("sk_0123456789abcdef", base_url=recorder.url, max_retries=0) as client:
        yield client
