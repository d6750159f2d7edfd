"""Write one hashed lock per image and one for developers, from the packages' own pyproject files; and one for aiogram.

Run by ``make lock``. The locks hold for every platform and Python from 3.11 on, and name no package index, so each
machine's own configuration decides where packages come from. Packages of the repository are left out: they are
installed beside the lock, without dependencies and without build isolation.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "requirements"

BUILD = ["hatchling>=1.27", "editables>=0.5"]
TRACED = "lbc-runtime[telemetry]"
IMAGES = {
    "ingress": ["lbc-ingress", TRACED],
    "onboarding": ["lbc-onboarding", TRACED],
    "media": ["lbc-media", TRACED],
    "tts": ["lbc-tts", TRACED],
    "delivery": ["lbc-delivery", TRACED],
    "lbcctl": ["lbcctl"],
    "telegram-sim": ["telegram-sim"],
}
OTHERS = {"aiogram": ["aiogram>=3.31"]}
"""What the tests run beside the developers' environment, since it does not resolve with ours."""
DEV_TOOLS = [line for line in (HERE / "dev.in").read_text().splitlines() if line and not line.startswith("#")]

_NAME = re.compile(r"^\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")


def projects() -> dict[str, Path]:
    """Our own packages by normalized name."""
    found = {}
    for path in sorted(ROOT.glob("*/*/pyproject.toml")):
        with path.open("rb") as file:
            found[_normal(tomllib.load(file)["project"]["name"])] = path
    return found


def third_party(roots: list[str], ours: dict[str, Path]) -> list[str]:
    """Requirements on others that ``roots`` have, through our own packages and the extras they ask for."""
    wanted: set[str] = set()
    seen: set[str] = set()
    queue = list(roots)
    while queue:
        requirement = queue.pop()
        if requirement in seen:
            continue
        seen.add(requirement)
        match = _NAME.match(requirement)
        if match is None:
            raise SystemExit(f"requirement not understood: {requirement!r}")
        name, extras = _normal(match[1]), [extra.strip() for extra in (match[2] or "").split(",") if extra.strip()]
        if name not in ours:
            wanted.add(requirement)
            continue
        with ours[name].open("rb") as file:
            project = tomllib.load(file)["project"]
        queue += project.get("dependencies", [])
        for extra in extras:
            queue += project["optional-dependencies"][extra]
    return sorted(wanted)


def compile_lock(name: str, requirements: list[str], constraint: Path | None) -> None:
    """Resolve into ``requirements/<name>.txt``."""
    command = [
        sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header",
        "--output-file", str(HERE / f"{name}.txt"), "-",
    ]  # fmt: skip
    if constraint:
        command += ["--constraint", str(constraint)]
    subprocess.run(command, input="\n".join(requirements), text=True, check=True, cwd=ROOT)
    print(f"requirements/{name}.txt")


def main() -> None:
    """Lock all; the images take the versions that the developers' lock was tested with."""
    ours = projects()
    everything = [f"{name}[{','.join(_extras(path))}]" for name, path in ours.items()]
    compile_lock("dev", BUILD + DEV_TOOLS + third_party(everything, ours), None)
    for image, roots in IMAGES.items():
        if all(_NAME.match(root)[1] in ours for root in roots):
            compile_lock(image, BUILD + third_party(roots, ours), HERE / "dev.txt")
    for other, wanted in OTHERS.items():
        compile_lock(other, wanted, None)


def _extras(path: Path) -> list[str]:
    with path.open("rb") as file:
        return sorted(tomllib.load(file)["project"].get("optional-dependencies", {}))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    main()
