"""OpenTelemetry tracing with a span for each request to the API."""

from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import set_tracer_provider


def set_up_tracing(exporter: SpanExporter) -> TracerProvider:
    """Set up tracing once per process, after forks. At exit, call its shutdown()."""
    provider = TracerProvider(resource=Resource.create({"service.name": "billing"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    set_tracer_provider(provider)
    RequestsInstrumentor().instrument(tracer_provider=provider)
    return provider
