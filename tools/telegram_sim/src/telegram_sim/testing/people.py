"""People as a test writes of them: what they do is done at once, what they expect is waited for."""

from typing import Any

from telegram_sim.client import Message
from telegram_sim.client import Person as RemotePerson
from telegram_sim.client import Tap as RemoteTap
from telegram_sim.core.types import Json
from telegram_sim.testing.background import PATIENCE, Background
from telegram_sim.testing.expected import Expected, anything

TIMEOUT = 10.0
"""Seconds that a person waits, unless they are told otherwise."""


class _TapBase:
    def __init__(self, background: Background, remote: RemoteTap) -> None:
        self._background = background
        self._remote = remote
        self.data = remote.data
        self.message_id = remote.message_id


class Tap(_TapBase):
    """A tap whose spinner turns until the bot answers."""

    async def answered(self, timeout: float = TIMEOUT) -> Json:  # noqa: ASYNC109 - a test states its patience
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        __tracebackhide__ = True
        return await self._background.wait(self._remote.answered(timeout))


class SyncTap(_TapBase):
    """A tap, in a test that is not async."""

    def answered(self, timeout: float = TIMEOUT) -> Json:
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        __tracebackhide__ = True
        return self._background.do(self._remote.answered(timeout), timeout + PATIENCE)


class _PersonBase:
    """What somebody does in a private chat with the bot."""

    def __init__(self, background: Background, remote: RemotePerson) -> None:
        self._background = background
        self._remote = remote

    @property
    def id(self) -> int:
        """Their number, which is the chat's too."""
        return self._remote.id

    @property
    def name(self) -> str:
        """Their first name."""
        return str(self._remote.raw["first_name"])

    def start(self, payload: str = "") -> Message:
        """Press Start, with the payload of the link."""
        return self._background.do(self._remote.start(payload))

    def say(self, text: str) -> Message:
        """Send a text."""
        return self._background.do(self._remote.say(text))

    def send(self, **fields: Any) -> Message:
        """Send a message with any fields: sticker, photo, reply_to_message ..."""
        return self._background.do(self._remote.send(**fields))

    def send_media(self, kind: str, content: bytes, mime_type: str, *, name: str = "", caption: str = "") -> Message:
        """Send a photo, video, audio, voice or document that the bot can download."""
        return self._background.do(self._remote.send_media(kind, content, mime_type, name=name, caption=caption))

    def block(self) -> None:
        """Block the bot."""
        self._background.do(self._remote.block())

    def unblock(self) -> None:
        """Unblock the bot."""
        self._background.do(self._remote.unblock())

    def change(self, **details: Any) -> None:
        """Change first_name, last_name, username, language_code, known or deactivated."""
        self._background.do(self._remote.change(**details))

    def messages(self) -> list[Message]:
        """Return all messages of the chat as they are now, oldest first."""
        return self._background.do(self._remote.messages())


class Person(_PersonBase):
    """Somebody in a private chat with the bot."""

    def tap(self, button: str) -> Tap:
        """Tap the newest button whose data is `button`, or begins with it and a colon."""
        return Tap(self._background, self._background.do(self._remote.tap(button)))

    def tap_raw(self, message_id: int, data: str) -> Tap:
        """Tap with any data on any message, also one that is gone."""
        return Tap(self._background, self._background.do(self._remote.tap_raw(message_id, data)))

    async def expects(self, what: Expected | str = anything, timeout: float = TIMEOUT) -> Message:  # noqa: ASYNC109 - as above
        """Wait for a message of the bot that was not returned before.

        Raises:
            ExpectationError: it did not come in time; the words tell what did.
        """
        __tracebackhide__ = True
        wanted = _expected(what)
        return await self._background.wait(
            self._remote.expects(wanted.kind, text=wanted.text, button=wanted.button, timeout=timeout)
        )

    async def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, something that was not expected yet."""
        __tracebackhide__ = True
        await self._background.wait(self._remote.expects_nothing(wait))


class SyncPerson(_PersonBase):
    """Somebody in a private chat with the bot, in a test that is not async."""

    def tap(self, button: str) -> SyncTap:
        """Tap the newest button whose data is `button`, or begins with it and a colon."""
        return SyncTap(self._background, self._background.do(self._remote.tap(button)))

    def tap_raw(self, message_id: int, data: str) -> SyncTap:
        """Tap with any data on any message, also one that is gone."""
        return SyncTap(self._background, self._background.do(self._remote.tap_raw(message_id, data)))

    def expects(self, what: Expected | str = anything, timeout: float = TIMEOUT) -> Message:
        """Wait for a message of the bot that was not returned before.

        Raises:
            ExpectationError: it did not come in time; the words tell what did.
        """
        __tracebackhide__ = True
        wanted = _expected(what)
        waiting = self._remote.expects(wanted.kind, text=wanted.text, button=wanted.button, timeout=timeout)
        return self._background.do(waiting, timeout + PATIENCE)

    def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, something that was not expected yet."""
        __tracebackhide__ = True
        self._background.do(self._remote.expects_nothing(wait), wait + PATIENCE)


def _expected(what: Expected | str) -> Expected:
    return what if isinstance(what, Expected) else Expected(what)
