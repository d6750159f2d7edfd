"""The desk: a suspended CronJob whose Jobs people make to run `lbcctl` in the cluster."""

from __future__ import annotations

import pytest
from rendering import ENVIRONMENTS, Object, RefusedError, Rendered, pods, render, selects

ROLE = "arn:aws:iam::123456789012:role/operator"
ON: Object = {"operator": {"desk": {"enabled": True, "roleArn": ROLE}}}


def _pod(rendered: Rendered) -> tuple[Object, Object]:
    ((_, metadata, spec),) = [found for found in pods(rendered) if found[0]["metadata"]["name"] == "lbc-desk"]
    return metadata, spec


def _variables(rendered: Rendered) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in _pod(rendered)[1]["containers"][0]["env"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_runs_until_a_person_opens_it(environment: str) -> None:
    job = render(environment=environment).one("CronJob", "lbc-desk")["spec"]
    assert job["suspend"] is True
    assert job["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_it_leaves_nothing_where_it_is_off() -> None:
    rendered = render(values={"operator": {"desk": {"enabled": False}}})
    assert not [item for item in rendered.objects if item["metadata"]["name"].endswith("-desk")]


def test_it_closes_by_itself() -> None:
    rendered = render(values={"operator": {"desk": {"openSeconds": 600}}})
    spec = rendered.one("CronJob", "lbc-desk")["spec"]["jobTemplate"]["spec"]
    assert _pod(rendered)[1]["containers"][0]["command"] == ["sleep", "600"]
    assert spec["activeDeadlineSeconds"] > 600
    assert spec["ttlSecondsAfterFinished"] > 0


def test_it_reaches_what_the_commands_need_and_nothing_reaches_it() -> None:
    rendered = render(values=ON)
    labels = _pod(rendered)[0]["labels"]
    policies = [item for item in rendered.all("NetworkPolicy") if selects(item["spec"]["podSelector"], labels)]
    assert sorted(item["metadata"]["name"] for item in policies) == ["lbc-closed", "lbc-desk"]
    own = rendered.one("NetworkPolicy", "lbc-desk")["spec"]
    assert "ingress" not in own
    ports = {port["port"] for rule in own["egress"] for port in rule["ports"]}
    assert ports == {53, 5671, 15671, 8000, 5000, 8085, 8081}, "DNS, broker, its management, AWS, the Bot API"


def test_it_has_an_identity_of_its_own_and_the_operators_secret() -> None:
    rendered = render(values=ON)
    account = rendered.one("ServiceAccount", "lbc-desk")
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": ROLE}
    spec = _pod(rendered)[1]
    assert spec["serviceAccountName"] == "lbc-desk"
    assert "lbc-operator@" in _variables(rendered)["LBC_BROKER__URL"]
    (projected,) = [volume["projected"] for volume in spec["volumes"] if volume["name"] == "secrets"]
    assert [source["secret"]["name"] for source in projected["sources"]] == [
        "lbc-operator",
        "lbc-delivery",
        "lbc-onboarding",
    ]
    with pytest.raises(RefusedError, match=r"operator\.desk needs operator\.secret\.existingSecret"):
        render(values={"operator": {"secret": {"existingSecret": ""}}})


def test_it_signs_links_only_where_links_are_signed() -> None:
    assert "LBC_SIGNING_KEY_FILE" in _variables(render(values=ON))
    unsigned = render(values={"onboarding": {"signedLinks": False}})
    assert "LBC_SIGNING_KEY_FILE" not in _variables(unsigned)
    assert "signing-key" not in str(_pod(unsigned)[1]["volumes"])


def test_it_knows_what_the_services_know() -> None:
    rendered = render(
        values={"onboarding": {"settings": {"LBC_EVENTS_DAYS": 10}}, "delivery": {"settings": {"LBC_ROW_LIFE": 864000}}}
    )
    known, settings = _variables(rendered), rendered.one("ConfigMap", "lbc-delivery")["data"]
    assert known["LBC_EVENTS_DAYS"] == "10"
    assert known["LBC_ROW_LIFE"] == "864000"
    shared = [name for name in settings if name.startswith("LBC_AWS") or name in {"LBC_BOT", "LBC_TABLES_PREFIX"}]
    assert {name: known[name] for name in shared} == {name: settings[name] for name in shared}
