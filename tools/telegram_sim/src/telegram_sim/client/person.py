"""Somebody who talks to the bot, as a test speaks for them."""

import asyncio
from typing import TYPE_CHECKING, Any

from telegram_sim.client.errors import ExpectationError
from telegram_sim.client.shapes import Message
from telegram_sim.core.types import Json

if TYPE_CHECKING:
    from telegram_sim.client.sim import Sim

_LONG_POLL = 20.0


class Tap:
    """A tap whose spinner turns until the bot answers."""

    def __init__(self, sim: "Sim", raw: Json) -> None:
        self._sim = sim
        self.id = str(raw["callback_query_id"])
        self.data = str(raw["data"])
        self.message_id = int(raw["message_id"])
        self.chat_id = int(raw["chat_id"])

    async def answered(self, timeout: float = 10.0) -> Json:  # noqa: ASYNC109 - a test states its patience
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        answer = (await self._sim.request("GET", f"/taps/{self.id}", wait=timeout))["answer"]
        if answer is None:
            story = await self._sim.story(self.chat_id)
            raise ExpectationError(f"the tap on {self.data!r} was not answered within {timeout} s\n{story}")
        return dict(answer)


class Person:
    """Somebody in a private chat with the bot."""

    def __init__(self, sim: "Sim", raw: Json, cursor: int = 0) -> None:
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

    async def send_media(
        self, kind: str, content: bytes, mime_type: str, *, name: str = "", caption: str = ""
    ) -> Message:
        """Send a photo, video, audio, voice or document that the bot can download."""
        path = f"/people/{self.id}/media/{kind}"
        return Message((await self._sim.upload(path, content, mime_type, name=name, caption=caption))["message"])

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

    async def expects(
        self,
        kind: str = "",
        *,
        text: str = "",
        button: str = "",
        timeout: float = 10.0,  # noqa: ASYNC109 - as above
    ) -> Message:
        """Wait for a message of the bot that was not returned before: of that kind, with `text` and `button` in it."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for message in self._unseen:
                        if kind in {"", message.kind} and text in message.text and _shows(message, button):
                            self._unseen.remove(message)
                            return message
                    await self._look()
        except TimeoutError as cause:
            wanted = f"{kind or 'message'}{f' with {text!r}' if text else ''}{f' and {button!r}' if button else ''}"
            seen = f"; not expected yet: {[(m.kind, m.text[:60]) for m in self._unseen]}" if self._unseen else ""
            story = await self._sim.story(self.id)
            raise ExpectationError(
                f"{self.raw['first_name']} got no {wanted} within {timeout} s{seen}\n{story}"
            ) from cause

    async def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, something that was not expected yet."""
        if not self._unseen:
            await self._look(wait)
        if self._unseen:
            unseen = [(message.kind, message.text) for message in self._unseen]
            raise ExpectationError(f"unexpected: {unseen}\n{await self._sim.story(self.id)}")

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


def _shows(message: Message, button: str) -> bool:
    return not button or message.has_button(button)
