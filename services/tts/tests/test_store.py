"""The fake bucket and moto's behave alike."""

from __future__ import annotations

import pytest

from lbc_runtime.objects import Bucket
from lbc_tts.app.speak import SpeechStore

from .conftest import FakeStore


@pytest.fixture(params=["fake", "moto"])
def store(request: pytest.FixtureRequest, bucket: Bucket) -> SpeechStore:
    return FakeStore() if request.param == "fake" else bucket


async def test_what_was_not_put_is_not_there(store: SpeechStore) -> None:
    assert await store.head("demo/a.mp3") is None


async def test_what_was_put_is_there_as_it_was_told(store: SpeechStore) -> None:
    told = await store.put("demo/a.mp3", b"sound", "audio/mpeg")
    assert (told.name, told.size, told.content_type) == (f"{store.name}/demo/a.mp3", 5, "audio/mpeg")
    assert await store.head("demo/a.mp3") == told


async def test_to_put_again_replaces(store: SpeechStore) -> None:
    first = await store.put("demo/a.mp3", b"sound", "audio/mpeg", "alias/tts")
    second = await store.put("demo/a.mp3", b"another", "audio/mpeg", "alias/tts")
    assert first.etag != second.etag
    assert await store.head("demo/a.mp3") == second
