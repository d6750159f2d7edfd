"""Counting in the process's Prometheus catalogue."""

from __future__ import annotations

from typing import Final

from lbc_contracts.ids import Step
from lbc_runtime.metrics import Catalogue, code

_EXACT: Final = 12
"""Hex digits of a version that a gauge shows exactly: 48 bits of a float's 53."""


class CatalogueMeter:
    """All of the application's meters, on the metrics of the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._events = catalogue.counter("lbc_onboarding_events_total")
        self._attribution = catalogue.counter("lbc_attribution_total")
        self._steps = catalogue.counter("lbc_steps_total")
        self._failed = catalogue.counter("lbc_step_failed_total")
        self._packs = catalogue.counter("lbc_brand_packs_total")
        self._version = catalogue.gauge("lbc_brand_version")
        self._stale = catalogue.gauge("lbc_brand_refused")
        self._woken = catalogue.counter("lbc_sweeper_woken_total")
        self._overdue = catalogue.gauge("lbc_sweeper_overdue")

    def event(self, kind: str, result: str) -> None:
        """See `lbc_onboarding.app.ports.Meter`."""
        self._events.labels(code(kind), code(result)).inc()

    def touch(self, reason: str) -> None:
        """See `lbc_onboarding.app.ports.Meter`."""
        self._attribution.labels(code(reason)).inc()

    def step(self, step: Step, outcome: str) -> None:
        """See `lbc_onboarding.app.ports.Meter`."""
        self._steps.labels(step, outcome).inc()

    def given_up(self, step: Step) -> None:
        """See `lbc_onboarding.app.ports.Meter`."""
        self._failed.labels(step).inc()

    def pack_taken(self, version: str) -> None:
        """See `lbc_onboarding.app.ports.PackMeter`."""
        self._packs.labels("loaded").inc()
        self._version.set(int(version[:_EXACT], 16))
        self._stale.set(0)

    def pack_refused(self) -> None:
        """See `lbc_onboarding.app.ports.PackMeter`."""
        self._packs.labels("refused").inc()
        self._stale.set(1)

    def pack_taken_back(self) -> None:
        """See `lbc_onboarding.app.ports.PackMeter`."""
        self._stale.set(0)

    def woken(self, step: Step) -> None:
        """See `lbc_onboarding.app.ports.SweepMeter`."""
        self._woken.labels(step).inc()

    def seen(self, overdue: int) -> None:
        """See `lbc_onboarding.app.ports.SweepMeter`."""
        self._overdue.set(overdue)
