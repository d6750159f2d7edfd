"""An operator at the desk: `lbcctl` in the cluster, with the operator's own rights and ways through the network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kube import PRODUCT, change_secret, execute, get, kubectl, pods, secret, upgrade, wait_for
from people import Simulator
from up import RELEASE, CommandError

Desk = Callable[..., str]
KEY = "/run/secrets/lbc/signing-key"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Opened as the chart's notes say; a command in it."""
    kubectl("-n", PRODUCT, "create", "job", "desk", f"--from=cronjob/{RELEASE}-desk")
    kubectl("-n", PRODUCT, "wait", "--for=condition=Ready", "pod", "-l", "batch.kubernetes.io/job-name=desk")
    (pod,) = [p["metadata"]["name"] for p in get("pods", "-l", "batch.kubernetes.io/job-name=desk")]
    yield lambda *command, **given: execute(PRODUCT, pod, *command, **given)
    kubectl("-n", PRODUCT, "delete", "job", "desk", "--wait=true")


def _json(desk: Desk, *command: str) -> Any:
    return json.loads(desk("lbcctl", *command, "--json"))


def _status(desk: Desk) -> Any:
    """Exit code 1 only says that there is something to look at."""
    return json.loads(desk("sh", "-c", "lbcctl status --json || [ $? = 1 ]"))


def test_all_parts_are_seen_and_well(desk: Desk) -> None:
    seen = _status(desk)
    assert seen["sending"]["paused"] is False
    assert seen["webhook"]["url"] == "http://bot.lbc.test/telegram/webhook"
    assert {queue["name"] for queue in seen["queues"]} >= {"onboarding.updates", "media.commands", "delivery.commands"}


def test_a_link_minted_here_is_attributed_and_an_altered_one_is_not(desk: Desk, simulator: Simulator) -> None:
    _json(desk, "campaigns", "create", "autumn", "--source", "newsletter", "--medium", "email")
    token = _json(desk, "links", "mint", "--campaign", "autumn")["token"]
    altered = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert _campaign(desk, simulator, token) == "autumn"
    assert _campaign(desk, simulator, altered) == ""


def test_a_rotation_of_the_signing_keys_loses_no_link(desk: Desk, simulator: Simulator) -> None:
    """The steps of docs/runbooks/secrets.md; the desk has onboarding's own files."""
    _json(desk, "campaigns", "create", "autumn", "--source", "newsletter", "--medium", "email")
    before = _json(desk, "links", "mint", "--campaign", "autumn")["token"]
    old = secret(f"{RELEASE}-onboarding", "signing-key").strip()
    desk("lbcctl", "links", "new-key", "--id", str((int(old.partition(":")[0]) + 1) % 16), "--out", "/tmp/new-key")
    new = desk("cat", "/tmp/new-key").strip()
    change_secret(f"{RELEASE}-onboarding", {"signing-key": new, "signing-key-previous": old})
    for name in _names("onboarding"):
        for key in (old, new):
            known = f'lbc_signing_key_known{{id="{key.partition(":")[0]}"}} 1.0'
            wait_for(known, lambda name=name, known=known: known in _metrics(name), seconds=180, pause=3)
    wait_for("the desk has the new key", lambda: desk("cat", KEY).strip() == new, seconds=180, pause=3)
    after = _json(desk, "links", "mint", "--campaign", "autumn")["token"]
    assert _campaign(desk, simulator, before) == "autumn"
    assert _campaign(desk, simulator, after) == "autumn"


def test_a_pause_holds_what_is_sent_and_loses_nothing(desk: Desk, simulator: Simulator) -> None:
    desk("lbcctl", "pause", "--reason", "a test", "--for", "10m")
    try:
        for name in _names("delivery"):
            read = ("-n", PRODUCT, "logs", name, "--since=60s")
            wait_for(f"{name} has read it", lambda read=read: "sending is paused" in kubectl(*read), seconds=40)
        person = simulator.person()
        person.start()
        wait_for("the film waits", lambda: _waiting(desk, "delivery.commands") > 0, seconds=30, pause=1)
        assert person.received() == []
    finally:
        desk("lbcctl", "resume")
    person.await_kind("video")


def test_a_pack_in_the_bucket_is_taken_while_running(desk: Desk, simulator: Simulator) -> None:
    desk("cp", "-r", "/app/brands/demo", "/tmp/demo")
    desk("chmod", "-R", "u+w", "/tmp/demo")
    _publish(desk, "One.")
    upgrade("--set", "brand.source=bucket", "--set", "brand.prefix=demo", "--set", "brand.every=2")
    try:
        assert _greeted(simulator, "One.")
        before = _onboarding()
        _publish(desk, "Two.")
        wait_for("the next pack counts", lambda: _greeted(simulator, "Two."), seconds=60)
        with pytest.raises(CommandError, match=r"texts/en\.yaml"):
            _publish(desk, "<b>Three.")
        assert _greeted(simulator, "Two.")
        assert _onboarding() == before
    finally:
        upgrade()


def _waiting(desk: Desk, queue: str) -> int:
    return sum(row["ready"] + row["unacked"] for row in _status(desk)["queues"] if row["name"] == queue)


def _names(component: str) -> list[str]:
    return [pod["metadata"]["name"] for pod in pods(component)]


def _campaign(desk: Desk, simulator: Simulator, payload: str) -> str:
    """To which campaign a new person belongs who comes by that link; "" for none."""
    person = simulator.person()
    person.onboard(payload)
    touch = _json(desk, "user", "show", str(person.id))["user"].get("firstTouch", {})
    return str(touch.get("campaign", ""))


def _metrics(pod: str) -> str:
    script = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8081/metrics', timeout=10).read().decode())"
    return execute(PRODUCT, pod, "python", "-c", script)


def _publish(desk: Desk, words: str) -> None:
    """Publish the demo pack with these words before its caption of the film."""
    edit = (
        "import pathlib, re, sys\n"
        "file = pathlib.Path('/tmp/demo/texts/en.yaml')\n"
        "text = re.sub(r'(?m)^video_caption: .*\\n(?:(?:  .*)?\\n)*', 'video_caption: ' + repr(sys.argv[1]) + '\\n',"
        " file.read_text())\n"
        "file.write_text(text)\n"
    )
    desk("python", "-c", edit, words)
    desk("lbcctl", "brand", "publish", "/tmp/demo")


def _greeted(simulator: Simulator, words: str) -> bool:
    person = simulator.person()
    person.start()
    return bool(person.await_kind("video")["caption"] == words)


def _onboarding() -> set[tuple[str, int]]:
    """Pods of onboarding, and how often each container of them started."""
    return {
        (pod["metadata"]["name"], sum(status["restartCount"] for status in pod["status"]["containerStatuses"]))
        for pod in get("pods", "-l", "app.kubernetes.io/component=onboarding")
        if pod["status"]["phase"] == "Running"
    }
