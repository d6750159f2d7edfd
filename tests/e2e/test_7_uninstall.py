"""Beside another release nothing of the neighbour's is touched; after uninstalling nothing but data stays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
import up
from kube import PRODUCT, execute, get, kubectl, pods, tag, wait_for
from people import Simulator
from up import DEVSTACK, RELEASE, helm, product

HELMS = [program for program in ("helm", "helm4") if shutil.which(program)]
SECOND = "second"
COMPONENTS = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")


@pytest.fixture
def second() -> Iterator[None]:
    """Another release in the same namespace: a virtual host, tables, buckets and an address of its own."""
    up.run("k8s/dev-secrets", PRODUCT, DEVSTACK, SECOND)
    owners = (*COMPONENTS, "keda", "operator", "eraser", "provision")
    secrets = [word for name in owners for word in ("--set", f"{name}.secret.existingSecret={SECOND}-{name}")]
    helm(
        "upgrade", "--install", SECOND, "charts/lbc-onboarding", "--namespace", PRODUCT, "--wait", "--timeout", "5m",
        "-f", "charts/lbc-onboarding/values-dev.yaml", "-f", "tests/e2e/values.yaml", "--set", f"image.tag={tag()}",
        "--set", f"broker.vhost={SECOND}", "--set", f"aws.tablePrefix={SECOND}-",
        "--set", f"aws.buckets.assets={SECOND}-assets", "--set", f"aws.buckets.tts={SECOND}-tts",
        "--set", "edge.host=second.lbc.test", "--set", "webhook.enabled=false", *secrets,
    )  # fmt: skip
    try:
        yield
    finally:
        helm("-n", PRODUCT, "uninstall", SECOND, "--wait", "--timeout", "5m", "--ignore-not-found")
        kubectl("-n", PRODUCT, "delete", "secret", *(f"{SECOND}-{name}" for name in owners))


def test_two_releases_in_one_namespace_do_not_disturb_each_other(second: None, simulator: Simulator) -> None:
    assert all(len(_of(component, SECOND)) >= 1 for component in COMPONENTS)
    assert len(simulator.person().onboard()) == 3
    assert _people(RELEASE) > 0
    assert _people(SECOND) == 0
    mine = _lasting()
    helm("-n", PRODUCT, "uninstall", SECOND, "--wait", "--timeout", "5m")
    wait_for("the second's end", lambda: {n for n in _names() if SECOND in n and "Secret/" not in n} == set())
    assert _lasting() == mine
    assert f"{RELEASE}-ingress" in _users()
    assert not any(user.startswith(f"{SECOND}-") for user in _users())
    assert len(simulator.person().onboard()) == 3


@pytest.mark.parametrize("program", HELMS)
def test_uninstall_leaves_nothing_but_data_and_says_so(
    program: str, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "HELM", program)
    product(tag())  # also when it was the other Helm that installed it
    given = {name for name in _names() if name.startswith("Secret/") and "helm.release" not in name}
    said = helm("-n", PRODUCT, "uninstall", RELEASE, "--wait", "--timeout", "5m")
    try:
        expected = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"} | given
        wait_for("the pods' end", lambda: _names() == expected, seconds=90)
        assert simulator.call("GET", "/sim/stats")["webhook"] == ""
        assert _users() == {"admin"}
        queues = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_queues", "-p", "lbc", "name")
        assert "onboarding.updates" in queues
        for kept in ("queue onboarding.updates", "table lbc-users", "bucket lbc-assets", "remove it with"):
            assert kept in said, "the hook's own words, as Helm prints them"
    finally:
        product(tag())
    assert len(simulator.person().onboard()) == 3, "after it comes back people go on"


def _names() -> set[str]:
    kinds = "all,configmap,secret,serviceaccount,networkpolicy,poddisruptionbudget,ingress,job"
    kinds += ",scaledobject,triggerauthentication,middleware"
    left = json.loads(kubectl("-n", PRODUCT, "get", kinds, "-o", "json"))["items"]
    return {f"{item['kind']}/{item['metadata']['name']}" for item in left}


def _lasting() -> set[str]:
    """What there is of the first release, but for pods, which come and go by its scalers."""
    return {name for name in _names() if SECOND not in name and not name.startswith("Pod/")}


def _users() -> set[str]:
    listing = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_users")
    return {line.split("\t")[0] for line in listing.splitlines()[1:]}


def _of(component: str, release: str) -> list[dict[str, object]]:
    labels = f"app.kubernetes.io/component={component},app.kubernetes.io/instance={release}"
    return [*get("pods", "-l", labels)]


def _people(prefix: str) -> int:
    """Rows in a release's table of people, asked from its own onboarding."""
    script = (
        "import asyncio, os, sys\n"
        "from lbc_runtime.aws import client\n"
        "from lbc_onboarding.settings import OnboardingSettings\n"
        "from lbc_runtime.settings import load\n"
        "async def main():\n"
        "    settings = load(OnboardingSettings)\n"
        "    async with client(settings.aws, 'dynamodb') as dynamodb:\n"
        "        answer = await dynamodb.scan(TableName=settings.tables_prefix + 'users', Select='COUNT')\n"
        "    print(answer['Count'])\n"
        "asyncio.run(main())\n"
    )
    pod = next(pod for pod in pods("onboarding") if pod["metadata"]["labels"]["app.kubernetes.io/instance"] == prefix)
    return int(execute(PRODUCT, pod["metadata"]["name"], "/app/bin/python", "-c", script).split()[-1])
