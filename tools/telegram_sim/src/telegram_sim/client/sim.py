"""A running simulator, as a test speaks to it."""

import asyncio
from collections.abc import Sequence
from typing import Any, Unpack

from telegram_sim.client.connection import LONG_POLL, Connection
from telegram_sim.client.details import FailDetails, FaultDetails, PersonDetails, Wanted
from telegram_sim.client.errors import ExpectationError
from telegram_sim.client.person import Person
from telegram_sim.client.shapes import Message
from telegram_sim.client.transcript import STORY_KINDS, rendered, summary
from telegram_sim.core.types import Json

_ENTRIES = 1000


class Sim(Connection):
    """A running simulator. Use it as a context manager, or call `close`."""

    async def person(
        self,
        name: str = "Alice",
        *,
        language: Any = "en",
        **details: Unpack[PersonDetails],
    ) -> Person:
        """Create a person, or change the one with that number.

        Args:
            name: their first name.
            language: what their client reports, "es" or "pt-br" as a rule; the real field may be missing or malformed.
            details: person_id, username, last_name, known and deactivated.
        """
        body: Json = {"first_name": name, "language_code": language, **details}
        if "person_id" in body:
            body["id"] = body.pop("person_id")
        cursor = (await self.stats())["record"]
        return Person(self, await self.request("POST", "/people", body), cursor)

    async def update(self, update: Json, *, number: bool = True) -> int | None:
        """Queue any object as an update; returns its number. `number=False` sends it as it is."""
        answer = await self.request("POST", "/updates", {"update": update, "number": number})
        number_given: int | None = answer["update_id"]
        return number_given

    async def fail(self, method: str, kind: str, *, times: int = 1, **details: Unpack[FailDetails]) -> None:
        """Let the next `times` calls of `method` ("*": any) go wrong; `details` as for `fault`."""
        await self.fault(kind, method=method, times=times, **details)

    async def fault(self, kind: str, **details: Unpack[FaultDetails]) -> None:
        """Let something go wrong: a kind of `GET /sim/faults`, with the fields that this kind has.

        Calls: 429, 403, 500, 502, 500_after, drop_before, drop_after, delay. Updates: twice, again, late, lost_answer.
        Besides: slow_check (setWebhook), refuse (connections to the simulator).
        """
        await self.request("POST", "/faults", {"kind": str(kind), **details})

    async def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        await self.request("DELETE", "/faults")

    async def switch(
        self,
        *,
        hold_updates: bool | None = None,
        duplicate_updates: bool | None = None,
        enforce_limits: bool | None = None,
    ) -> Json:
        """Turn switches on or off, and return all; None leaves one as it is."""
        wanted = {
            "hold_updates": hold_updates,
            "duplicate_updates": duplicate_updates,
            "enforce_limits": enforce_limits,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        answer: Json = await self.request("PATCH", "/switches", given)
        return answer

    async def held(self) -> list[int]:
        """Return the numbers of the updates that are held back, oldest first."""
        numbers: list[int] = (await self.stats())["held_updates"]
        return numbers

    async def release(self, order: Sequence[int] | None = None, *, shuffle: bool = False) -> list[int]:
        """Deliver what is held back, one update after another; returns the order."""
        answer = await self.request("POST", "/updates/release", {"order": order, "shuffle": shuffle})
        released: list[int] = answer["released"]
        return released

    async def advance(self, *, seconds: float = 0.0, hours: float = 0.0, days: float = 0.0) -> None:
        """Put Telegram's clock forward: what would be due by then is due now."""
        await self.request("POST", "/clock", {"advance": seconds + 3600 * hours + 86400 * days})

    async def forget_files(self, file_id: str | None = None) -> None:
        """Make the bot's file_ids invalid, all or one."""
        await self.request("DELETE", "/files", file_id=file_id)

    async def record(
        self, *kinds: str, since: int = 0, wait: float = 0.0, complete: bool = False, **wanted: Any
    ) -> tuple[list[Json], int]:
        """Return entries after `since` and the next cursor; `wanted` are method, chat_id, update_id and limit (1000).

        Raises:
            ExpectationError: entries after `since` are forgotten already; with `since` 0 only if all have to be there
                (`complete`).
        """
        answer = await self.request("GET", "/record", kinds=",".join(kinds) or None, since=since, wait=wait, **wanted)
        if (since or complete) and answer["missed"]:
            words = f"{answer['missed']} entries of the record were forgotten before they were read; raise max_record"
            raise ExpectationError(words)
        return answer["entries"], answer["next"]

    async def entries(self, *kinds: str, since: int = 0, **wanted: Unpack[Wanted]) -> list[Json]:
        """Return all entries after `since`, however many; the rest is as with `record`."""
        found: list[Json] = []
        while True:
            page, since = await self.record(*kinds, since=since, limit=_ENTRIES, **wanted)
            found += page
            if len(page) < _ENTRIES:
                return found

    async def calls(self, method: str | None = None) -> list[Json]:
        """Return the calls of a method, or all, oldest first."""
        return await self.entries("call", method=method)

    async def wait_for(
        self,
        count: int,
        *kinds: str,
        timeout: float = 10.0,  # noqa: ASYNC109 - a test states its patience
        **wanted: Unpack[Wanted],
    ) -> list[Json]:
        """Wait until the record holds `count` entries of these kinds, and return all that it holds then.

        Raises:
            ExpectationError: there are fewer after `timeout` real seconds.
        """
        end = asyncio.get_running_loop().time() + timeout
        found, cursor = await self.record(*kinds, **wanted)
        while len(found) < count:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                about = " ".join([*kinds, *(f"{name}={value}" for name, value in wanted.items())])
                story = await self.story()
                told = "".join(f"\n  {summary(entry)}" for entry in found)
                raise ExpectationError(f"{len(found)} of {count} {about} within {timeout} s:{told}\n{story}")
            entries, cursor = await self.record(*kinds, since=cursor, wait=min(left, LONG_POLL), **wanted)
            found += entries
        return found

    async def idle(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as above
        """Wait until no update is pending."""
        stats = await self.awaited("/stats", "idle_wait", lambda answer: not answer["pending_updates"], timeout)
        if pending := stats["pending_updates"]:
            story = await self.story()
            raise ExpectationError(f"{pending} updates are still pending after {timeout} s\n{story}")

    async def stats(self) -> Json:
        """Return the numbers of the simulator."""
        answer: Json = await self.request("GET", "/stats")
        return answer

    async def story(self, chat_id: int | None = None, *, since: int = 0) -> str:
        """Return what happened in a chat, or in all, as lines to read, and why nothing more may have come.

        What belongs to no chat is told too: a refused answerCallbackQuery names none.
        """
        entries: list[Json] = []
        while True:
            page = await self.request("GET", "/record", kinds=",".join(STORY_KINDS), since=since)
            told = [one for one in page["entries"] if chat_id is None or one.get("chat_id") in {chat_id, None}]
            entries = [*entries, *told][-_ENTRIES:]
            if len(page["entries"]) < _ENTRIES:
                break
            since = page["next"]
        stats = await self.stats()
        hints = []
        if stats["held_updates"]:
            hints.append(f"  {len(stats['held_updates'])} updates are held back")
        if stats["pending_updates"]:
            where = f"the webhook {stats['webhook']}" if stats["webhook"] else "getUpdates, no webhook is set"
            hints.append(f"  {stats['pending_updates']} updates wait for {where}")
        return "\n".join([rendered(entries), *hints])

    async def content(self, message: Message) -> bytes:
        """Return the bytes of a message's medium, of a photo the largest.

        Raises:
            SimError: it has none, or its bytes had to go.
        """
        return await self.download(f"/file/{message.file_id}")

    async def reset(self) -> None:
        """Forget everybody and everything but the webhook and the files."""
        await self.request("POST", "/reset")
