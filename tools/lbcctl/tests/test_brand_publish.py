"""`lbcctl brand publish` and `fetch` on an S3 that checks signatures: nobody ever meets half a pack."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lbc_runtime.brand import load_brand
from lbc_testkit import wait_until
from lbc_testkit.aws import VersityGw
from lbcctl.cli import app
from lbcctl.packs.fetch import NotPublishedError, fetch
from lbcctl.packs.manifest import Manifest, manifest_key
from lbcctl.packs.pack import Pack
from lbcctl.packs.publish import plan, publish
from lbcctl.packs.store import Store

from .brand_packs import copy_of_demo, edit, mp4

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Command:
    """`lbcctl brand` with a bucket of its own."""

    bucket: str
    s3: Any
    environment: dict[str, str]

    async def run(self, *arguments: str, status: int = 0) -> Any:
        result = await asyncio.to_thread(CliRunner().invoke, app, ["brand", *arguments], env=self.environment)
        assert result.exit_code == status, result.output
        return result

    async def publish(self, folder: Path, *arguments: str, status: int = 0) -> Any:
        result = await self.run("publish", str(folder), "--json", *arguments, status=status)
        return json.loads(result.stdout)

    async def fetch(self, folder: Path, *, prefix: str = "alba", status: int = 0) -> Any:
        return await self.run("fetch", "--prefix", prefix, "--into", str(folder), status=status)

    async def keys(self) -> set[str]:
        listed = await self.s3.list_objects_v2(Bucket=self.bucket)
        return {item["Key"] for item in listed.get("Contents", ())}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path / "alba")


@pytest.fixture
async def command(strict_s3: VersityGw) -> AsyncIterator[Command]:
    bucket = f"test-{secrets.token_hex(6)}"
    async with strict_s3.client() as s3:
        await s3.create_bucket(Bucket=bucket)
        environment = {
            "LBC_ASSETS_BUCKET": bucket,
            "LBC_AWS__REGION": strict_s3.region,
            "LBC_AWS__S3_ENDPOINT": strict_s3.endpoint,
            "AWS_ACCESS_KEY_ID": strict_s3.access_key,
            "AWS_SECRET_ACCESS_KEY": strict_s3.secret_key,
        }
        yield Command(bucket, s3, environment)


async def test_what_is_published_can_be_fetched(command: Command, pack: Path, tmp_path: Path) -> None:
    said = await command.publish(pack)
    assert [upload["key"].partition("/")[2] for upload in said["uploads"][:2]] == ["welcome.en.mp4", "welcome.es.mp4"]
    film = await command.s3.head_object(Bucket=command.bucket, Key="alba/welcome.en.mp4", ChecksumMode="ENABLED")
    assert (film["ContentType"], film["ContentLength"]) == ("video/mp4", (pack / "media/welcome.en.mp4").stat().st_size)
    assert film["ChecksumSHA256"]
    assert said["version"] in (await command.fetch(tmp_path / "run")).stdout
    assert load_brand(tmp_path / "run") == load_brand(pack)
    assert (await command.fetch(tmp_path / "run")).stdout == "", "nothing new"


async def test_only_what_changed_is_uploaded(command: Command, pack: Path) -> None:
    first = await command.publish(pack)
    again = await command.publish(pack)
    assert (again["uploads"], again["published"], again["version"]) == ([], False, first["version"])
    shown = await command.run("publish", str(pack))
    assert "nothing to do" in shown.stdout
    (pack / "media/welcome.es.mp4").write_bytes(mp4())
    film = await command.publish(pack)
    assert film["uploads"][0] == {"key": "alba/welcome.es.mp4", "bytes": len(mp4()), "replaces": True}
    assert not any("welcome.en" in upload["key"] for upload in film["uploads"])
    assert film["published"]


async def test_a_dry_run_writes_nothing(command: Command, pack: Path) -> None:
    said = await command.publish(pack, "--dry-run")
    assert len(said["uploads"]) == 5
    assert not said["published"]
    assert await command.keys() == set()
    shown = await command.run("publish", str(pack), "--dry-run")
    assert "would be published" in shown.stdout
    assert "alba/welcome.en.mp4" in shown.stdout


async def test_a_pack_with_a_mistake_is_not_published(command: Command, pack: Path) -> None:
    edit(pack / "texts/es.yaml", "button_again:", "button_agian:")
    result = await command.run("publish", str(pack), status=1)
    assert "texts/es.yaml:1: button_again: missing" in result.stdout
    assert "Nothing was published: 2 errors." in result.stderr
    assert await command.keys() == set()


async def test_a_folder_in_which_no_pack_is_published(command: Command, tmp_path: Path) -> None:
    result = await command.fetch(tmp_path / "run", prefix="nobody", status=1)
    assert "no pack is published" in result.stderr
    assert not (tmp_path / "run").exists()


async def test_a_bucket_that_is_not_there(command: Command, pack: Path) -> None:
    result = await command.run("publish", str(pack), "--bucket", "test-nowhere", status=4)
    assert "there is no such bucket" in result.stderr


async def test_a_bucket_must_be_named(command: Command, pack: Path) -> None:
    command.environment["LBC_ASSETS_BUCKET"] = ""
    result = await command.run("publish", str(pack), status=2)
    assert "LBC_ASSETS_BUCKET" in result.stderr


class BreakingError(Exception):
    """The network, at the worst moment."""


@dataclass
class Breaking:
    """An S3 client that breaks off at the ``at``-th write, before or after it was done."""

    s3: Any
    at: int
    done: bool
    writes: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3, name)

    async def put_object(self, **arguments: Any) -> Any:
        self.writes += 1
        if self.writes == self.at and not self.done:
            raise BreakingError
        answer = await self.s3.put_object(**arguments)
        if self.writes == self.at:
            raise BreakingError
        return answer


@pytest.mark.parametrize("done", [False, True])
async def test_interrupted_anywhere_readers_have_a_whole_pack_and_it_may_be_repeated(
    command: Command, pack: Path, tmp_path: Path, *, done: bool
) -> None:
    store = Store(command.s3, command.bucket)
    await publish(store, await plan(store, Pack.read(pack)))
    old = load_brand(pack)
    edit(pack / "brand.yaml", "alba/welcome.en.mp4", "alba/sunrise.mp4")
    (pack / "media/sunrise.mp4").write_bytes(mp4())
    edit(pack / "texts/en.yaml", "Continue", "Go on")
    new = load_brand(pack)
    writes = 1 + len((await plan(store, Pack.read(pack))).uploads)
    assert writes == 5
    for at in range(1, writes + 1):
        breaking = Store(Breaking(command.s3, at, done), command.bucket)
        with pytest.raises(BreakingError):
            await publish(breaking, await plan(breaking, Pack.read(pack)))
        folder = tmp_path / f"run{at}"
        manifest = await fetch(store, "alba", folder)
        assert manifest
        assert load_brand(folder) == (new if done and at == writes else old)
        for medium in manifest.media:
            assert await store.head(medium.key), "what a reader's texts name is there"
        await forget(command, manifest_key("alba"), done=done, at=at, writes=writes)
    await publish(store, await plan(store, Pack.read(pack)))
    await fetch(store, "alba", tmp_path / "end")
    assert load_brand(tmp_path / "end") == new


async def forget(command: Command, manifest: str, *, done: bool, at: int, writes: int) -> None:
    """Let the next round begin as this one: without what this one had put there."""
    if done and at == writes:
        return
    kept = Manifest.read(await (await command.s3.get_object(Bucket=command.bucket, Key=manifest))["Body"].read())
    for key in await command.keys():
        if kept.version not in key and key not in {manifest, *(medium.key for medium in kept.media)}:
            await command.s3.delete_object(Bucket=command.bucket, Key=key)


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        ("alba/packs/{version}/texts/en.yaml", b"help: altered", "not what the manifest says"),
        ("alba/packs/{version}/texts/en.yaml", None, "not there"),
        ("alba/welcome.es.mp4", None, "alba/welcome.es.mp4: not there"),
        ("alba/manifest.json", b"{}", "not a manifest of this release"),
        ("alba/manifest.json", b"{", "not a manifest of this release"),
    ],
)
async def test_what_is_not_whole_never_replaces_what_is(
    command: Command, pack: Path, tmp_path: Path, key: str, body: bytes | None, said: str
) -> None:
    await command.publish(pack)
    await command.fetch(tmp_path / "run")
    edit(pack / "texts/en.yaml", "Continue", "Go on")
    version = (await command.publish(pack))["version"]
    await command.s3.delete_object(Bucket=command.bucket, Key=key.format(version=version))
    if body is not None:
        await command.s3.put_object(Bucket=command.bucket, Key=key.format(version=version), Body=body)
    assert said in (await command.fetch(tmp_path / "run", status=1)).stderr
    assert load_brand(tmp_path / "run").texts["en"].button_continue == "Continue ➜"


async def test_texts_that_this_release_cannot_use_are_not_taken(command: Command, pack: Path, tmp_path: Path) -> None:
    """As by a newer lbcctl, whose packs have a key more."""
    store = Store(command.s3, command.bucket)
    await publish(store, await plan(store, Pack.read(pack)))
    await fetch(store, "alba", tmp_path / "run")
    edit(pack / "texts/en.yaml", "button_again:", "button_new: New\nbutton_again:")
    await publish(store, await plan(store, Pack.read(pack)))
    with pytest.raises(NotPublishedError, match="button_new: unknown key"):
        await fetch(store, "alba", tmp_path / "run")
    assert load_brand(tmp_path / "run").name == "Alba"


async def test_folders_of_old_versions_go_and_readers_lose_nothing(
    command: Command, pack: Path, tmp_path: Path
) -> None:
    for number in range(4):
        edit(pack / "texts/en.yaml", "button_continue: ", f"button_continue: {number}")
        await command.publish(pack)
        await command.fetch(tmp_path / "run")
        assert load_brand(tmp_path / "run").texts["en"].button_continue.startswith(str(number))
    versions = [path for path in (tmp_path / "run").iterdir() if path.is_dir() and not path.is_symlink()]
    assert len(versions) == 2


async def test_progress_adds_up_to_what_was_uploaded(command: Command, pack: Path) -> None:
    """Also where signing reads each file before it is sent."""
    store, told = Store(command.s3, command.bucket), list[int]()
    planned = await plan(store, Pack.read(pack))
    await publish(store, planned, told.append)
    assert sum(told) == planned.size
    assert len(told) > 2 * len(planned.uploads)


async def test_who_reads_while_packs_are_swapped_reads_one_version(
    command: Command, pack: Path, tmp_path: Path
) -> None:
    store, run = Store(command.s3, command.bucket), tmp_path / "run"
    read: set[str] = set()
    over = asyncio.Event()

    async def edition(number: int) -> None:
        for language in ("en", "es"):
            path = pack / "texts" / f"{language}.yaml"
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub(r"(?m)^greeting_title: .*$", f"greeting_title: Edition {number}", text))
        await publish(store, await plan(store, Pack.read(pack)))
        await fetch(store, "alba", run)

    async def reader() -> None:
        while not over.is_set():
            brand = await asyncio.to_thread(load_brand, run)
            (title,) = {texts.greeting_title for texts in brand.texts.values()}
            read.add(title)

    await edition(0)
    async with asyncio.TaskGroup() as group:
        group.create_task(reader())
        for number in range(1, 12):
            await edition(number)
            await wait_until(partial(read.__contains__, f"Edition {number}"), what=f"edition {number} read", timeout=30)
        over.set()
    assert len(read) == 12
