"""Hooks have what they need when they run, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rendering import ENVIRONMENTS, Object, RefusedError, Rendered, pods, render

HELMS_PATIENCE = 600
"""Seconds of the timeout that the chart's README installs with."""


def _events(item: Object) -> set[str]:
    return set(item["metadata"].get("annotations", {}).get("helm.sh/hook", "release").split(","))


def _secrets(spec: Object) -> Iterator[str]:
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            yield volume["secret"]["secretName"]
        for source in volume.get("projected", {}).get("sources", []):
            yield source["secret"]["name"]


def _made(rendered: Rendered, event: str) -> set[str]:
    """Secrets that are there at an event: by a hook of it, or, once installed, by the release."""
    lasting = set() if event in {"pre-install", "pre-upgrade"} else {"release"}
    return {item["metadata"]["name"] for item in rendered.all("ExternalSecret") if _events(item) & ({event} | lasting)}


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_a_store_gives_each_hook_its_secrets(environment: str) -> None:
    rendered = render(environment=environment, values={"broker": {"tls": {"caSecret": ""}}})
    seen = set()
    for item, _, spec in pods(rendered):
        for event in _events(item) - {"release"}:
            seen.add(event)
            assert set(_secrets(spec)) <= _made(rendered, event), (item["metadata"]["name"], event)
    assert seen >= {"pre-install", "pre-upgrade", "post-install", "pre-delete", "test"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_failed_hook_goes_by_itself(environment: str) -> None:
    jobs = [item for item in render(environment=environment).all("Job") if _events(item) != {"release"}]
    assert jobs
    for job in jobs:
        assert 0 < job["spec"]["ttlSecondsAfterFinished"] <= 3600
        assert job["spec"]["activeDeadlineSeconds"] < HELMS_PATIENCE


def test_uninstalling_has_no_rights_at_aws() -> None:
    rendered = render(values={"provision": {"roleArn": "arn:aws:iam::123456789012:role/provision"}})
    assert "annotations" in rendered.one("ServiceAccount", "lbc-provision")["metadata"]
    account = rendered.one("ServiceAccount", "lbc-uninstall")["metadata"]
    assert not any("role-arn" in name for name in account["annotations"])
    rules = rendered.one("NetworkPolicy", "lbc-uninstall")["spec"]["egress"]
    assert {port["port"] for rule in rules for port in rule["ports"]} == {53, 15671}


@pytest.mark.parametrize("name", ["broker", "aws", "dns", "telegram", "gateway"])
def test_no_peers_are_refused_and_not_everybody(name: str) -> None:
    with pytest.raises(RefusedError, match=rf"networkPolicy\.{name} is required"):
        render(values={"networkPolicy": {name: []}})


@pytest.mark.parametrize("name", ["awsPorts", "telegramPorts"])
def test_no_ports_are_refused_and_not_all(name: str) -> None:
    with pytest.raises(RefusedError, match=name):
        render(values={"networkPolicy": {name: []}})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_rule_names_peers_and_ports(environment: str) -> None:
    for policy in render(environment=environment).all("NetworkPolicy"):
        for rule in policy["spec"].get("egress", []):
            assert rule["to"], policy["metadata"]["name"]
            assert rule["ports"], policy["metadata"]["name"]
        for rule in policy["spec"].get("ingress", []):
            assert rule["from"], policy["metadata"]["name"]
            assert rule["ports"], policy["metadata"]["name"]
