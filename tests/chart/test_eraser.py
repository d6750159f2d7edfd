"""The CronJob that erases who asked for it."""

from __future__ import annotations

import pytest
import test_valid
from rendering import APIS, ENVIRONMENTS, Object, RefusedError, Rendered, pods, render, selects

ON: Object = {
    "eraser": {
        "enabled": True,
        "secret": {"existingSecret": "lbc-eraser"},
        "roleArn": "arn:aws:iam::123456789012:role/eraser",
    }
}
STORE: Object = {"eraser": {"enabled": True, "secret": {"remoteKey": "lbc/eraser"}}}


def _variables(rendered: Rendered) -> dict[str, str]:
    pod = rendered.one("CronJob", "lbc-eraser")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return {variable["name"]: variable["value"] for variable in pod["containers"][0]["env"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_is_off_by_default_and_leaves_nothing(environment: str) -> None:
    assert "eraser" not in render(environment=environment).text


@pytest.mark.parametrize("apis", [APIS, ()], ids=["all-apis", "bare"])
def test_its_objects_are_valid(apis: tuple[str, ...]) -> None:
    test_valid._conform(render(values=ON, apis=apis))


def test_it_has_an_identity_a_policy_and_a_secret_of_its_own() -> None:
    rendered = render(values=ON)
    account = rendered.one("ServiceAccount", "lbc-eraser")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/eraser"}
    ((_, metadata, spec),) = [found for found in pods(rendered) if found[0]["metadata"]["name"] == "lbc-eraser"]
    assert spec["serviceAccountName"] == "lbc-eraser"
    assert spec["volumes"][0]["secret"]["secretName"] == "lbc-eraser"
    policies = [
        item for item in rendered.all("NetworkPolicy") if selects(item["spec"]["podSelector"], metadata["labels"])
    ]
    assert sorted(item["metadata"]["name"] for item in policies) == ["lbc-closed", "lbc-eraser"]
    own = rendered.one("NetworkPolicy", "lbc-eraser")["spec"]
    assert own["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in own
    ports = {port["port"] for rule in own["egress"] for port in rule["ports"]}
    services = rendered.one("NetworkPolicy", "lbc-tts")["spec"]["egress"]
    assert ports == {port["port"] for rule in services for port in rule["ports"]}, "DNS, the broker and AWS"


def test_it_is_as_restricted_as_every_other_pod() -> None:
    rendered = render(values=ON)
    ((_, _, spec),) = [found for found in pods(rendered) if found[0]["metadata"]["name"] == "lbc-eraser"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert container["args"] == ["user", "erase", "--requested", "--yes", "--json"]


def test_one_run_at_a_time_each_with_an_end() -> None:
    spec = render(values={"eraser": {**ON["eraser"], "schedule": "5 3 * * *", "deadlineSeconds": 600}}).one(
        "CronJob", "lbc-eraser"
    )["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["schedule"] == "5 3 * * *"
    assert spec["startingDeadlineSeconds"] > 0
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 600
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 2


def test_it_knows_what_the_services_know() -> None:
    values = {
        **ON,
        "onboarding": {"settings": {"LBC_EVENTS_DAYS": 10}},
        "delivery": {"settings": {"LBC_ROW_LIFE": 864000}},
    }
    rendered = render(values=values)
    known = _variables(rendered)
    assert known["LBC_EVENTS_DAYS"] == "10"
    assert known["LBC_ROW_LIFE"] == "864000"
    assert known["LBCCTL_SETTLE"] == "20"
    settings = rendered.one("ConfigMap", "lbc-onboarding")["data"]
    assert known["LBC_TABLES_PREFIX"] == settings["LBC_TABLES_PREFIX"]
    assert known["LBC_BROKER__URL"] == settings["LBC_BROKER__URL"].replace("lbc-onboarding@", "lbc-eraser@")
    assert {name: value for name, value in known.items() if name.startswith("LBC_AWS")} == {
        name: value for name, value in settings.items() if name.startswith("LBC_AWS")
    }


def test_provisioning_makes_its_amqp_user() -> None:
    def users(rendered: Rendered) -> set[str]:
        volumes = rendered.one("Job", "lbc-provision")["spec"]["template"]["spec"]["volumes"]
        (projected,) = [volume["projected"] for volume in volumes if volume["name"] == "users"]
        return {item["path"] for source in projected["sources"] for item in source["secret"]["items"]}

    assert "eraser/amqp-password" in users(render(values=ON))
    assert "eraser/amqp-password" not in users(render())


def test_its_secret_may_come_from_a_store() -> None:
    rendered = render(environment="prod", values=STORE)
    assert rendered.one("ExternalSecret", "lbc-eraser")["spec"]["dataFrom"] == [{"extract": {"key": "lbc/eraser"}}]
    with pytest.raises(RefusedError, match=r"eraser\.secret\.existingSecret is required"):
        render(values={"eraser": {"enabled": True, "secret": {"existingSecret": ""}}})
