"""KEDA: from no workers to the maximum and back, nothing lost and nothing twice; and what it does without depths."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import pytest
from kube import PRODUCT, execute, get, kubectl, upgrade, wait_for
from people import Person, Simulator
from up import DEVSTACK, RELEASE

WORKERS = ("onboarding", "media", "tts")
SCALING = {
    "min": 0, "value": 10, "fallback": 1, "pollingInterval": 2, "cooldownPeriod": 10, "scaleDownSeconds": 5,
}  # fmt: skip
PEOPLE = 240
MAXIMUM = 3


@pytest.fixture(scope="module")
def slow_workers() -> Iterator[None]:
    """None to begin with, few messages for each, and so little of the processor that a backlog stays for a while."""
    settings: list[str] = []
    for worker in WORKERS:
        scaling = SCALING | {"max": MAXIMUM}
        settings += ["--set-json", f"{worker}.scaling={json.dumps(scaling)}"]
        settings += ["--set", f"{worker}.resources.limits.cpu=60m", "--set", f"{worker}.resources.requests.cpu=20m"]
    # Nobody is asked again while the backlog waits: each command shall be there once.
    for service in ("onboarding", "sweeper"):
        settings += ["--set", f"{service}.settings.LBC_STEP_DUE=3600"]
    upgrade(*settings)
    yield
    for worker in WORKERS:
        _pause(worker, replicas=None)
    upgrade()


def test_from_none_to_the_maximum_and_back(slow_workers: None, simulator: Simulator) -> None:
    for worker in WORKERS:
        wait_for(f"no {worker}", lambda worker=worker: not _pods(worker), seconds=240, pause=2)
    people = [simulator.person("es" if number % 2 else "en") for number in range(PEOPLE)]
    highest: dict[str, int] = {}
    for worker in ("media", "tts"):
        _pause(worker, replicas=0)

    begun = time.monotonic()
    for person in people:
        person.start()
    wait_for("the first ack of onboarding", lambda: _depth("media.commands") > 0, seconds=120, pause=0.5)
    print(f"\nfrom the first message to the first ack, from no replica: {time.monotonic() - begun:.1f} s")
    _watch("onboarding", highest, lambda: _depth("media.commands") >= PEOPLE)
    _pause("media", replicas=None)
    _watch("media", highest, lambda: _depth("media.commands") == 0)
    _all_have(people, "video")
    for person in people:
        person.tap("play_audio")
    wait_for("everybody's greeting asked for", lambda: _depth("tts.commands") >= PEOPLE, seconds=240, pause=2)
    _pause("tts", replicas=None)
    _watch("tts", highest, lambda: _depth("tts.commands") == 0)
    _all_have(people, "audio")
    for person in people:
        person.tap("continue")
    _all_have(people, "text")

    assert highest == dict.fromkeys(WORKERS, MAXIMUM)
    for person in people:  # nothing lost, nothing twice
        kinds = [kind for message in person.received() for kind in ("video", "audio", "text") if kind in message]
        assert kinds == ["video", "audio", "text"], person.id
    for worker in WORKERS:
        wait_for(f"no {worker} again", lambda worker=worker: _replicas(worker) == 0, seconds=300, pause=2)
    assert _dead() == {}


def test_without_depths_the_fallback_holds_the_replicas(slow_workers: None) -> None:
    execute(DEVSTACK, "rabbitmq-0", "rabbitmq-plugins", "disable", "rabbitmq_management")
    try:
        for worker in WORKERS:
            wait_for(f"{worker} has its fallback", lambda worker=worker: _replicas(worker) == 1, seconds=180, pause=2)
        for item in get("scaledobject"):
            wait_for(f"{item['metadata']['name']} says fallback", lambda item=item: _fallback(item), seconds=60)
    finally:
        execute(DEVSTACK, "rabbitmq-0", "rabbitmq-plugins", "enable", "rabbitmq_management")
    for worker in WORKERS:
        wait_for(f"no {worker} again", lambda worker=worker: _replicas(worker) == 0, seconds=240, pause=2)


def _replicas(worker: str) -> int:
    found = kubectl("-n", PRODUCT, "get", "deployment", f"{RELEASE}-{worker}", "-o", "json")
    return int(json.loads(found)["spec"].get("replicas", 1))


def _pods(worker: str) -> list[object]:
    """Also those on their way out, which may still be at work."""
    return [*get("pods", "-l", f"app.kubernetes.io/component={worker}")]


def _fallback(item: dict[str, object]) -> bool:
    name = item["metadata"]["name"]  # type: ignore[index]  # an object of Kubernetes
    found = json.loads(kubectl("-n", PRODUCT, "get", "scaledobject", str(name), "-o", "json"))
    return any(c["type"] == "Fallback" and c["status"] == "True" for c in found["status"]["conditions"])


def _pause(worker: str, *, replicas: int | None) -> None:
    value = "autoscaling.keda.sh/paused-replicas" + ("-" if replicas is None else f"={replicas}")
    kubectl("-n", PRODUCT, "annotate", "--overwrite", "scaledobject", f"{RELEASE}-{worker}", value)


def _watch(worker: str, highest: dict[str, int], done: Callable[[], bool]) -> None:
    """Note the most replicas until that is so."""

    def reached() -> bool:
        highest[worker] = max(highest.get(worker, 0), _replicas(worker))
        return done()

    wait_for(f"{worker} is done", reached, seconds=600, pause=1)


def _all_have(people: list[Person], kind: str) -> None:
    for person in people:
        person.await_kind(kind, seconds=600)


def _depths() -> dict[str, int]:
    listing = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_queues", "-p", "lbc", "name", "messages")
    return {name: int(depth) for name, depth in (line.split("\t") for line in listing.splitlines()[1:])}


def _depth(queue: str) -> int:
    return _depths()[queue]


def _dead() -> dict[str, int]:
    return {name: depth for name, depth in _depths().items() if depth and name.endswith((".dead", ".quarantine"))}
