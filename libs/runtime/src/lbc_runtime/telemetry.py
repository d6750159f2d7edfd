"""Logs as JSON lines, and traces that follow a person from the webhook to Telegram."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from opentelemetry import context, propagate, trace

from lbc_runtime.masking import mask

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

_TALKERS = ("aiobotocore", "aiohttp", "botocore", "httpcore", "httpx", "telegram", "urllib3")
"""Drivers that at DEBUG print what they send and get: keys and tokens of AWS, bodies, addresses with a bot's token."""

TRACE_HEADERS = frozenset({"traceparent", "tracestate", "baggage"})
"""The headers in which a trace travels."""

tracer = trace.get_tracer("lbc_runtime")


@contextmanager
def bind(*, correlation_id: str) -> Iterator[None]:
    """Name the update that everything logged inside belongs to."""
    token = _correlation_id.set(correlation_id)
    try:
        yield
    finally:
        _correlation_id.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with what ``extra`` brought, and no secret."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line for ``record``."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation_id := _correlation_id.get():
            line["correlation_id"] = correlation_id
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return mask(json.dumps(line, default=str, ensure_ascii=False))


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send all logs of the process to standard output; drivers never say more than INFO, whatever the level."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The driver tells each lost connection several times, with a stack; we tell it once, with what follows from it.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    for name in _TALKERS:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


def inject_trace() -> dict[str, str]:
    """The current trace as headers; empty when there is none."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


@contextmanager
def follow_trace(headers: Mapping[str, object], name: str) -> Iterator[None]:
    """Continue, in a span called ``name``, the trace that came in ``headers``."""
    carrier = {key: value for key, value in headers.items() if key in TRACE_HEADERS and isinstance(value, str)}
    token = context.attach(propagate.extract(carrier))
    try:
        # What a handler raises steers the runtime; the worker says what it means.
        with tracer.start_as_current_span(
            name, kind=trace.SpanKind.CONSUMER, record_exception=False, set_status_on_exception=False
        ):
            yield
    finally:
        context.detach(token)


def configure_tracing(service: str, endpoint: str | None) -> Callable[[], None]:
    """Send spans to the collector at ``endpoint``; None means no tracing, and needs no SDK.

    Returns:
        What to call at the end, so that the last spans arrive too (it waits a few seconds at most).
    """
    if endpoint is None:
        return lambda: None
    # Imported here, since without an endpoint a service shall not pay for the SDK, nor need it in its image.
    from lbc_runtime import otel  # noqa: PLC0415

    return otel.start(service, endpoint)
