"""Tracing with the OpenTelemetry SDK; imported only where traces are wanted."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from lbc_runtime.masking import mask

_EXPORT_SECONDS = 2
_FLUSH_MILLISECONDS = 3000


def start(service: str, endpoint: str) -> Callable[[], None]:
    """Begin to export spans; returns what ends it."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"lbc-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=_EXPORT_SECONDS * 1000))
    trace.set_tracer_provider(provider)
    _instrument()

    def stop() -> None:
        provider.force_flush(_FLUSH_MILLISECONDS)
        provider.shutdown()

    return stop


def _instrument() -> None:
    """Trace the drivers that this image has."""
    if find_spec("aiohttp"):
        aiohttp_client = import_module("opentelemetry.instrumentation.aiohttp_client")
        # The Bot API carries the bot's token in its path.
        aiohttp_client.AioHttpClientInstrumentor().instrument(url_filter=lambda url: mask(str(url)))
    if find_spec("aiobotocore"):
        import_module("opentelemetry.instrumentation.botocore").BotocoreInstrumentor().instrument()
