"""The order in which people are erased; docs/privacy.md says why it is this one.

The tombstones come first, so that services let nothing in any more. Then whatever names the rest is removed after that
rest, the request last of all. So each step finds what it needs however often the steps before it ran, and a run that
died is ended by the next.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from lbc_contracts import tables
from lbcctl.erasure.person import Item, Person, Tombstone, commands_of
from lbcctl.erasure.referrers import neutralise
from lbcctl.erasure.rows import Rows
from lbcctl.erasure.speech import SpeechBucket, Spoken, spoken_in
from lbcctl.exits import Exit, StopError

LOOKS: Final = 5
"""Looks after the first one; before each, whatever was under way at the one before comes to its end."""

TakeOut = Callable[[Sequence[int]], Awaitable[int]]
Advance = Callable[[int], None]
Counts = Counter[str]


@dataclass(slots=True)
class _Work:
    """One person in a run; their events name what else is theirs, and are gone when a run looks again."""

    person: Person
    stone: Tombstone
    events: list[Item] = field(default_factory=list)
    spoken: set[Spoken] = field(default_factory=set)


class Eraser:
    """Erases people.

    Args:
        rows: the tables.
        speech: the bucket.
        take_out: empties the graves of their letters (`lbcctl.erasure.graves`).
        settle: seconds until whatever a service began before a tombstone is at its end.
    """

    def __init__(self, rows: Rows, speech: SpeechBucket, take_out: TakeOut, *, settle: float) -> None:
        self._rows = rows
        self._speech = speech
        self._take_out = take_out
        self._settle = settle

    async def erase(self, people: Sequence[Person], advance: Advance) -> Counts:
        """Erase ``people``, at most `lbcctl.erasure.rows.TOGETHER` of one bot, all with a request filed.

        Args:
            people: who.
            advance: is told when a person is erased.

        Returns:
            How much was removed or changed, by what it was: no more is said of them.

        Raises:
            StopError: something kept coming, or a part is down; what was begun is ended by the next run.
        """
        if not people:
            return Counter()
        now = round(datetime.now(UTC).timestamp() * 1000)
        works = [_Work(person, await self._rows.bury(person, now)) for person in people]
        counts = await self._look(works)
        for _ in range(LOOKS):
            await asyncio.sleep(self._settle)
            found = await self._look(works)
            counts += found
            if not found:
                break
        else:
            raise StopError(f"after {LOOKS} looks there were still new rows or letters; run it again", Exit.FAILED)
        for work in works:
            await self._rows.close(work.person)
            advance(1)
        return counts

    async def _look(self, works: Sequence[_Work]) -> Counts:
        """Remove what is there now; events come last, since they name deliveries and speech."""
        counts: Counts = Counter()
        for work in works:
            events = await self._rows.of_person(tables.EVENTS, work.person.key)
            work.events = [event for event in events if work.stone.covers_event(event)]
            work.spoken |= spoken_in(work.events)
            counts["speech objects"] += await self._speech.remove_own(work.person, work.spoken)
        counts["referrers"] += await neutralise(self._rows, [work.person for work in works])
        await self._remove(tables.DELIVERIES, await self._deliveries(works), counts)
        for work in works:
            await self._remove(tables.SESSIONS, await self._sessions(work), counts)
            await self._remove(tables.EVENTS, [event["eventId"]["S"] for event in work.events], counts)
        counts["letters"] += await self._take_out([work.person.user_id for work in works])
        return +counts

    async def _remove(self, table: tables.Table, keys: Sequence[str], counts: Counts) -> None:
        await self._rows.remove(table, keys)
        counts[table.name] += len(keys)

    async def _sessions(self, work: _Work) -> list[str]:
        keys = [row["sessionId"]["S"] for row in await self._rows.of_person(tables.SESSIONS, work.person.key)]
        return [key for key in keys if work.stone.covers_key(work.person, key)]

    async def _deliveries(self, works: Sequence[_Work]) -> list[str]:
        """Steps begin with the person's prefix; replies are named after events, which hold their ids."""
        values = {f":prefix{number}": {"S": work.person.prefix} for number, work in enumerate(works)}
        condition = " OR ".join(f"begins_with(commandId, {name})" for name in values)
        scanned = self._rows.scan(tables.DELIVERIES, condition, values, ProjectionExpression="commandId")
        steps = [item["commandId"]["S"] async for item in scanned]
        theirs = [key for work in works for key in steps if _is_of(work, key)]
        commands = [command["id"] for work in works for event in work.events for command in commands_of(event)]
        replies = set(commands).difference(theirs)
        return theirs + await self._rows.there(tables.DELIVERIES, sorted(replies))


def _is_of(work: _Work, key: str) -> bool:
    return key.startswith(work.person.prefix) and work.stone.covers_key(work.person, key)
