"""A table of every pod kind against every destination, each cell probed from inside the pod's own network.

No cell passes vacuously: where something is denied, a listener stands there, and a pod that no policy restricts (or,
for the product's own ports, the one that may) reaches it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import world
import yaml
from kube import CLIENTS, PRODUCT, client_pod, execute, get, kubectl, pods, remove_clients
from up import HELM, RELEASE, ROOT, run

SERVICES = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")
AWS = {"dynamodb", "s3", "polly", "aws range"}
TELEGRAM = {"bot api", "telegram range"}
ADMIN = {f"{service} admin" for service in SERVICES}

ALLOWED: dict[str, set[str]] = {
    "ingress": {"broker"},
    "onboarding": {"broker"} | AWS,
    "sweeper": {"broker"} | AWS,
    "media": {"broker"} | AWS,
    "tts": {"broker"} | AWS,
    "delivery": {"broker"} | AWS | TELEGRAM,
    # Jobs and tests, by pods with their labels.
    "eraser": {"broker"} | AWS,
    "desk": {"broker", "management"} | AWS | TELEGRAM,
    "provision": {"management"} | AWS,
    "webhook": TELEGRAM,
    "test": {"ingress webhook"} | TELEGRAM,
    # Who is not ours.
    "gateway": {"ingress webhook"},
    "prometheus": ADMIN,
    "stranger": set(),
}
JOBS = ("eraser", "desk", "provision", "webhook", "test")
NOT_OURS = ("gateway", "prometheus", "stranger")

_PROBE = """
import concurrent.futures, json, socket, sys
def reach(where):
    try:
        socket.create_connection(tuple(where), timeout=3).close()
        return True
    except OSError:
        return False
places = json.loads(sys.argv[1])
with concurrent.futures.ThreadPoolExecutor(len(places)) as pool:
    print(json.dumps(dict(zip(places, pool.map(reach, places.values())))))
"""


@pytest.fixture(scope="module")
def destinations() -> Any:
    """Every destination's address and port; Services' own addresses where pods use them."""
    world.start()
    found: dict[str, tuple[str, int]] = {}
    for name, service, port in (
        ("broker", "rabbitmq", 5671),
        ("management", "rabbitmq", 15671),
        ("dynamodb", "dynamodb", 8000),
        ("s3", "s3", 5000),
        ("polly", "polly", 8085),
        ("bot api", "telegram", 8081),
    ):
        found[name] = (_address("devstack", service), port)
    found["aws range"] = (world.AWS, 443)
    found["telegram range"] = (world.TELEGRAM, 443)
    found["internet"] = (world.INTERNET, 443)
    found["metadata"] = (world.METADATA, 80)
    found["api server"] = (_address("default", "kubernetes"), 443)
    found["ingress webhook"] = (_pod_address("ingress"), 8080)
    for service in SERVICES:
        found[f"{service} admin"] = (_pod_address(service), 8081)
    yield found
    world.stop()


@pytest.fixture(scope="module")
def probes() -> Iterator[dict[str, tuple[str, str]]]:
    """Namespace and pod of each kind."""
    labels = {"app.kubernetes.io/name": "lbc-onboarding", "app.kubernetes.io/instance": RELEASE}
    for component in JOBS:
        client_pod(f"probe-{component}", namespace=PRODUCT, labels=labels | {"app.kubernetes.io/component": component})
    # Provisioning's own policy is a hook, and gone: the same one, by the chart itself.
    kubectl("apply", "-f", "-", stdin=json.dumps(_provision_policy()))
    client_pod("bystander", namespace=PRODUCT)
    client_pod("probe", namespace="traefik")
    client_pod("probe", namespace="monitoring")
    client_pod("stranger")
    found = {service: (PRODUCT, pods(service)[0]["metadata"]["name"]) for service in SERVICES}
    found |= {component: (PRODUCT, f"probe-{component}") for component in JOBS}
    yield found | {
        "gateway": ("traefik", "probe"),
        "prometheus": ("monitoring", "probe"),
        "stranger": (CLIENTS, "stranger"),
        "bystander": (PRODUCT, "bystander"),
    }
    remove_clients()


@pytest.fixture(scope="module")
def reached(destinations: dict[str, tuple[str, int]], probes: dict[str, tuple[str, str]]) -> Any:
    """The table as it is."""
    places = json.dumps(destinations)

    def probe(where: tuple[str, str]) -> dict[str, bool]:
        return json.loads(execute(*where, "python", "-c", _PROBE, places))  # type: ignore[no-any-return]  # its words

    with ThreadPoolExecutor(4) as pool:
        table = dict(zip(probes, pool.map(probe, probes.values()), strict=True))
    _print(table, list(destinations))
    yield table
    for namespace, pod in probes.values():
        if pod.startswith(("probe", "bystander", "stranger")):
            kubectl("-n", namespace, "delete", "pod", pod, "--wait=false")
    kubectl("-n", PRODUCT, "delete", "networkpolicy", "probe-provision")


@pytest.mark.parametrize("kind", ALLOWED)
def test_each_pod_reaches_what_it_needs_and_nothing_else(kind: str, reached: dict[str, dict[str, bool]]) -> None:
    row = reached[kind]
    own = {place for place in row if place.startswith(f"{kind} ")}  # no policy keeps a pod from itself
    ours = {place for place in row if place in ADMIN or place == "ingress webhook"}
    looked_at = ours if kind in NOT_OURS else set(row) - own
    assert {place for place in looked_at if row[place]} == ALLOWED[kind]


def test_a_listener_stands_at_every_destination(reached: dict[str, dict[str, bool]]) -> None:
    outside = {place for place in reached["bystander"] if place not in ADMIN and place != "ingress webhook"}
    assert {place for place in outside if reached["bystander"][place]} == outside, "a pod without policies reaches all"
    for service in SERVICES:
        assert reached["prometheus"][f"{service} admin"]
        assert reached[service][f"{service} admin"]
    assert reached["gateway"]["ingress webhook"]


def _address(namespace: str, service: str) -> str:
    return kubectl("-n", namespace, "get", "service", service, "-o", "jsonpath={.spec.clusterIP}")


def _pod_address(component: str) -> str:
    return str(pods(component)[0]["status"]["podIP"])


def _provision_policy() -> dict[str, Any]:
    chart = ROOT / "charts/lbc-onboarding"
    text = run(
        HELM, "template", RELEASE, str(chart), "-n", PRODUCT, "--kube-version", "1.34.0",
        "-f", str(chart / "values-dev.yaml"), "-f", str(ROOT / "tests/e2e/values.yaml"),
        "--show-only", "templates/hook-provision.yaml", quiet=True,
    )  # fmt: skip
    policy = next(item for item in yaml.safe_load_all(text) if item and item["kind"] == "NetworkPolicy")
    policy["metadata"] = {"name": "probe-provision", "namespace": PRODUCT}
    return dict(policy)


def _print(table: dict[str, dict[str, bool]], places: list[str]) -> None:
    width = max(map(len, places))
    print("\n" + " " * width, *table)
    for place in places:
        print(place.ljust(width), *(("yes" if table[kind][place] else "-").center(len(kind)) for kind in table))


def test_the_policies_are_those_of_the_release() -> None:
    names = {item["metadata"]["name"] for item in get("networkpolicy")}
    assert {f"{RELEASE}-{service}" for service in SERVICES} | {f"{RELEASE}-closed"} <= names
