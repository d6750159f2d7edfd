"""A person goes from link to DONE through the edge, in a namespace that enforces the restricted standard."""

from __future__ import annotations

import json

import pytest
from kube import PRODUCT, execute, get, identities, kubectl, pods, secret, wait_for
from people import Simulator
from up import helm

SERVICES = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")


@pytest.mark.parametrize(("language", "word"), [("en", "thank"), ("es", "gracias")])
def test_a_person_reaches_done(simulator: Simulator, language: str, word: str) -> None:
    messages = simulator.person(language).onboard()
    assert [kind for m in messages for kind in ("video", "audio", "text") if kind in m] == ["video", "audio", "text"]
    assert word in messages[-1]["text"].lower()


def test_the_namespace_enforces_the_restricted_standard() -> None:
    labels = json.loads(kubectl("get", "namespace", PRODUCT, "-o", "json"))["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert all(pods(service) for service in SERVICES)


def test_the_webhook_posted_through_the_gateway(simulator: Simulator) -> None:
    """The simulator knows the gateway's address alone, by the host's name; every answer was ours."""
    assert simulator.call("GET", "/sim/stats")["webhook"] == "http://bot.lbc.test/telegram/webhook"
    since = simulator.last()
    simulator.person().onboard()
    entries = simulator.deliveries(since)
    assert entries
    assert {entry["status"] for entry in entries} == {200}


def test_each_service_has_its_own_identity_at_the_broker() -> None:
    """Every connection is by TLS, and its user is the service's own."""
    listing = execute("devstack", "rabbitmq-0", "rabbitmqctl", "-q", "list_connections", "user", "ssl", "vhost")
    rows = {tuple(line.split("\t")) for line in listing.splitlines()[1:]}
    assert {row[0] for row in rows} == {f"lbc-{service}" for service in SERVICES}
    assert {row[1:] for row in rows} == {("true", "lbc")}
    passwords = {secret(f"lbc-{service}", "amqp-password") for service in SERVICES}
    assert len(passwords) == len(SERVICES)


def test_each_service_has_its_own_identity_at_aws(simulator: Simulator) -> None:
    """Where the stand-ins can tell: DynamoDB Local does not ask who calls."""
    simulator.person().onboard()
    owners = {standin: {key.rstrip("0123456789") for key in identities(standin)} for standin in ("s3", "polly")}
    assert owners["s3"] - {"eraser", "operator", "onboarding"} == {"provision", "media", "tts"}, (
        "of packs in ConfigMaps"
    )
    assert owners["polly"] == {"tts"}


def test_a_user_cannot_write_where_the_manifest_does_not_let_it() -> None:
    """Ingress speaks to onboarding alone: as the bot it cannot."""
    listing = execute("devstack", "rabbitmq-0", "rabbitmqctl", "-q", "list_user_permissions", "lbc-ingress")
    assert listing.splitlines()[1].split("\t") == ["lbc", "^$", r"^(onboarding\.updates)$", "^$"]


def test_the_eraser_forgets_who_asked_for_it(simulator: Simulator) -> None:
    person = simulator.person()
    person.onboard()
    before = len(person.received())
    person.say("/delete_me")
    wait_for("what will happen, and a button", lambda: len(person.received()) > before)
    person.tap("delete_me")
    wait_for("that it was filed", lambda: len(person.received()) > before + 1)
    kubectl("-n", PRODUCT, "create", "job", "erase-now", "--from=cronjob/lbc-eraser")
    try:
        kubectl("-n", PRODUCT, "wait", "--for=condition=complete", "job/erase-now", "--timeout=120s")
        (audit,) = kubectl("-n", PRODUCT, "logs", "job/erase-now").splitlines()
        assert json.loads(audit)["people"] == 1
    finally:
        kubectl("-n", PRODUCT, "delete", "job", "erase-now")
    person.start()
    wait_for("the film again: who comes back begins anew", lambda: sum("video" in m for m in person.received()) == 2)


def test_helm_tests_pass() -> None:
    helm("-n", PRODUCT, "test", "lbc", "--timeout", "2m")


def test_no_hook_is_left() -> None:
    assert get("jobs") == []
