"""Counting in the process's Prometheus catalogue."""

from __future__ import annotations

from lbc_contracts.ids import Step
from lbc_runtime.metrics import Catalogue, code


class CatalogueMeter:
    """Both of the application's meters, on the metrics of the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._events = catalogue.counter("lbc_onboarding_events_total")
        self._attribution = catalogue.counter("lbc_attribution_total")
        self._steps = catalogue.counter("lbc_steps_total")
        self._failed = catalogue.counter("lbc_step_failed_total")
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

    def woken(self, step: Step) -> None:
        """See `lbc_onboarding.app.ports.SweepMeter`."""
        self._woken.labels(step).inc()

    def seen(self, overdue: int) -> None:
        """See `lbc_onboarding.app.ports.SweepMeter`."""
        self._overdue.set(overdue)
