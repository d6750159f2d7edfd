"""Brand packs made of data alone, and the way that they take to a running onboarding."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from lbc_contracts.topology import Service
from lbc_testkit.stack import Stack
from lbc_testkit.stack.services import ASSETS_BUCKET, REGION
from lbcctl.cli import app

DEMO = Path(__file__).parents[2] / "brands" / "demo"
DATA = Path(__file__).parent / "brands"
LOOK_EVERY = 0.2
"""Seconds between onboarding's looks at its pack."""


def copy_of_demo(folder: Path) -> Path:
    """The demo pack under the folder's name."""
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("make.py"))
    manifest = folder / "brand.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("demo/", f"{folder.name}/"), encoding="utf-8")
    return folder


def add_french(folder: Path) -> None:
    """A third language: its texts, a film, a voice and the links' labels. No code.

    The voice is one of the engine that some languages have alone, and espeak's is not that of its language code.
    """
    shutil.copy(DATA / "alba-in-french" / "fr.yaml", folder / "texts" / "fr.yaml")
    shutil.copy(folder / "media" / "welcome.en.mp4", folder / "media" / "bienvenue.mp4")

    def change(manifest: dict[str, Any]) -> None:
        manifest["languages"].append("fr")
        manifest["media"]["fr"] = {"welcome_video": f"{folder.name}/bienvenue.mp4", "title": "Bienvenue chez Alba"}
        voice = {"engine": "standard", "voice_id": "Mathieu", "language_code": "fr-FR", "espeak": "fr-be"}
        manifest["voices"]["fr"] = voice
        for link, label in zip(manifest["links"], ("Ta première semaine", "Le mois", "Une personne"), strict=True):
            link["label"]["fr"] = label

    change_yaml(folder / "brand.yaml", change)


def harbour(folder: Path) -> Path:
    """A second brand, of one language that the demo has not."""
    shutil.copytree(DATA / "harbour", folder)
    (folder / "media").mkdir()
    shutil.copy(DEMO / "media" / "welcome.en.mp4", folder / "media" / "ahoi.mp4")
    return folder


def change_yaml(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a file says, comments aside."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


async def lbcctl(stack: Stack, *arguments: str) -> str:
    """Run a command of the operator's on the stack's bucket; gives what it printed.

    Raises:
        AssertionError: it did not end well.
    """
    environment = {
        "LBC_ASSETS_BUCKET": ASSETS_BUCKET,
        "LBC_AWS__REGION": REGION,
        "LBC_AWS__S3_ENDPOINT": stack.s3.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    result = await asyncio.to_thread(CliRunner().invoke, app, ["brand", *arguments], env=environment)
    if result.exit_code:
        raise AssertionError(f"lbcctl brand {arguments}: {result.output}")
    return result.stdout


async def out_with(stack: Stack, folder: Path, into: Path) -> None:
    """As a designer does: check, publish; and as a pod does: fetch."""
    await lbcctl(stack, "check", str(folder))
    await lbcctl(stack, "publish", str(folder))
    await lbcctl(stack, "fetch", "--prefix", folder.name, "--into", str(into))


async def onboarding_with(stack: Stack, pack: Path) -> None:
    """Start onboarding again with another folder of a pack, at which it looks often."""
    await stack.restart(Service.ONBOARDING, {"LBC_BRAND": str(pack), "LBC_BRAND_EVERY": str(LOOK_EVERY)})
