"""`lbcctl brand fetch --every`, as a pod has it beside onboarding: it goes on through trouble, and ends when told."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lbc_runtime.brand import TEXTS, load_brand
from lbc_testkit import wait_until
from lbc_testkit.aws import VersityGw
from lbcctl.packs.manifest import Manifest, manifest_key, text_key
from lbcctl.packs.pack import Pack
from lbcctl.packs.publish import plan, publish
from lbcctl.packs.store import Store

from .brand_packs import copy_of_demo, edit

pytestmark = pytest.mark.timeout(60)


@dataclass
class Follower:
    """The process, and what it said."""

    process: Process
    into: Path

    async def says(self, words: str) -> None:
        """Wait for a line of standard error with these words."""
        assert self.process.stderr
        said = ""
        async with asyncio.timeout(30):
            while words not in said.rpartition("\n")[2]:
                line = (await self.process.stderr.readline()).decode()
                assert line, f"it ended before it said {words!r}, but said {said}"
                said += f"\n{line.rstrip()}"

    async def has(self, name: str) -> None:
        """Wait for an edition of the pack."""

        async def there() -> bool:
            return (self.into / "brand.yaml").exists() and load_brand(self.into).name == name

        await wait_until(there, what=f"edition {name}", timeout=60)

    async def ends(self) -> str:
        """Tell it to end, as Kubernetes does; gives what else it said."""
        self.process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(self.process.communicate(), 30)
        assert self.process.returncode == 0
        return said.decode()


@asynccontextmanager
async def following(s3: VersityGw, bucket: str, into: Path, **changes: str) -> AsyncIterator[Follower]:
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith(("COV", "PATH"))},
        "LBC_AWS__S3_ENDPOINT": s3.endpoint,
        "LBC_AWS__REGION": s3.region,
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
    }
    arguments = ("brand", "fetch", "--bucket", bucket, "--prefix", "alba", "--into", str(into), "--every", "1")
    command = (sys.executable, "-m", "lbcctl", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=environment | changes, stdout=PIPE, stderr=PIPE)
    try:
        yield Follower(process, into)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@dataclass(frozen=True)
class Shelf:
    """A bucket with a pack in it, under ``alba``."""

    s3: Any
    name: str
    pack: Path

    @property
    def store(self) -> Store:
        return Store(self.s3, self.name)

    async def edition(self, name: str) -> None:
        edit(self.pack / "brand.yaml", f"name: {load_brand(self.pack).name}", f"name: {name}")
        await self.publish()

    async def publish(self) -> None:
        """Publish what is there, also what `lbcctl brand publish` would refuse."""
        await publish(self.store, await plan(self.store, Pack.read(self.pack)))

    async def remove(self) -> None:
        for item in (await self.s3.list_objects_v2(Bucket=self.name)).get("Contents", ()):
            await self.s3.delete_object(Bucket=self.name, Key=item["Key"])
        await self.s3.delete_bucket(Bucket=self.name)


@pytest.fixture
async def shelf(strict_s3: VersityGw, tmp_path: Path) -> AsyncIterator[Shelf]:
    async with strict_s3.client() as s3:
        yield Shelf(s3, f"test-{secrets.token_hex(6)}", copy_of_demo(tmp_path / "alba"))


async def test_a_bucket_that_goes_away_and_comes_back(shelf: Shelf, strict_s3: VersityGw, tmp_path: Path) -> None:
    async with following(strict_s3, shelf.name, tmp_path / "run") as follower:
        await follower.says("there is no such bucket")
        await shelf.s3.create_bucket(Bucket=shelf.name)
        await follower.says("no pack is published")
        await shelf.edition("First")
        await follower.has("First")
        await shelf.remove()
        await follower.says("there is no such bucket")
        await follower.has("First")
        await shelf.s3.create_bucket(Bucket=shelf.name)
        await shelf.edition("Second")
        await follower.has("Second")
        assert "Traceback" not in await follower.ends()


async def test_what_is_broken_is_said_and_the_pack_from_before_stays(
    shelf: Shelf, strict_s3: VersityGw, tmp_path: Path
) -> None:
    await shelf.s3.create_bucket(Bucket=shelf.name)
    await shelf.edition("First")
    async with following(strict_s3, shelf.name, tmp_path / "run") as follower:
        await follower.has("First")
        await shelf.s3.put_object(Bucket=shelf.name, Key=manifest_key("alba"), Body=b"{}")
        await follower.says("not a manifest of this release")

        await shelf.edition("Second")
        manifest = Manifest.read(await shelf.store.get(manifest_key("alba"), 1_000_000) or b"")
        await follower.has("Second")
        edit(shelf.pack / TEXTS / "en.yaml", "\n", "\nno such text: here\n")
        await shelf.publish()
        await follower.says("what is published cannot be used by this release")
        assert load_brand(follower.into).name == "Second"
        assert {path.name for path in follower.into.glob("..*") if not path.is_symlink()} >= {f"..{manifest.version}"}

        edit(shelf.pack / TEXTS / "en.yaml", "\nno such text: here\n", "\n")
        edit(shelf.pack / "brand.yaml", "name: Second", "name: Third")
        changed = await plan(shelf.store, Pack.read(shelf.pack))
        await publish(shelf.store, changed)
        key = text_key("alba", changed.after.version, "brand.yaml")
        await follower.has("Third")
        assert await shelf.store.get(key, 1_000_000)
        assert "Traceback" not in await follower.ends()


async def test_a_folder_that_cannot_be_written(shelf: Shelf, strict_s3: VersityGw, tmp_path: Path) -> None:
    await shelf.s3.create_bucket(Bucket=shelf.name)
    await shelf.edition("First")
    (tmp_path / "run").write_text("no folder")
    async with following(strict_s3, shelf.name, tmp_path / "run") as follower:
        await follower.says("run: File exists")
        (tmp_path / "run").unlink()
        await follower.has("First")
        await follower.ends()


async def test_it_ends_when_told_also_while_it_waits_for_an_answer(strict_s3: VersityGw, tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def hush(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hush, "127.0.0.1", 0) as silent:
        endpoint = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        patient = {"LBC_AWS__S3_ENDPOINT": endpoint, "LBC_AWS__READ_TIMEOUT": "100"}
        async with following(strict_s3, "any", tmp_path / "run", **patient) as follower:
            await asyncio.wait_for(asked.wait(), 60)
            assert await follower.ends() == ""


async def test_an_answer_that_breaks_off_is_only_a_failed_look(strict_s3: VersityGw, tmp_path: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(half, "127.0.0.1", 0) as broken:
        endpoint = f"http://127.0.0.1:{broken.sockets[0].getsockname()[1]}"
        async with following(strict_s3, "any", tmp_path / "run", LBC_AWS__S3_ENDPOINT=endpoint) as follower:
            await follower.says("down")
            await follower.says("down")
            assert "Traceback" not in await follower.ends()
