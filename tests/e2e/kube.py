"""The cluster as the tests see it."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import up
from up import CONTEXT, DEVSTACK, PRODUCT, RELEASE, kubectl

CLIENTS = "e2e"
"""Namespace of pods that no policy restricts."""

Object = dict[str, Any]


def get(kind: str, *arguments: str, namespace: str = PRODUCT) -> list[Object]:
    """Objects of a kind."""
    items: list[Object] = json.loads(kubectl("-n", namespace, "get", kind, "-o", "json", *arguments))["items"]
    return items


def pods(component: str, namespace: str = PRODUCT) -> list[Object]:
    """Pods of a component that run and are not being removed."""
    found = get("pods", "-l", f"app.kubernetes.io/component={component}", namespace=namespace)
    return [p for p in found if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"]]


def execute(namespace: str, pod: str, *command: str, stdin: str | None = None) -> str:
    """Run a command in a pod."""
    return kubectl("-n", namespace, "exec", *(["-i"] if stdin else []), pod, "--", *command, stdin=stdin)


def tag() -> str:
    """Tag of the images under test."""
    return (up.ROOT / ".run" / "e2e.tag").read_text()


def client_pod(name: str, *, namespace: str = CLIENTS, labels: dict[str, str] | None = None) -> str:
    """A pod that sleeps until a test runs something in it; gives its address."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": "e2e", **(labels or {})}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "main",
                    "image": f"lbc/standins:{tag()}",
                    "command": ["sleep", "infinity"],
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    namespaces = kubectl("get", "namespaces", "-o", "name").split()
    if f"namespace/{namespace}" not in namespaces:
        kubectl("create", "namespace", namespace)
    kubectl("-n", namespace, "delete", "pod", name, "--ignore-not-found", "--wait=true")
    kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    kubectl("-n", namespace, "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=90s")
    return kubectl("-n", namespace, "get", "pod", name, "-o", "jsonpath={.status.podIP}")


def remove_clients() -> None:
    """Remove all pods of `client_pod`: a drain would stop at them, and an uninstall would seem to leave them."""
    kubectl(
        "delete", "pods", "--all-namespaces", "-l", "app=e2e", "--ignore-not-found", "--wait=true", "--timeout=180s"
    )


@contextmanager
def forwarded(service: str, port: int, namespace: str = DEVSTACK) -> Iterator[int]:
    """A port of a Service on our loopback while the block runs."""
    command = ["kubectl", "--context", CONTEXT, "-n", namespace, "port-forward", f"service/{service}", f":{port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        yield int(line.split("127.0.0.1:")[1].split(" ")[0])
    finally:
        process.terminate()
        process.communicate(timeout=10)


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 60, pause: float = 0.5) -> Any:
    """Look again and again until the condition gives something true; gives it.

    Raises:
        AssertionError: time is up.
    """
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(pause)


def upgrade(*arguments: str) -> None:
    """`helm upgrade` of the product with the tests' values and these arguments over them."""
    up.product(tag(), *arguments)


def secret(name: str, key: str, namespace: str = PRODUCT) -> str:
    """One key of a Secret."""
    data = json.loads(kubectl("-n", namespace, "get", "secret", name, "-o", "json"))["data"]
    return base64.b64decode(data[key]).decode()


def change_secret(name: str, values: dict[str, str], namespace: str = PRODUCT) -> None:
    """Put these values into a Secret; by standard input, since arguments are there for all to read."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    kubectl("-n", namespace, "patch", "secret", name, "--patch-file", "/dev/stdin", stdin=json.dumps({"data": data}))


def identities(standin: str) -> set[str]:
    """Whose AWS keys a stand-in has seen: s3 or polly."""
    port = {"s3": 5000, "polly": 8085}[standin]
    script = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/-/identities').read().decode())"
    pod = pods(standin, DEVSTACK)[0]["metadata"]["name"]
    return set(json.loads(execute(DEVSTACK, pod, "python", "-c", script)))


def rollout(component: str) -> None:
    """Wait until a Deployment is as it should be."""
    kubectl("-n", PRODUCT, "rollout", "status", f"deployment/{RELEASE}-{component}", "--timeout=180s")


def collect(folder: Path) -> None:
    """What one wants to see after a failure: logs, events, describe output."""
    folder.mkdir(parents=True, exist_ok=True)
    for namespace in (PRODUCT, DEVSTACK):
        for name, command in {
            "pods.txt": ["get", "all,scaledobject,networkpolicy", "-o", "wide"],
            "events.txt": ["get", "events", "--sort-by=.lastTimestamp"],
            "describe.txt": ["describe", "pods"],
        }.items():
            (folder / f"{namespace}-{name}").write_text(_try(namespace, *command))
        for pod in _try(namespace, "get", "pods", "-o", "name").split():
            name = pod.removeprefix("pod/")
            (folder / f"{namespace}-{name}.log").write_text(
                _try(namespace, "logs", pod, "--all-containers", "--tail=2000")
            )
            previous = _try(namespace, "logs", pod, "--all-containers", "--previous", "--tail=200")
            if previous:
                (folder / f"{namespace}-{name}.previous.log").write_text(previous)


def _try(namespace: str, *command: str) -> str:
    done = subprocess.run(
        ["kubectl", "--context", CONTEXT, "-n", namespace, *command], capture_output=True, text=True, check=False
    )
    return done.stdout
