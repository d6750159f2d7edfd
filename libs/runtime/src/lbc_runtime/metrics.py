"""Every metric of every service, in one place: a dashboard or an alert can rely on nothing else.

Labels are bounded: their values are names of queues, services, or short codes, never ids or texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram


class Kind(StrEnum):
    """How a metric behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the catalogue."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


METRICS: tuple[Metric, ...] = (
    Metric("lbc_updates_total", Kind.COUNTER, "Webhook requests by how they were answered.", ("result",)),
    Metric("lbc_update_seconds", Kind.HISTOGRAM, "Time from an update's arrival to the answer.", ()),
    Metric(
        "lbc_messages_total", Kind.COUNTER, "Messages taken from a queue by their end.", ("service", "queue", "result")
    ),
    Metric("lbc_message_seconds", Kind.HISTOGRAM, "Time that one try of a message took.", ("service", "queue")),
    Metric("lbc_in_flight", Kind.GAUGE, "Messages in work or held.", ("service",)),
    Metric("lbc_redelivered_total", Kind.COUNTER, "Messages that were delivered before.", ("service", "queue")),
    Metric("lbc_acks_lost_total", Kind.COUNTER, "Acks whose channel was gone: those come again.", ("service", "queue")),
    Metric("lbc_published_total", Kind.COUNTER, "Publishes by what the broker said.", ("queue", "result")),
    Metric("lbc_dependency_up", Kind.GAUGE, "1 while a dependency answers.", ("dependency",)),
    Metric("lbc_paused", Kind.GAUGE, "1 while consuming is paused for a dependency.", ("service", "dependency")),
    Metric("lbc_parked_total", Kind.COUNTER, "Messages put off without an attempt spent.", ("service", "reason")),
    Metric("lbc_dead_letters_total", Kind.COUNTER, "Messages given up.", ("service", "queue", "reason")),
    Metric("lbc_onboarding_events_total", Kind.COUNTER, "Events decided by the FSM.", ("input", "result")),
    Metric("lbc_attribution_total", Kind.COUNTER, "Starts by what their token proved, or why nothing.", ("result",)),
    Metric("lbc_signing_key_known", Kind.GAUGE, "1 for each key id that start tokens may have.", ("id",)),
    Metric("lbc_steps_total", Kind.COUNTER, "Steps by how they ended.", ("step", "outcome")),
    Metric("lbc_step_failed_total", Kind.COUNTER, "Steps that the sweeper gave up.", ("step",)),
    Metric("lbc_brand_packs_total", Kind.COUNTER, "Brand packs: loaded, or refused for a mistake.", ("result",)),
    Metric("lbc_brand_version", Kind.GAUGE, "Version of the brand pack in force: its hash's first 48 bits.", ()),
    Metric("lbc_brand_refused", Kind.GAUGE, "1 while the newest brand pack is refused.", ()),
    Metric("lbc_sweeper_woken_total", Kind.COUNTER, "Overdue steps published again.", ("step",)),
    Metric("lbc_sweeper_overdue", Kind.GAUGE, "Overdue steps seen in the last sweep.", ()),
    Metric("lbc_links_signed_total", Kind.COUNTER, "Links by what came of signing them.", ("result",)),
    Metric("lbc_speech_total", Kind.COUNTER, "Greetings: cached, made or failed.", ("result",)),
    Metric("lbc_sends_total", Kind.COUNTER, "Commands brought to Telegram.", ("kind", "result")),
    Metric("lbc_sends_doubtful_total", Kind.COUNTER, "Sends that may be doubled, by cause.", ("cause",)),
    Metric("lbc_file_id_total", Kind.COUNTER, "Media sent by file_id: hit, miss or refused.", ("result",)),
    Metric("lbc_bot_api_seconds", Kind.HISTOGRAM, "Time of a Bot API call.", ("method",)),
)
"""The catalogue."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Catalogue:
    """The metrics of :data:`METRICS`, ready to use; asking for one that is not there is a bug."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._counters = {
            m.name: Counter(m.name, m.help, m.labels, registry=registry) for m in METRICS if m.kind is Kind.COUNTER
        }
        self._gauges = {
            m.name: Gauge(m.name, m.help, m.labels, registry=registry) for m in METRICS if m.kind is Kind.GAUGE
        }
        self._histograms = {
            m.name: Histogram(m.name, m.help, m.labels, registry=registry, buckets=_BUCKETS)
            for m in METRICS
            if m.kind is Kind.HISTOGRAM
        }

    def counter(self, name: str) -> Counter:
        """The counter of that name.

        Raises:
            KeyError: the catalogue has none.
        """
        return self._counters[name]

    def gauge(self, name: str) -> Gauge:
        """The gauge of that name.

        Raises:
            KeyError: the catalogue has none.
        """
        return self._gauges[name]

    def histogram(self, name: str) -> Histogram:
        """The histogram of that name.

        Raises:
            KeyError: the catalogue has none.
        """
        return self._histograms[name]


catalogue = Catalogue(REGISTRY)
"""The process's own catalogue; tests make theirs."""

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,48}")


def code(reason: str) -> str:
    """``reason`` if it can be the value of a label, else ``other``: a text that slipped in must not multiply series."""
    return reason if _CODE.fullmatch(reason) else "other"
