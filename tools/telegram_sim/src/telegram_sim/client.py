"""The control API for tests: people as objects, waits that end when something happens.

    async with Sim("http://127.0.0.1:8081") as sim:
        alice = await sim.person(language="es")
        await alice.start("campaign")
        video = await alice.expects(kind="video")
        tap = await alice.tap("play_audio")
        await tap.answered()

Every wait ends with `ExpectationError` after its `timeout` (real seconds) and tells what was there instead.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from telegram_sim.core.types import Json

KINDS = ("text", "video", "audio", "voice", "photo", "sticker", "document")
_LONG_POLL = 20.0


class SimError(Exception):
    """The simulator refused a request; `status` is its HTTP status."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(f"{status}: {cause}")
        self.status = status


class ExpectationError(AssertionError):
    """What a test waited for did not happen in time."""


@dataclass(frozen=True)
class Button:
    """An inline button."""

    text: str
    data: str | None
    url: str | None


@dataclass(frozen=True)
class Message:
    """A message of the chat; `raw` is docs' Message."""

    raw: Json

    @property
    def id(self) -> int:
        """Its number, which rises over all chats of the bot."""
        return int(self.raw["message_id"])

    @property
    def kind(self) -> str:
        """What it is: one of `KINDS`, or "other"."""
        return next((kind for kind in KINDS if kind in self.raw), "other")

    @property
    def text(self) -> str:
        """Its text or caption, without markup."""
        return str(self.raw.get("text") or self.raw.get("caption") or "")

    @property
    def from_bot(self) -> bool:
        """Whether the bot sent it."""
        return bool(self.raw["from"]["is_bot"])

    @property
    def buttons(self) -> list[Button]:
        """Its inline buttons in reading order."""
        rows = self.raw.get("reply_markup", {}).get("inline_keyboard", [])
        return [Button(b["text"], b.get("callback_data"), b.get("url")) for row in rows for b in row]


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
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90))
        params = {name: str(value) for name, value in query.items() if value is not None}
        url = f"{self.base_url}/sim{path}"
        async with self._session.request(verb, url, json=body, params=params) as answer:
            content = await answer.json()
            if answer.status >= 400:  # noqa: PLR2004 - HTTP
                raise SimError(answer.status, content.get("error", ""))
            return content

    async def person(
        self,
        name: str = "Alice",
        *,
        language: Any = "en",
        person_id: int | None = None,
        **details: Any,
    ) -> "Person":
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
        """Let the next `times` calls of `method` ("*": any) go wrong.

        `kind` is 429, 403, 500, drop_before, drop_after or delay; `details` are retry_after, seconds, chat_id.
        """
        body = {"method": method, "kind": str(kind), "times": times, **details}
        await self.request("POST", "/faults", body)

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
                    entries, cursor = await self.record(*kinds, since=cursor, wait=_LONG_POLL, **wanted)
                    found += entries
        except TimeoutError as cause:
            raise ExpectationError(f"{len(found)} of {count} {kinds} within {timeout} s: {found}") from cause
        return found

    async def idle(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as above
        """Wait until no update is pending."""
        pending = (await self.request("GET", "/stats", idle_wait=timeout))["pending_updates"]
        if pending:
            raise ExpectationError(f"{pending} updates are still pending after {timeout} s")

    async def stats(self) -> Json:
        """Return the numbers of the simulator."""
        answer: Json = await self.request("GET", "/stats")
        return answer

    async def reset(self) -> None:
        """Forget everybody and everything but the webhook and the files."""
        await self.request("POST", "/reset")


class Tap:
    """A tap whose spinner turns until the bot answers."""

    def __init__(self, sim: Sim, raw: Json) -> None:
        self._sim = sim
        self.id = str(raw["callback_query_id"])
        self.data = str(raw["data"])
        self.message_id = int(raw["message_id"])

    async def answered(self, timeout: float = 10.0) -> Json:  # noqa: ASYNC109 - as above
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        answer = (await self._sim.request("GET", f"/taps/{self.id}", wait=timeout))["answer"]
        if answer is None:
            raise ExpectationError(f"the tap on {self.data!r} was not answered within {timeout} s")
        return dict(answer)


class Person:
    """Somebody in a private chat with the bot."""

    def __init__(self, sim: Sim, raw: Json, cursor: int = 0) -> None:
        self._sim = sim
        self._cursor = cursor
        self._unseen: list[Message] = []
        self.id = int(raw["id"])
        self.raw = raw

    async def _post(self, path: str, body: Json | None = None) -> Any:
        return await self._sim.request("POST", f"/people/{self.id}/{path}", body)

    async def start(self, payload: str = "") -> Message:
        """Press Start, with the payload of the link."""
        return Message((await self._post("start", {"payload": payload}))["message"])

    async def say(self, text: str) -> Message:
        """Send a text."""
        return await self.send(text=text)

    async def send(self, **fields: Any) -> Message:
        """Send a message with any fields: sticker, photo, reply_to_message ..."""
        return Message((await self._post("messages", fields))["message"])

    async def tap(self, button: str) -> Tap:
        """Tap the newest button whose data is `button`, or begins with it and a colon."""
        return Tap(self._sim, await self._post("taps", {"button": button}))

    async def tap_raw(self, message_id: int, data: str) -> Tap:
        """Tap with any data on any message, also one that is gone."""
        return Tap(self._sim, await self._post("taps", {"message_id": message_id, "data": data}))

    async def block(self) -> None:
        """Block the bot."""
        await self._post("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._post("unblock")

    async def change(self, **details: Any) -> None:
        """Change first_name, last_name, username, language_code, known or deactivated."""
        self.raw = await self._sim.request("PATCH", f"/people/{self.id}", details)

    async def expects(self, kind: str = "", *, text: str = "", timeout: float = 10.0) -> Message:  # noqa: ASYNC109 - as above
        """Wait for a message of the bot that was not returned before, of that kind, with `text` in it."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for message in self._unseen:
                        if kind in {"", message.kind} and text in message.text:
                            self._unseen.remove(message)
                            return message
                    await self._look()
        except TimeoutError as cause:
            seen = [(message.kind, message.text[:60]) for message in self._unseen]
            raise ExpectationError(f"no {kind or 'message'} {text!r} within {timeout} s; unseen: {seen}") from cause

    async def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, something that was not expected yet."""
        if not self._unseen:
            await self._look(wait)
        if self._unseen:
            raise ExpectationError(f"unexpected: {[(message.kind, message.text) for message in self._unseen]}")

    async def messages(self) -> list[Message]:
        """Return all messages of the chat as they are now, oldest first."""
        answer = await self._sim.request("GET", f"/people/{self.id}/messages")
        return [Message(raw) for raw in answer["messages"]]

    async def transcript(self) -> list[Json]:
        """Return messages, edits, chat actions, taps and their answers in order."""
        answer = await self._sim.request("GET", f"/people/{self.id}/transcript")
        transcript: list[Json] = answer["transcript"]
        return transcript

    async def _look(self, wait: float = _LONG_POLL) -> None:
        entries, self._cursor = await self._sim.record("message", since=self._cursor, wait=wait, chat_id=self.id)
        found = (Message(entry["message"]) for entry in entries)
        self._unseen += [message for message in found if message.from_bot]
