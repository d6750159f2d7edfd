"""Each workload has what a workload must have."""

from __future__ import annotations

import pytest
from rendering import APIS, DEVSTACK, ENVIRONMENTS, SERVICES, Object, Rendered, pods, render, selects


@pytest.fixture(params=ENVIRONMENTS)
def rendered(request: pytest.FixtureRequest) -> Rendered:
    return render(environment=request.param)


def _containers(spec: Object) -> list[Object]:
    return [*spec["containers"], *spec.get("initContainers", [])]


def test_every_pod_meets_the_restricted_standard(rendered: Rendered) -> None:
    for item, _, spec in pods(rendered):
        name = item["metadata"]["name"]
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True, name
        assert security["runAsUser"] > 0, name
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        assert "hostNetwork" not in spec, name
        for container in _containers(spec):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["limits"]["memory"], name
            assert container["resources"]["requests"]["cpu"], name


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_all_that_belongs_to_it(rendered: Rendered, service: str) -> None:
    name = f"lbc-{service}"
    deployment = rendered.one("Deployment", name)
    template = deployment["spec"]["template"]
    labels, spec = template["metadata"]["labels"], template["spec"]
    container = spec["containers"][0]
    assert spec["serviceAccountName"] == name
    assert rendered.has("ServiceAccount", name)
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert "checksum/config" in template["metadata"]["annotations"]
    budget = rendered.one("PodDisruptionBudget", name)["spec"]
    assert selects(budget["selector"], labels)
    policy = rendered.one("NetworkPolicy", name)["spec"]
    assert selects(policy["podSelector"], labels)
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {item["topologyKey"] for item in spec["topologySpreadConstraints"]} == {
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_the_drain_fits_into_the_grace(rendered: Rendered, service: str) -> None:
    spec = rendered.one("Deployment", f"lbc-{service}")["spec"]["template"]["spec"]
    settings = rendered.one("ConfigMap", f"lbc-{service}")["data"]
    sleep = spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    stop, drain = float(settings["LBC_STOP_TIMEOUT"]), float(settings["LBC_BROKER__DRAIN_TIMEOUT"])
    assert drain < stop
    assert sleep + stop < spec["terminationGracePeriodSeconds"]
    assert (sleep > 0) == (service == "ingress")


def test_nothing_renders_replicas_under_a_scaler(rendered: Rendered) -> None:
    scaled = {item["spec"]["scaleTargetRef"]["name"] for item in rendered.all("ScaledObject")}
    scaled |= {item["spec"]["scaleTargetRef"]["name"] for item in rendered.all("HorizontalPodAutoscaler")}
    assert scaled == {"lbc-ingress", "lbc-onboarding", "lbc-media", "lbc-tts"}
    for item in rendered.all("Deployment"):
        assert ("replicas" in item["spec"]) == (item["metadata"]["name"] not in scaled)
    assert rendered.one("Deployment", "lbc-delivery")["spec"]["replicas"] == 2
    assert rendered.one("Deployment", "lbc-sweeper")["spec"]["replicas"] == 1


def test_secrets_are_files_and_never_in_the_environment(rendered: Rendered) -> None:
    for item, _, spec in pods(rendered):
        for container in _containers(spec):
            for variable in container.get("env", []):
                assert "secretKeyRef" not in variable.get("valueFrom", {}), item["metadata"]["name"]
            for mount in container.get("volumeMounts", []):
                assert "subPath" not in mount, "a subPath never sees a rotated secret"
    assert rendered.all("Secret") == []


def test_every_pod_of_the_release_has_a_policy_of_its_own(rendered: Rendered) -> None:
    policies = [item["spec"]["podSelector"] for item in rendered.all("NetworkPolicy")]
    own = [selector for selector in policies if "app.kubernetes.io/component" in selector["matchLabels"]]
    closed = [selector for selector in policies if selector not in own]
    assert len(closed) == 1
    for item, metadata, _ in pods(rendered):
        assert selects(closed[0], metadata["labels"]), item["metadata"]["name"]
        assert any(selects(selector, metadata["labels"]) for selector in own), item["metadata"]["name"]


def test_every_service_has_its_own_amqp_user_and_secret(rendered: Rendered) -> None:
    users, secrets = set(), set()
    for service in SERVICES:
        users.add(rendered.one("ConfigMap", f"lbc-{service}")["data"]["LBC_BROKER__URL"].split("//")[1].split("@")[0])
        spec = rendered.one("Deployment", f"lbc-{service}")["spec"]["template"]["spec"]
        secrets.add(next(v["secret"]["secretName"] for v in spec["volumes"] if v["name"] == "secrets"))
    assert users == {f"lbc-{service}" for service in SERVICES}
    assert len(secrets) == len(SERVICES)


def test_two_releases_share_no_name_and_select_no_pod_of_each_other() -> None:
    one, two = render(release="lbc"), render(release="other")
    names = [{(item["kind"], item["metadata"]["name"]) for item in each.objects} for each in (one, two)]
    assert not names[0] & names[1]
    labels = [metadata["labels"] for _, metadata, _ in pods(two)]
    for item in one.objects:
        selector = item["spec"].get("podSelector") or item["spec"].get("selector") if "spec" in item else None
        if isinstance(selector, dict) and item["kind"] in {"NetworkPolicy", "PodDisruptionBudget", "Deployment"}:
            assert not any(selects(selector, each) for each in labels), item["metadata"]["name"]
    urls = {each.one("ConfigMap", f"{name}-media")["data"]["LBC_BROKER__URL"] for each, name in
            ((one, "lbc"), (two, "other-lbc-onboarding"))}  # fmt: skip
    assert len(urls) == 2


def test_pieces_appear_only_where_their_api_exists() -> None:
    bare = render(environment="prod", apis=["external-secrets.io/v1"])
    kinds = {item["kind"] for item in bare.objects}
    assert not kinds & {"ScaledObject", "TriggerAuthentication", "Middleware", "PodMonitor"}
    assert "Ingress" not in kinds, "without its middlewares the edge would have no limits"
    assert bare.one("Deployment", "lbc-media")["spec"]["replicas"] >= 1
    full = {item["kind"] for item in render(environment="prod", apis=APIS).objects}
    assert {"ScaledObject", "TriggerAuthentication", "Middleware", "PodMonitor", "Ingress"} <= full


def test_the_devstack_is_closed_and_restricted_too() -> None:
    rendered = render(DEVSTACK)
    policies = [item["spec"]["podSelector"] for item in rendered.all("NetworkPolicy")]
    for _, metadata, spec in pods(rendered):
        assert sum(selects(selector, metadata["labels"]) for selector in policies) == 2
        assert spec["securityContext"]["runAsNonRoot"] is True
        for container in spec["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
