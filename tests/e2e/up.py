"""Brings the whole platform up on a kind cluster, and says what took how long; run again, it reuses what is there.

Settings, from the environment:
    CLUSTER            name of the kind cluster (lbc-e2e)
    KIND_NODE_IMAGE    node image; empty means kind's own default
    PREREQUISITES      "present": the cluster's prerequisites come otherwise; a command to run instead may be given in
    PREREQUISITES_CMD  such as a script that installs KEDA, Traefik and metrics-server on a machine without internet
    HELM               helm program (helm)
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = os.environ.get("CLUSTER", "lbc-e2e")
CONTEXT = f"kind-{CLUSTER}"
HELM = os.environ.get("HELM", "helm")
PRODUCT, DEVSTACK, RELEASE = "lbc", "devstack", "lbc"
SERVICES = ("ingress", "onboarding", "media", "tts", "delivery", "lbcctl", "telegram-sim")
STATEFUL_NODE = f"{CLUSTER}-control-plane"

took: list[tuple[str, float]] = []


class CommandError(Exception):
    """A command failed; with what it printed."""


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print what is being done, and remember its seconds."""
    print(f"== {what}", flush=True)
    start = time.monotonic()
    yield
    took.append((what, time.monotonic() - start))


def run(*command: str, stdin: str | None = None, quiet: bool = False, **environment: str) -> str:
    """Run a command to its end; gives what it printed.

    Raises:
        CommandError: it failed; with its output.
    """
    done = subprocess.run(
        command, cwd=ROOT, input=stdin, text=True, capture_output=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode:
        raise CommandError(f"{shlex.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    if not quiet and done.stdout.strip():
        print(done.stdout.rstrip(), flush=True)
    return done.stdout


def kubectl(*arguments: str, stdin: str | None = None, quiet: bool = True) -> str:
    """Kubectl in our cluster."""
    return run("kubectl", "--context", CONTEXT, *arguments, stdin=stdin, quiet=quiet)


def cluster() -> None:
    """Create the cluster if there is none."""
    if CLUSTER not in run("kind", "get", "clusters", quiet=True).split():
        image = os.environ.get("KIND_NODE_IMAGE")
        chosen = ["--image", image] if image else []
        run("kind", "create", "cluster", "--name", CLUSTER, "--config", "k8s/kind.yaml", "--wait", "3m", *chosen)
    run("kubectl", "config", "use-context", CONTEXT, quiet=True)


def images() -> str:
    """Build all images and load them under one tag, which is new when any of them is; gives the tag."""
    built = [_build(service) for service in SERVICES]
    built.append(_build("standins", "-f", "charts/devstack/images/Dockerfile"))
    tag = "e2e-" + hashlib.sha256("".join(built).encode()).hexdigest()[:12]
    names = [f"lbc/{name}:{tag}" for name in (*SERVICES, "standins")]
    for name, identity in zip(names, built, strict=True):
        run("docker", "tag", identity, name)
    rabbitmq = "rabbitmq:3-management"
    run("docker", "image", "inspect", rabbitmq, quiet=True) if _has(rabbitmq) else run("docker", "pull", "-q", rabbitmq)
    for name in (*names, rabbitmq):
        run("kind", "load", "docker-image", "--name", CLUSTER, name, quiet=True)
    return tag


def _build(name: str, *arguments: str) -> str:
    return run(
        "docker", "build", "--quiet", "--build-arg", f"SERVICE={name}", "--tag", f"lbc/{name}:e2e", *arguments, ".",
        quiet=True,
    ).strip()  # fmt: skip


def _has(image: str) -> bool:
    found = subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False)
    return found.returncode == 0


def prerequisites() -> None:
    """KEDA, Traefik and metrics-server."""
    if instead := os.environ.get("PREREQUISITES_CMD"):
        run("bash", "-c", instead, quiet=True, CLUSTER_NAME=CLUSTER)
        run("k8s/prerequisites", PREREQUISITES="present")
    else:
        run("k8s/prerequisites", "--kind")


def devstack(tag: str) -> None:
    """Broker, stand-ins and simulator, on the node that no test drains."""
    run("k8s/dev-secrets", PRODUCT, DEVSTACK, RELEASE)
    gateway = kubectl("-n", "traefik", "get", "service", "traefik", "-o", "jsonpath={.spec.clusterIP}")
    helm(
        "upgrade", "--install", "devstack", "charts/devstack", "--namespace", DEVSTACK, "--wait", "--timeout", "5m",
        "--set", f"images.standins=lbc/standins:{tag}", "--set", f"images.telegramSim=lbc/telegram-sim:{tag}",
        "--set-json", f'telegram.hostAliases=[{{"ip": "{gateway}", "hostnames": ["bot.lbc.test"]}}]',
        "--set-json", f'nodeSelector={{"kubernetes.io/hostname": "{STATEFUL_NODE}"}}',
    )  # fmt: skip
    authority = kubectl("-n", DEVSTACK, "get", "secret", "rabbitmq-tls", "-o", r"jsonpath={.data.ca\.crt}")
    kubectl(
        "apply", "-f", "-",
        stdin=f"apiVersion: v1\nkind: Secret\nmetadata: {{name: rabbitmq-ca, namespace: {PRODUCT}}}\n"
        f"data: {{ca.crt: {authority}}}\n",
    )  # fmt: skip


def product(tag: str, *more: str) -> None:
    """The product, as values-dev has it; anew where the S3 stand-in is, since links to what it lost are remembered."""
    world = kubectl("-n", DEVSTACK, "get", "pods", "-l", "app.kubernetes.io/component=s3", "-o", "name").strip()
    more += tuple(word for name in ("media", "tts") for word in ("--set", f"{name}.podAnnotations.s3={world}"))
    helm(
        "upgrade", "--install", RELEASE, "charts/lbc-onboarding", "--namespace", PRODUCT, "--wait", "--timeout", "5m",
        "-f", "charts/lbc-onboarding/values-dev.yaml", "-f", "tests/e2e/values.yaml",
        "--set", f"image.tag={tag}", *more,
    )  # fmt: skip


def recover() -> None:
    """Let go of a release that an interrupted run left pending; helm would refuse to touch it."""
    if f'"{RELEASE}"' in helm("--namespace", PRODUCT, "list", "--pending", "--output", "json"):
        helm("--namespace", PRODUCT, "rollback", RELEASE, "--no-hooks")


def helm(*arguments: str) -> str:
    """Helm in our cluster; the words of hooks included, which it says on its error stream."""
    command = ["bash", "-c", 'exec "$@" 2>&1', "helm", HELM, "--kube-context", CONTEXT, *arguments]
    return run(*command, quiet=True)


def main() -> None:
    """All of it; the images are built while the cluster comes up."""
    with ThreadPoolExecutor() as pool, timed("cluster"):
        building = pool.submit(lambda: [_build(service) for service in SERVICES])
        cluster()
    with timed("images"):
        building.result()
        tag = images()
    with timed("prerequisites"):
        prerequisites()
    with timed("devstack"):
        devstack(tag)
    with timed("product"):
        recover()
        product(tag)
    Path(ROOT / ".run").mkdir(exist_ok=True)
    (ROOT / ".run" / "e2e.tag").write_text(tag)
    for what, seconds in took:
        print(f"{seconds:6.0f} s  {what}")


if __name__ == "__main__":
    sys.exit(main())
