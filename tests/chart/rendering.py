"""Renders the charts with both Helms, for tests to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHARTS = ROOT / "charts"
PRODUCT = CHARTS / "lbc-onboarding"
DEVSTACK = CHARTS / "devstack"
HELMS = [helm for helm in os.environ.get("HELMS", "helm helm4").split() if shutil.which(helm)]
APIS = ("keda.sh/v1alpha1", "traefik.io/v1alpha1", "monitoring.coreos.com/v1", "external-secrets.io/v1")
SERVICES = ("ingress", "onboarding", "media", "tts", "delivery", "sweeper")
ENVIRONMENTS = ("dev", "staging", "prod")

Object = dict[str, Any]


class RefusedError(Exception):
    """Helm refused the values; with its words."""


@dataclass(frozen=True)
class Rendered:
    """What a chart renders.

    Attributes:
        text: as Helm printed it.
        objects: parsed.
    """

    text: str
    objects: list[Object] = field(repr=False)

    def all(self, kind: str) -> list[Object]:
        """All of a kind."""
        return [item for item in self.objects if item["kind"] == kind]

    def one(self, kind: str, name: str) -> Object:
        """The one of that kind and name."""
        (found,) = [item for item in self.all(kind) if item["metadata"]["name"] == name]
        return found

    def has(self, kind: str, name: str) -> bool:
        """Whether there is one."""
        return any(item["metadata"]["name"] == name for item in self.all(kind))


def render(
    chart: Path = PRODUCT,
    *,
    environment: str | None = "dev",
    values: Object | None = None,
    apis: Sequence[str] = APIS,
    release: str = "lbc",
    namespace: str = "lbc",
    helm: str | None = None,
) -> Rendered:
    """Render a chart without a cluster.

    Raises:
        RefusedError: Helm would not.
    """
    command = [helm or HELMS[0], "template", release, str(chart), "--namespace", namespace]
    command += ["--kube-version", "1.34.0"]  # a Helm that was built from its module knows none of its own
    for api in apis:
        command += ["--api-versions", api]
    if environment and chart == PRODUCT:
        command += ["--values", str(chart / f"values-{environment}.yaml")]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(values or {}, file)
        file.flush()
        done = subprocess.run([*command, "--values", file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stderr)
    return Rendered(done.stdout, [item for item in yaml.safe_load_all(done.stdout) if item])


def pods(rendered: Rendered) -> Iterable[tuple[Object, Object, Object]]:
    """Each workload with the metadata and the spec of its pods."""
    for item in rendered.objects:
        if item["kind"] == "Pod":
            yield item, item["metadata"], item["spec"]
        elif item["kind"] in {"Deployment", "StatefulSet", "Job"}:
            template = item["spec"]["template"]
            yield item, template["metadata"], template["spec"]
        elif item["kind"] == "CronJob":
            template = item["spec"]["jobTemplate"]["spec"]["template"]
            yield item, template["metadata"], template["spec"]


def selects(selector: Object, labels: Object) -> bool:
    """Whether a selector of matchLabels matches."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
