"""Somebody who talks to the bot, as a test speaks for them."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from telegram_sim.client.connection import LONG_POLL
from telegram_sim.client.details import Changes
from telegram_sim.client.errors import ExpectationError
from telegram_sim.client.expected import Expected, anything
from telegram_sim.client.shapes import Message
from telegram_sim.core.types import Json

if TYPE_CHECKING:
    from telegram_sim.client.sim import Sim

T = TypeVar("T")

_WATCHED = ("message", "edit", "delete", "chat_action")


class Tap:
    """A tap whose spinner turns until the bot answers."""

    def __init__(self, sim: "Sim", raw: Json) -> None:
        self._sim = sim
        self.id: str = str(raw["callback_query_id"])
        self.data: str = str(raw["data"])
        self.message_id: int = int(raw["message_id"])
        self.chat_id: int = int(raw["chat_id"])

    async def answered(self, timeout: float = 10.0) -> Json:  # noqa: ASYNC109 - a test states its patience
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        tap = await self._sim.awaited(f"/taps/{self.id}", "wait", lambda shown: shown["answer"] is not None, timeout)
        answer = tap["answer"]
        if answer is None:
            story = await self._sim.story(self.chat_id)
            raise ExpectationError(f"the tap on {self.data!r} was not answered within {timeout} s\n{story}")
        return dict(answer)


class Person:
    """Somebody in a private chat with the bot."""

    def __init__(self, sim: "Sim", raw: Json, cursor: int = 0) -> None:
        self._sim = sim
        self._cursor = cursor
        self._unseen: list[Json] = []
        """Entries of the record about what the bot did, that were not expected yet."""
        self.id: int = int(raw["id"])
        self.raw: Json = raw

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

    async def tap(self, button: str, on: Message | None = None) -> Tap:
        """Tap the newest button of that data, whose data begins with it and a colon, or that shows `button`.

        Args:
            button: its data, or what it shows.
            on: the message as the person saw it, which may have changed or gone since.
        """
        if on is None:
            return Tap(self._sim, await self._post("taps", {"button": button}))
        data = next((one.data for one in on.buttons if one.data is not None and one.is_called(button)), None)
        if data is None:
            raise ExpectationError(f"message {on.id} has no button {button!r} to tap; it has {on.buttons}")
        return await self.tap_raw(on.id, data)

    async def tap_raw(self, message_id: int, data: str) -> Tap:
        """Tap with any data on any message, also one that is gone."""
        return Tap(self._sim, await self._post("taps", {"message_id": message_id, "data": data}))

    async def block(self) -> None:
        """Block the bot."""
        await self._post("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._post("unblock")

    async def change(self, **details: Unpack[Changes]) -> None:
        """Change first_name, last_name, username, language_code, known or deactivated."""
        self.raw = await self._sim.request("PATCH", f"/people/{self.id}", {**details})

    async def expects(
        self,
        kind: Expected | str = anything,
        *,
        text: str = "",
        button: str = "",
        timeout: float = 10.0,  # noqa: ASYNC109 - as above
    ) -> Message:
        """Wait for a message of the bot that was not returned before, the oldest that is as expected.

        Others that came before it are not lost: they can be expected later, and `expects_nothing` fails until then.

        Args:
            kind: "video" and the like, or an `Expected`.
            text: what stands in its text or caption.
            button: a button that it has, as for `tap`.
            timeout: real seconds.

        Raises:
            ExpectationError: it did not come in time; the words tell what did.
        """
        return await self._expects("message", "", _expected(kind, text, button), timeout)

    async def expects_edit(
        self,
        kind: Expected | str = anything,
        *,
        text: str = "",
        button: str = "",
        timeout: float = 10.0,  # noqa: ASYNC109 - as above
    ) -> Message:
        """Wait until the bot has changed a message so that it is as expected; the rest is as with `expects`."""
        return await self._expects("edit", "edit to ", _expected(kind, text, button), timeout)

    async def expects_deletion(self, message: Message, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - as above
        """Wait until the bot has deleted that message."""
        words = f"deletion of message {message.id}, {message},"
        await self._next(words, "delete", lambda found: found["message_id"] == message.id, timeout, _deleted)

    async def expects_action(self, action: str = "", timeout: float = 10.0) -> str:  # noqa: ASYNC109 - as above
        """Wait for a chat action of the bot ("": any) that was not returned before: "typing", "upload_video" ..."""
        words = f"chat action {action}".rstrip()
        entry = await self._next(words, "chat_action", lambda found: action in {"", found["action"]}, timeout, _action)
        return _action(entry)

    async def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, a message that was not expected yet."""
        end = asyncio.get_running_loop().time() + wait
        await self._look(0.0)
        while not self._messages() and (left := end - asyncio.get_running_loop().time()) > 0:
            await self._look(left)
        if unseen := self._messages():
            got = ", ".join(str(message) for message in unseen)
            raise ExpectationError(f"{self._name} expected nothing, and got {got}\n{await self._sim.story(self.id)}")

    async def messages(self) -> list[Message]:
        """Return all messages of the chat as they are now, oldest first."""
        answer = await self._sim.request("GET", f"/people/{self.id}/messages")
        return [Message(raw) for raw in answer["messages"]]

    async def transcript(self) -> list[Json]:
        """Return messages, edits, chat actions, taps and their answers in order."""
        answer = await self._sim.request("GET", f"/people/{self.id}/transcript")
        transcript: list[Json] = answer["transcript"]
        return transcript

    @property
    def _name(self) -> str:
        return str(self.raw["first_name"])

    def _messages(self) -> list[Message]:
        return [Message(entry["message"]) for entry in self._unseen if entry["kind"] == "message"]

    async def _expects(self, kind: str, prefix: str, wanted: Expected, patience: float) -> Message:
        fits, lacking = _on_message(wanted.takes), _on_message(wanted.lacking)
        return Message((await self._next(f"{prefix}{wanted}", kind, fits, patience, lacking))["message"])

    async def _next(
        self, words: str, kind: str, fits: Callable[[Json], bool], patience: float, shown: Callable[[Json], str]
    ) -> Json:
        end = asyncio.get_running_loop().time() + patience
        await self._look(0.0)
        while (found := next((one for one in self._unseen if one["kind"] == kind and fits(one)), None)) is None:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                seen = ", ".join(shown(entry) for entry in self._unseen if entry["kind"] == kind)
                came = f"; came, and not expected yet: {seen}" if seen else ""
                raise ExpectationError(
                    f"{self._name} got no {words} within {patience} s{came}\n{await self._sim.story(self.id)}"
                )
            await self._look(min(left, LONG_POLL))
        self._unseen.remove(found)
        return found

    async def _look(self, wait: float) -> None:
        entries, cursor = await self._sim.record(
            *_WATCHED, since=self._cursor, wait=wait, complete=True, chat_id=self.id
        )
        fresh = [entry for entry in entries if entry["seq"] > self._cursor]  # several waits may look at the same time
        self._unseen += [entry for entry in fresh if entry["kind"] != "message" or Message(entry["message"]).from_bot]
        self._cursor = max(self._cursor, cursor)


def _on_message(look: Callable[[Message], T]) -> Callable[[Json], T]:
    return lambda entry: look(Message(entry["message"]))


def _deleted(entry: Json) -> str:
    return f"deletion of message {entry['message_id']}"


def _action(entry: Json) -> str:
    return str(entry["action"])


def _expected(what: Expected | str, text: str, button: str) -> Expected:
    wanted = what if isinstance(what, Expected) else Expected(what)
    wanted = wanted(text) if text else wanted
    return wanted.with_button(button) if button else wanted
