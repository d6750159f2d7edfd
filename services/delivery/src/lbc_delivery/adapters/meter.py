"""Counts in the catalogue of the runtime."""

from __future__ import annotations

from lbc_runtime.metrics import Catalogue, code


class CatalogueMeter:
    """See :class:`lbc_delivery.app.ports.Meter`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._sends = catalogue.counter("lbc_sends_total")
        self._doubtful = catalogue.counter("lbc_sends_doubtful_total")
        self._file_ids = catalogue.counter("lbc_file_id_total")
        self._calls = catalogue.histogram("lbc_bot_api_seconds")

    def sent(self, kind: str, result: str) -> None:
        """See :class:`lbc_delivery.app.ports.Meter`."""
        self._sends.labels(kind, result).inc()

    def doubtful(self, cause: str) -> None:
        """See :class:`lbc_delivery.app.ports.Meter`."""
        self._doubtful.labels(code(cause)).inc()

    def file_id(self, result: str) -> None:
        """See :class:`lbc_delivery.app.ports.Meter`."""
        self._file_ids.labels(result).inc()

    def called(self, method: str, seconds: float) -> None:
        """A call of the Bot API took that long, whatever came of it."""
        self._calls.labels(code(method)).observe(seconds)
