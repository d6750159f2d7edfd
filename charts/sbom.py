"""What is in each image: a table of licences, and a CycloneDX list in .run/sbom/<service>.json.

IMAGE and TAG name the images (lbc, 0.1.0). Fails when a production image holds something under the GPL that is no part
of its base image's system.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

OUT = Path(".run/sbom")
_INSPECT = """
import importlib.metadata as m, json
def licence(meta):
    said = meta.get("License-Expression") or ""
    old = (meta.get("License") or "").split("\\n")[0][:60]
    classifiers = [c.rsplit("::", 1)[1].strip() for c in meta.get_all("Classifier") or () if c.startswith("License ::")]
    return said or "; ".join(c for c in classifiers if c != "OSI Approved") or old
found = {}
for d in m.distributions():
    found[d.metadata["Name"].lower()] = {"version": d.version, "licence": licence(d.metadata)}
print(json.dumps(found))
"""
_SYSTEM = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n"]


def inspect(image: str) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Python packages with their licences, and the base's system packages."""
    python = json.loads(_in(image, "/app/bin/python", "-c", _INSPECT))
    system = dict(line.split(" ", 1) for line in _in(image, *_SYSTEM).splitlines())
    return python, system


def cyclonedx(service: str, python: dict[str, dict[str, str]], system: dict[str, str]) -> dict[str, Any]:
    """The list as CycloneDX 1.6."""
    components: list[dict[str, Any]] = [
        {
            "type": "library", "name": name, "version": about["version"], "purl": f"pkg:pypi/{name}@{about['version']}",
            "licenses": [{"license": {"name": about["licence"] or "unknown"}}],
        }
        for name, about in sorted(python.items())
    ]  # fmt: skip
    components += [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:deb/debian/{name}@{version}"}
        for name, version in sorted(system.items())
    ]
    about = {"component": {"type": "container", "name": f"lbc-{service}"}}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": about, "components": components}


def _in(image: str, *command: str) -> str:
    docker = ["docker", "run", "--rm", "--network", "none", "--entrypoint", command[0], image, *command[1:]]
    return subprocess.run(docker, check=True, capture_output=True, text=True).stdout


def main(services: list[str]) -> int:
    """List all."""
    OUT.mkdir(parents=True, exist_ok=True)
    licences: dict[str, dict[str, str]] = {}
    forbidden: list[str] = []
    for service in services:
        python, system = inspect(f"{os.environ.get('IMAGE', 'lbc')}/{service}:{os.environ.get('TAG', '0.1.0')}")
        (OUT / f"{service}.json").write_text(json.dumps(cyclonedx(service, python, system), indent=1))
        for name, about in python.items():
            licences.setdefault(name, {"licence": about["licence"], "in": ""})["in"] += f" {service}"
            if ("GPL" in about["licence"] and "LGPL" not in about["licence"]) or "espeak" in name:
                forbidden.append(f"{service}: {name} ({about['licence']})")
    for name, about in sorted(licences.items()):
        print(f"{name:44} {about['licence'] or 'unknown':44}{about['in']}")
    print(f"\n{OUT}/<service>.json: CycloneDX, system packages included")
    print("\n".join(forbidden), end="\n" if forbidden else "")
    return 1 if forbidden else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
