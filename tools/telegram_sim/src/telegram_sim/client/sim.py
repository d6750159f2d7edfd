"""A running simulator, as a test speaks to it."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp

from telegram_sim.client.errors import ExpectationError, SimError
from telegram_sim.client.person import Person
from telegram_sim.client.transcript import KINDS, rendered
from telegram_sim.core.types import Json

LONG_POLL = 20.0
_ENTRIES = 1000


class Sim:
    """A running simulator. Use it as a context manager, or call `close`."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(self, verb: str, path: str, body: Json | None = None, /, **query: Any) -> Any:
        """Call the control API; `path` is what follows /sim.

        Raises:
            SimError: the answer is an error.
        """
        return await self._request(verb, path, query, json=body)

    async def upload(self, path: str, content: bytes, mime_type: str, /, **query: Any) -> Any:
        """Post a medium to the control API; the rest is as with `request`."""
        return await self._request("POST", path, query, data=content, headers={"Content-Type": mime_type})

    async def _request(self, verb: str, path: str, query: dict[str, Any], **content: Any) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90))
        params = {name: str(value) for name, value in query.items() if value is not None}
        url = f"{self.base_url}/sim{path}"
        async with self._session.request(verb, url, params=params, **content) as answer:
            told = await answer.json()
            if answer.status >= 400:  # noqa: PLR2004 - HTTP
                raise SimError(answer.status, told.get("error", ""))
            return told

    async def person(
        self,
        name: str = "Alice",
        *,
        language: Any = "en",
        person_id: int | None = None,
        **details: Any,
    ) -> Person:
        """Create a person; `details` are username, last_name, known and deactivated."""
        body = {"first_name": name, "language_code": language, **details}
        if person_id is not None:
            body["id"] = person_id
        cursor = (await self.stats())["record"]
        return Person(self, await self.request("POST", "/people", body), cursor)

    async def update(self, update: Json, *, number: bool = True) -> int | None:
        """Queue any object as an update; returns its number. `number=False` sends it as it is."""
        answer = await self.request("POST", "/updates", {"update": update, "number": number})
        number_given: int | None = answer["update_id"]
        return number_given

    async def fail(self, method: str, kind: str, *, times: int = 1, **details: Any) -> None:
        """Let the next `times` calls of `method` ("*": any) go wrong; `details` as for `fault`."""
        await self.fault(kind, method=method, times=times, **details)

    async def fault(self, kind: str, **details: Any) -> None:
        """Let something go wrong: a kind of `GET /sim/faults`, with the fields that this kind has.

        Calls: 429, 403, 500, 502, 500_after, drop_before, drop_after, delay. Updates: twice, again, late, lost_answer.
        Besides: slow_check (setWebhook), refuse (connections to the simulator).
        """
        await self.request("POST", "/faults", {"kind": str(kind), **details})

    async def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        await self.request("DELETE", "/faults")

    async def switch(self, **switches: bool) -> Json:
        """Turn hold_updates, duplicate_updates or enforce_limits on or off."""
        answer: Json = await self.request("PATCH", "/switches", switches)
        return answer

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

    async def record(self, *kinds: str, since: int = 0, wait: float = 0.0, **wanted: Any) -> tuple[list[Json], int]:
        """Return entries after `since` and the next cursor; `wanted` are method, chat_id and limit."""
        answer = await self.request("GET", "/record", kinds=",".join(kinds) or None, since=since, wait=wait, **wanted)
        return answer["entries"], answer["next"]

    async def calls(self, method: str | None = None) -> list[Json]:
        """Return the calls of a method, or all, oldest first (at most the first 1000)."""
        entries, _ = await self.record("call", method=method)
        return entries

    async def wait_for(self, count: int, *kinds: str, timeout: float = 10.0, **wanted: Any) -> list[Json]:  # noqa: ASYNC109 - a test states its patience
        """Wait until the record holds `count` entries of these kinds, and return them."""
        found: list[Json] = []
        cursor = 0
        try:
            async with asyncio.timeout(timeout):
                while len(found) < count:
                    entries, cursor = await self.record(*kinds, since=cursor, wait=LONG_POLL, **wanted)
                    found += entries
        except TimeoutError as cause:
            raise ExpectationError(f"{len(found)} of {count} {kinds} within {timeout} s: {found}") from cause
        return found

    async def idle(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as above
        """Wait until no update is pending."""
        pending = (await self.request("GET", "/stats", idle_wait=timeout))["pending_updates"]
        if pending:
            story = await self.story()
            raise ExpectationError(f"{pending} updates are still pending after {timeout} s\n{story}")

    async def stats(self) -> Json:
        """Return the numbers of the simulator."""
        answer: Json = await self.request("GET", "/stats")
        return answer

    async def story(self, chat_id: int | None = None, *, since: int = 0) -> str:
        """Return what happened in a chat, or in all, as lines to read, and why nothing more may have come."""
        entries: list[Json] = []
        while True:
            found, cursor = await self.record(*KINDS, since=since, chat_id=chat_id, limit=_ENTRIES)
            entries = [*entries, *found][-_ENTRIES:]
            if len(found) < _ENTRIES:
                break
            since = cursor
        stats = await self.stats()
        hints = []
        if stats["held_updates"]:
            hints.append(f"  {len(stats['held_updates'])} updates are held back")
        if stats["pending_updates"]:
            where = f"the webhook {stats['webhook']}" if stats["webhook"] else "getUpdates, no webhook is set"
            hints.append(f"  {stats['pending_updates']} updates wait for {where}")
        return "\n".join([rendered(entries), *hints])

    async def reset(self) -> None:
        """Forget everybody and everything but the webhook and the files."""
        await self.request("POST", "/reset")
