"""Tests of the OpenTelemetry recipe: the spans of requests to the API."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator

import pytest
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from recipes.processes import RECIPES

import invoiced
from invoiced.emulator import Emulator

KEY = "sk_0123456789abcdef"
Spans = Callable[[], list[ReadableSpan]]


@pytest.fixture(scope="module")
def exporter() -> Iterator[tuple[InMemorySpanExporter, TracerProvider]]:
    exporter = InMemorySpanExporter()
    provider = runpy.run_path(str(RECIPES / "opentelemetry_setup.py"))["set_up_tracing"](exporter)
    yield exporter, provider
    RequestsInstrumentor().uninstrument()
    provider.shutdown()


@pytest.fixture
def provider(exporter: tuple[InMemorySpanExporter, TracerProvider]) -> TracerProvider:
    return exporter[1]


@pytest.fixture
def spans(exporter: tuple[InMemorySpanExporter, TracerProvider]) -> Spans:
    """Return a function that returns the spans that have ended since the start of the test."""
    memory, provider = exporter
    memory.clear()

    def ended() -> list[ReadableSpan]:
        provider.force_flush()
        return list(memory.get_finished_spans())

    return ended


def test_each_attempt_has_a_child_span_of_the_programs_span_even_when_prefetching(
    emulator: Emulator, provider: TracerProvider, spans: Spans
) -> None:
    with invoiced.Client(KEY) as client:
        for number in range(4):
            client.Customer.create(name=f"Customer {number}")
        spans_before = len(spans())
        emulator.fail("GET /customers", status=503, headers={"Retry-After": "0"})
        with provider.get_tracer("billing").start_as_current_span("month end"):
            assert len(list(client.Customer.all(per_page=2, prefetch=True))) == 4
    *attempts, parent = spans()[spans_before:]
    assert parent.name == "month end"
    assert [span.name for span in attempts] == ["GET", "GET", "GET"]
    assert [(span.attributes or {})["http.status_code"] for span in attempts] == [503, 200, 200]
    assert [span.parent for span in attempts] == [parent.context] * 3


def test_spans_have_the_query_of_a_request_and_never_the_key(emulator: Emulator, spans: Spans) -> None:
    with invoiced.Client(KEY, max_retries=0) as client:
        list(client.Customer.all(filter={"email": "jan@example.com"}))
        emulator.stop()
        with pytest.raises(invoiced.ApiConnectionError):
            client.Customer.find(email="eva@example.com")
    succeeded, failed = spans()
    assert "jan%40example.com" in succeeded.to_json()
    assert "eva%40example.com" in str(failed.status.description)
    assert KEY not in succeeded.to_json() + failed.to_json()
