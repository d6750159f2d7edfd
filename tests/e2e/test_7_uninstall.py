"""Uninstalling leaves nothing but data, and says what it kept."""

from __future__ import annotations

import json

from kube import PRODUCT, execute, kubectl, tag, wait_for
from people import Simulator
from up import DEVSTACK, RELEASE, helm, product


def test_uninstall_leaves_nothing_but_data_and_says_so(simulator: Simulator) -> None:
    said = helm("-n", PRODUCT, "uninstall", RELEASE, "--wait", "--timeout", "5m")
    try:
        expected = {"ConfigMap/kube-root-ca.crt", "ServiceAccount/default"}
        wait_for("the pods' end", lambda: _left() == expected, seconds=90)
        assert simulator.call("GET", "/sim/stats")["webhook"] == ""
        users = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_users")
        assert [line.split("\t")[0] for line in users.splitlines()[1:]] == ["admin"]
        queues = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_queues", "-p", "lbc", "name")
        assert "onboarding.updates" in queues
        for kept in ("queue onboarding.updates", "table lbc-users", "bucket lbc-assets", "remove it with"):
            assert kept in said, "the hook's own words, as Helm prints them"
    finally:
        product(tag())


def _left() -> set[str]:
    kinds = "all,configmap,serviceaccount,networkpolicy,poddisruptionbudget,ingress,job"
    kinds += ",scaledobject,triggerauthentication,middleware"
    left = json.loads(kubectl("-n", PRODUCT, "get", kinds, "-o", "json"))["items"]
    return {f"{item['kind']}/{item['metadata']['name']}" for item in left}


def test_after_it_comes_back_people_go_on(simulator: Simulator) -> None:
    assert len(simulator.person().onboard()) == 3
