"""Speech that was made for one person alone.

Speech has no name in it: its key is a hash of the words, and equal words are everybody's. So what a person was sent is
theirs alone only if it was sent to nobody else as far back as events go; to remove it costs at most that it is made
again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lbc_contracts import tables
from lbcctl.erasure.person import Item, Person, commands_of
from lbcctl.erasure.rows import Rows


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words in a voice."""

    words: str
    language: str
    voice: str

    @property
    def file(self) -> str:
        """The last part of its key, whatever engine spoke it; see `lbc_tts.domain.speech`."""
        return f"{hashlib.sha256(self.words.encode()).hexdigest()}.mp3"


def spoken_in(events: Iterable[Item]) -> set[Spoken]:
    """What the commands of these events have spoken."""
    contents = [command["content"] for event in events for command in commands_of(event)]
    return {
        Spoken(content["words"], content["language"], content["voice"])
        for content in contents
        if content["kind"] == "speech"
    }


class SpeechBucket:
    """The tts bucket and the files that Telegram has of it.

    Args:
        s3: an aiobotocore client.
        bucket: its name.
        rows: the tables.
    """

    def __init__(self, s3: Any, bucket: str, rows: Rows) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._rows = rows
        self._shared: set[Spoken] = set()

    async def remove_own(self, person: Person, spoken: Iterable[Spoken]) -> int:
        """Remove what was spoken to nobody but ``person``; gives how many objects that were."""
        removed = 0
        for speech in spoken:
            if not await self._is_shared(person, speech):
                removed += await self._remove(person.bot, speech)
        return removed

    async def _is_shared(self, person: Person, speech: Spoken) -> bool:
        if speech in self._shared:
            return True
        words = json.dumps(speech.words, ensure_ascii=False)[1:-1]
        values = {":user": {"S": person.key}, ":words": {"S": words}}
        condition = "userId <> :user AND contains(commands, :words)"
        async for _ in self._rows.scan(tables.EVENTS, condition, values, ProjectionExpression="eventId"):
            self._shared.add(speech)
            return True
        return False

    async def _remove(self, bot: str, speech: Spoken) -> int:
        """Each engine has a folder of its own below the voice's."""
        folder = f"{bot}/{speech.language}/{speech.voice}/"
        answer = await self._s3.list_objects_v2(Bucket=self._bucket, Prefix=folder, Delimiter="/")
        removed = 0
        for engine in answer.get("CommonPrefixes", ()):
            key = engine["Prefix"] + speech.file
            there = await self._s3.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1)
            if there.get("Contents"):
                await self._forget_files(bot, key)
                await self._s3.delete_object(Bucket=self._bucket, Key=key)
                removed += 1
        return removed

    async def _forget_files(self, bot: str, key: str) -> None:
        values = {":file": {"S": f"{bot}:{self._bucket}/{key}:"}}
        found = self._rows.scan(tables.FILES, "begins_with(fileKey, :file)", values, ProjectionExpression="fileKey")
        await self._rows.remove(tables.FILES, [item["fileKey"]["S"] async for item in found])
