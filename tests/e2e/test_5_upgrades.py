"""Upgrades, rollbacks and rotations under load: nothing refused by us, nobody stuck, nothing twice."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import up
from kube import (
    PRODUCT,
    change_secret,
    execute,
    get,
    identities,
    kubectl,
    pods,
    rollout,
    secret,
    tag,
    upgrade,
    wait_for,
)
from people import Person, Simulator
from up import DEVSTACK, RELEASE, CommandError, helm

JOURNEYS_A_SECOND = 5
RESTARTLESS = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")


class Load:
    """Journeys that begin at a steady rate, each going on as soon as it can."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.people: list[Person] = []

    def _run(self) -> None:
        try:
            self._journeys()
        finally:
            self._sim.close()

    def _journeys(self) -> None:
        waiting: dict[int, tuple[Person, str]] = {}
        due = time.monotonic()
        while not self._stop.is_set() or waiting:
            if not self._stop.is_set() and time.monotonic() >= due:
                due += 1 / JOURNEYS_A_SECOND
                person = self._sim.person("es" if len(self.people) % 2 else "en")
                person.start()
                self.people.append(person)
                waiting[person.id] = (person, "video")
            for number, (person, kind) in list(waiting.items()):
                if not any(kind in message for message in person.received()):
                    continue
                if kind == "text":
                    del waiting[number]
                    continue
                person.tap("play_audio" if kind == "video" else "continue")
                waiting[number] = (person, "audio" if kind == "video" else "text")
            if self._stop.is_set() and time.monotonic() > self._deadline:
                return
            time.sleep(0.05)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Let no more begin, and wait for those on their way."""
        self._deadline = time.monotonic() + seconds
        self._stop.set()
        self._thread.join(seconds + 30)


@contextmanager
def under_load(simulator: Simulator) -> Iterator[Load]:
    """Journeys while the block runs; then all have reached DONE, each message came once, and we refused nothing."""
    since = simulator.last()
    load = Load(simulator)
    load.start()
    try:
        yield load
    finally:
        load.finish(180)
    refused = [entry for entry in simulator.deliveries(since) if not entry["accepted"]]
    assert refused == [], "an answer of ours that was not 2xx"
    for person in load.people:
        kinds = [kind for m in person.received() for kind in ("video", "audio", "text") if kind in m]
        assert kinds == ["video", "audio", "text"], person.id
    assert dead_letters() == {}
    print(f"{len(load.people)} journeys")


def dead_letters() -> dict[str, int]:
    """Queues of dead letters that hold any."""
    return {name: depth for name, depth in _depths().items() if depth and name.endswith((".dead", ".quarantine"))}


def _depths() -> dict[str, int]:
    listing = execute(DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "list_queues", "-p", "lbc", "name", "messages")
    return {name: int(depth) for name, depth in (line.split("\t") for line in listing.splitlines()[1:])}


def test_upgrade_rollback_and_forward_again_under_load(simulator: Simulator) -> None:
    """Images of a release that writes a new message version, and new values; then back, then forward."""
    newer = _next_release()
    with under_load(simulator):
        before = _revision()
        upgrade("--set", f"onboarding.tag={newer}")
        wait_for("what is too new waits for who can read it", lambda: _parked() > 0)
        upgrade("--set", f"image.tag={newer}", "--set", "broker.prefetch=7", "--set", "logLevel=DEBUG")
        assert _tags() == {newer}
        helm("-n", PRODUCT, "rollback", RELEASE, str(before), "--wait", "--timeout", "5m")
        assert _tags() == {tag()}
        upgrade("--set", f"image.tag={newer}", "--set", "broker.prefetch=7")
        assert _tags() == {newer}
        wait_for("all that waited was delivered", lambda: _parked() == 0, seconds=150, pause=2)
    upgrade()


def test_a_failed_upgrade_leaves_the_old_version_serving(simulator: Simulator) -> None:
    with under_load(simulator):
        with pytest.raises(CommandError):
            up.product(tag(), "--timeout", "40s", "--set", "onboarding.tag=no-such-image")
        broken = [p for p in get("pods") if any(
            "waiting" in s.get("state", {}) for s in p["status"].get("containerStatuses", []))]  # fmt: skip
        assert broken, "the new pods cannot start"
        assert pods("onboarding")
        time.sleep(5)  # a while of journeys with the old version alone
        helm("-n", PRODUCT, "rollback", RELEASE, "--wait", "--timeout", "5m")
    upgrade()


def test_rotation_of_every_secret_needs_no_restart(simulator: Simulator) -> None:
    """The steps of docs/runbooks/secrets.md, under load; the broker's and Telegram's own sides included."""
    upgrade()  # whatever an earlier test left
    rollouts, before, stamp = _rollouts(), _restarts(), f"{secrets.randbelow(10**8):08}"
    with under_load(simulator):
        old = secret(f"{RELEASE}-ingress", "webhook-secret")
        new = secrets.token_urlsafe(24)
        change_secret(f"{RELEASE}-ingress", {"webhook-secret": new, "webhook-secret-previous": old})
        for name in ("keda", "operator", "eraser"):
            change_secret(f"{RELEASE}-{name}", {"amqp-password": secrets.token_urlsafe(24)})
        for service in RESTARTLESS:
            change_secret(f"{RELEASE}-{service}", {"amqp-password": secrets.token_urlsafe(24)} | _aws(service, stamp))
        change_secret(f"{RELEASE}-provision", {"amqp-admin-password": _new_admin()} | _aws("provision", stamp))
        for service in RESTARTLESS:
            wait_for(f"{service}'s file has the new password", lambda s=service: _mounted(s), seconds=180, pause=3)
        upgrade()  # provisioning tells the broker, the webhook's Job tells Telegram
        for service in RESTARTLESS:  # what is open stays; what connects anew has the new password
            execute(
                DEVSTACK, "rabbitmq-0", "rabbitmqctl", "-q", "close_all_user_connections", f"lbc-{service}", "rotated"
            )
        _rotate_bot_token()
        _greet_with(f"Number {stamp}.")  # words that were never spoken: the keys for Polly and for writing are needed
        wait_for("new keys are used", lambda: {f"media{stamp}", f"tts{stamp}"} <= identities("s3"), seconds=180)
        assert f"tts{stamp}" in identities("polly")
    assert _rollouts() == rollouts
    restarted = {pod: count for pod, count in _restarts().items() if count != before.get(pod, 0)}
    assert restarted == {}, "pods that a scaler added since then included"
    assert _accepts(new) == 200
    assert f"provision{stamp}" in identities("s3")
    for item in get("scaledobject"):  # KEDA reads depths with its new password
        name = item["metadata"]["name"]
        wait_for(f"{name} is scaled", lambda name=name: _is_scaled(name), seconds=120, pause=2)
    change_secret(f"{RELEASE}-ingress", {"webhook-secret-previous": new})


def _aws(service: str, stamp: str) -> dict[str, str]:
    """New AWS keys, for who has any; the stand-ins tell keys apart by their name (DynamoDB Local takes no hyphen)."""
    if service == "ingress":
        return {}
    keys = f"[default]\naws_access_key_id = {service}{stamp}\naws_secret_access_key = {secrets.token_urlsafe(24)}\n"
    return {"aws-credentials": keys}


def _new_admin() -> str:
    password = secrets.token_urlsafe(24)
    words = ("rabbitmqctl", "-q", "change_password", "admin")  # it asks for the password on its input
    execute(DEVSTACK, "rabbitmq-0", *words, stdin=password + "\n")
    change_secret("devstack", {"amqp-admin-password": password}, DEVSTACK)
    return password


def _rotate_bot_token() -> None:
    """As BotFather does it: the old token ends at once. Until delivery has the new one, sending waits."""
    number = secret("devstack", "bot-token", DEVSTACK).partition(":")[0]
    token = f"{number}:{secrets.token_urlsafe(30)}"
    change_secret("devstack", {"bot-token": token}, DEVSTACK)
    change_secret(f"{RELEASE}-delivery", {"bot-token": token})
    for namespace, component, path in (
        (DEVSTACK, "telegram", "/run/secrets/bot/bot-token"),
        (PRODUCT, "delivery", "/run/secrets/lbc/bot-token"),
    ):
        for pod in pods(component, namespace):
            read = (namespace, pod["metadata"]["name"], "cat", path)
            wait_for(f"{component} has the new token", lambda r=read: execute(*r).strip() == token, 180, 3)


def _greet_with(words: str) -> None:
    """Change the brand pack that runs: each greeting begins with these words."""
    name, key = f"{RELEASE}-brand", "greeting_speech: >-\n  "
    pack = json.loads(kubectl("-n", PRODUCT, "get", "configmap", name, "-o", "json"))["data"]
    changed = {file: text.replace(key, f"{key}{words} ") for file, text in pack.items()}
    patch = json.dumps({"data": changed})
    kubectl("-n", PRODUCT, "patch", "configmap", name, "--patch-file", "/dev/stdin", stdin=patch)


def _is_scaled(name: str) -> bool:
    found = json.loads(kubectl("-n", PRODUCT, "get", "scaledobject", name, "-o", "json"))
    conditions = {c["type"]: c["status"] for c in found["status"]["conditions"]}
    return conditions["Ready"] == "True" and conditions.get("Fallback") != "True"


def _mounted(service: str) -> bool:
    want = secret(f"{RELEASE}-{service}", "amqp-password")
    return all(
        execute(PRODUCT, pod["metadata"]["name"], "cat", "/run/secrets/lbc/amqp-password").strip() == want
        for pod in pods(service)
    )


def _rollouts() -> dict[str, str]:
    revision = "deployment.kubernetes.io/revision"
    return {item["metadata"]["name"]: item["metadata"]["annotations"][revision] for item in get("deployments")}


def _restarts() -> dict[str, int]:
    return {
        pod["metadata"]["name"]: pod["status"]["containerStatuses"][0]["restartCount"]
        for service in RESTARTLESS
        for pod in pods(service)
    }


def _accepts(webhook_secret: str) -> int:
    script = (
        "import sys, urllib.request\n"
        "request = urllib.request.Request('http://127.0.0.1:8080/telegram/webhook', data=b'{\"update_id\": 7}',\n"
        "    headers={'X-Telegram-Bot-Api-Secret-Token': sys.stdin.read()})\n"
        "print(urllib.request.urlopen(request, timeout=10).status)\n"
    )
    pod = pods("ingress")[0]["metadata"]["name"]
    return int(execute(PRODUCT, pod, "python", "-c", script, stdin=webhook_secret))


def _next_release() -> str:
    """Images of the next release on all nodes; gives their tag."""
    newer = f"{tag()}-next"
    folder = str(Path(__file__).parent / "next")
    for service in up.SERVICES:
        name, image = f"lbc/{service}:{newer}", f"lbc/{service}:{tag()}"
        if service in RESTARTLESS:
            up.run("docker", "build", "--quiet", "--build-arg", f"IMAGE={image}", "--tag", name, folder, quiet=True)
        else:
            up.run("docker", "tag", image, name)
        up.run("kind", "load", "docker-image", "--name", up.CLUSTER, name, quiet=True)
    return newer


def _revision() -> int:
    return int(json.loads(helm("-n", PRODUCT, "status", RELEASE, "--output", "json"))["version"])


def _parked() -> int:
    """Messages in the longest rungs, where those wait that are too new."""
    return sum(depth for name, depth in _depths().items() if name.endswith(".delay.long"))


def _tags() -> set[str]:
    for service in RESTARTLESS:
        rollout(service)
    return {
        pod["spec"]["containers"][0]["image"].rpartition(":")[2] for service in RESTARTLESS for pod in pods(service)
    }
