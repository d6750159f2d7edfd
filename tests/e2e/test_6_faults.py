"""Faults under load: everyone reaches DONE."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kube import PRODUCT, kubectl, pods, rollout, wait_for
from people import Simulator
from test_5_upgrades import Load, dead_letters
from up import CLUSTER, DEVSTACK, STATEFUL_NODE

SERVICES = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")


@contextmanager
def journeys(simulator: Simulator) -> Iterator[None]:
    """Journeys while the block runs, the first of them under way; afterwards everyone has reached DONE."""
    load = Load(simulator)
    load.start()
    try:
        wait_for("journeys under way", lambda: len(load.people) > 10)
        yield
    finally:
        load.finish(240)
    for person in load.people:
        kinds = {kind for m in person.received() for kind in ("video", "audio", "text") if kind in m}
        assert kinds == {"video", "audio", "text"}, person.id
    assert dead_letters() == {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_pod_loses_nobody(service: str, simulator: Simulator) -> None:
    with journeys(simulator):
        for pod in pods(service):
            kubectl("-n", PRODUCT, "delete", "pod", pod["metadata"]["name"], "--grace-period=0", "--force")
        time.sleep(3)  # journeys meanwhile
        rollout(service)


def test_a_drained_node_loses_nobody(simulator: Simulator) -> None:
    node = f"{CLUSTER}-worker"
    assert node != STATEFUL_NODE
    _gather_away_from(STATEFUL_NODE)
    try:
        with journeys(simulator):
            kubectl("drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s")
            for service in SERVICES:
                rollout(service)
                assert all(pod["spec"]["nodeName"] == STATEFUL_NODE for pod in pods(service))
    finally:
        kubectl("uncordon", node)


def _gather_away_from(node: str) -> None:
    """Have every pod of the product elsewhere."""
    kubectl("cordon", node)
    try:
        kubectl("-n", PRODUCT, "delete", "pods", "--all", "--wait=true")
        for service in SERVICES:
            rollout(service)
            assert not [pod for pod in pods(service) if pod["spec"]["nodeName"] == node]
    finally:
        kubectl("uncordon", node)


def test_a_restarted_broker_loses_nobody(simulator: Simulator) -> None:
    with journeys(simulator):
        kubectl("-n", DEVSTACK, "delete", "pod", "rabbitmq-0")
        kubectl("-n", DEVSTACK, "rollout", "status", "statefulset/rabbitmq", "--timeout=180s")
