"""A pack whose files are saved while `lbcctl brand publish` works: what was not checked is never published."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lbc_testkit.aws import VersityGw
from lbcctl.exits import StopError
from lbcctl.packs.manifest import Manifest, manifest_key
from lbcctl.packs.pack import Pack
from lbcctl.packs.publish import plan, publish, published
from lbcctl.packs.store import Store

from .brand_packs import copy_of_demo, edit, mp4

pytestmark = pytest.mark.timeout(60)
FILES = ["brand.yaml", "texts/en.yaml", "media/welcome.en.mp4"]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path / "alba")


@pytest.fixture
async def store(strict_s3: VersityGw) -> AsyncIterator[Store]:
    async with strict_s3.client() as s3:
        bucket = f"test-{secrets.token_hex(6)}"
        await s3.create_bucket(Bucket=bucket)
        yield Store(s3, bucket)


def save(pack: Path, file: str) -> None:
    """As an author does whose editor is still open."""
    if file.startswith("media/"):
        (pack / file).write_bytes(mp4(data=7))
    elif file.startswith("texts/"):
        edit(pack / file, "Continue", "<b>Never closed")
    else:
        edit(pack / file, "name: Alba", "name: Other")


@pytest.mark.parametrize("file", FILES)
async def test_saved_after_the_check_nothing_is_published(store: Store, pack: Path, file: str) -> None:
    checked = Pack.read(pack)
    save(pack, file)
    with pytest.raises(StopError, match=rf"{file}: was changed"):
        await plan(store, checked)


@pytest.mark.parametrize("file", ["texts/fr.yaml", "texts/en.yaml"])
async def test_a_text_that_comes_or_goes_after_the_check(store: Store, pack: Path, file: str) -> None:
    checked = Pack.read(pack)
    path = pack / file
    path.unlink() if path.exists() else path.write_text("help: aide")
    with pytest.raises(StopError, match=rf"{file}: was changed"):
        await plan(store, checked)


async def test_a_film_that_came_after_the_check(store: Store, pack: Path) -> None:
    film = pack / "media/welcome.en.mp4"
    content = film.read_bytes()
    film.unlink()
    checked = Pack.read(pack)
    film.write_bytes(content)
    with pytest.raises(StopError, match=r"welcome\.en\.mp4: was changed"):
        await plan(store, checked)


@dataclass
class Saving:
    """An S3 client at whose first write the author saves a file."""

    s3: Any
    pack: Path
    file: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3, name)

    async def put_object(self, **arguments: Any) -> Any:
        if self.file:
            save(self.pack, self.file)
            self.file = ""
        return await self.s3.put_object(**arguments)


@pytest.mark.parametrize("file", ["brand.yaml", "texts/en.yaml", "media/welcome.es.mp4"])
async def test_saved_during_the_upload_readers_keep_the_pack_from_before(store: Store, pack: Path, file: str) -> None:
    await publish(store, await plan(store, Pack.read(pack)))
    before = await published(store, "alba")
    edit(pack / "brand.yaml", "name: Alba", "name: Alba ")
    for film in ("en", "es"):
        (pack / f"media/welcome.{film}.mp4").write_bytes(mp4())
    saving = Store(Saving(store.s3, pack, file), store.bucket)
    planned = await plan(saving, Pack.read(pack))
    with pytest.raises(StopError, match=rf"{file}: was changed.*publish again"):
        await publish(saving, planned)
    assert await published(store, "alba") == before


async def test_left_alone_the_second_time_it_is_published_as_it_is(store: Store, pack: Path) -> None:
    checked = Pack.read(pack)
    save(pack, "brand.yaml")
    with pytest.raises(StopError):
        await plan(store, checked)
    planned = await plan(store, Pack.read(pack))
    await publish(store, planned)
    body = await store.get(manifest_key("alba"), 100_000)
    assert body
    assert Manifest.read(body) == planned.after
