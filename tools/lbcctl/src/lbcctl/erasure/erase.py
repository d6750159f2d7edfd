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
from lbcctl.erasure.letters import Whose, covers_letter
from lbcctl.erasure.person import Item, Person, Tombstone, commands_of
from lbcctl.erasure.referrers import neutralise
from lbcctl.erasure.rows import TOGETHER, Rows
from lbcctl.erasure.speech import SpeechBucket, Spoken, spoken_in
from lbcctl.letters import Letter

LOOKS: Final = 5
"""Looks after the first one; before each, whatever was under way at the one before comes to its end."""

TakeOut = Callable[[Whose], Awaitable[Counter[Person]]]
Advance = Callable[[int], None]
Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Erased:
    """What a run came to.

    Attributes:
        counts: how much was removed or changed, by what it was: no more is said of anybody.
        left: of whom something kept coming; their requests stay.
    """

    counts: Counts
    left: tuple[Person, ...] = ()


@dataclass(slots=True)
class _Work:
    """One person in a run; their events name what else is theirs, and are gone when a run looks again.

    Attributes:
        found: what the latest look removed of theirs.
    """

    person: Person
    stone: Tombstone
    events: list[Item] = field(default_factory=list)
    spoken: set[Spoken] = field(default_factory=set)
    found: Counts = field(default_factory=Counter)


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

    async def erase(self, people: Sequence[Person], advance: Advance) -> Erased:
        """Erase ``people`` of one bot, all with a request filed; nobody waits for who cannot be ended.

        Args:
            people: who.
            advance: is told when a person is erased.

        Raises:
            StopError: a part is down; what was begun is ended by the next run.
        """
        counts: Counts = Counter()
        left: list[Person] = []
        for first in range(0, len(people), TOGETHER):
            batch = await self._erase(people[first : first + TOGETHER], advance)
            counts += batch.counts
            left += batch.left
        return Erased(counts, tuple(left))

    async def _erase(self, people: Sequence[Person], advance: Advance) -> Erased:
        now = round(datetime.now(UTC).timestamp() * 1000)
        buried = [(person, await self._rows.bury(person, now)) for person in people]
        left = [person for person, stone in buried if stone is None]
        works = [_Work(person, stone) for person, stone in buried if stone is not None]
        counts = await self._look(works)
        for _ in range(LOOKS):
            if not works:
                break
            await asyncio.sleep(self._settle)
            counts += await self._look(works)
            for work in works:
                if not work.found:
                    await self._rows.close(work.person)
                    advance(1)
            works = [work for work in works if work.found]
        return Erased(counts, (*left, *(work.person for work in works)))

    async def _look(self, works: Sequence[_Work]) -> Counts:
        """Remove what is there now; events come last, since they name deliveries and speech.

        Whom they sent is no part of what is found: a link of theirs that is still out there may be opened at any time.
        """
        if not works:
            return Counter()
        for work in works:
            events = await self._rows.of_person(tables.EVENTS, work.person.key)
            work.events = [event for event in events if work.stone.covers_event(event)]
            work.spoken |= spoken_in(work.events)
            work.found = Counter({"speech objects": await self._speech.remove_own(work.person, work.spoken)})
        referrers = await neutralise(self._rows, [work.person for work in works])
        steps = await self._steps(works)
        for work in works:
            await self._remove(tables.DELIVERIES, work, [*steps[work.person], *await self._replies(work)])
        for work in works:
            await self._remove(tables.SESSIONS, work, await self._sessions(work))
            await self._remove(tables.EVENTS, work, [event["eventId"]["S"] for event in work.events])
        letters = await self._letters(works)
        for work in works:
            work.found = +(work.found + Counter({"letters": letters[work.person]}))
        return +sum((work.found for work in works), Counter({"referrers": referrers}))

    async def _remove(self, table: tables.Table, work: _Work, keys: Sequence[str]) -> None:
        await self._rows.remove(table, keys)
        work.found[table.name] += len(keys)

    async def _sessions(self, work: _Work) -> list[str]:
        keys = [row["sessionId"]["S"] for row in await self._rows.of_person(tables.SESSIONS, work.person.key)]
        return [key for key in keys if work.stone.covers_key(work.person, key)]

    async def _steps(self, works: Sequence[_Work]) -> dict[Person, list[str]]:
        """Deliveries of steps begin with the person's prefix."""
        values = {f":prefix{number}": {"S": work.person.prefix} for number, work in enumerate(works)}
        condition = " OR ".join(f"begins_with(commandId, {name})" for name in values)
        scanned = self._rows.scan(tables.DELIVERIES, condition, values, ProjectionExpression="commandId")
        keys = [item["commandId"]["S"] async for item in scanned]
        return {work.person: [key for key in keys if _is_of(work, key)] for work in works}

    async def _replies(self, work: _Work) -> list[str]:
        """Deliveries of replies are named after events, which hold their ids."""
        named = {command["id"] for event in work.events for command in commands_of(event)}
        return await self._rows.there(
            tables.DELIVERIES, sorted(key for key in named if not key.startswith(work.person.prefix))
        )

    async def _letters(self, works: Sequence[_Work]) -> Counter[Person]:
        def whose(letter: Letter) -> Person | None:
            theirs = (work.person for work in works if covers_letter(work.person, work.stone, letter))
            return next(theirs, None)

        return await self._take_out(whose)


def _is_of(work: _Work, key: str) -> bool:
    return key.startswith(work.person.prefix) and work.stone.covers_key(work.person, key)
