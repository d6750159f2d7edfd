"""People as a test writes of them: what they do is done at once, what they expect is waited for.

`Person` and `SyncPerson` say the same twice, with and without async, since only so a type checker knows which waits.
"""

from typing import Any, Unpack

from telegram_sim.client import Expected, Message, anything
from telegram_sim.client import Person as RemotePerson
from telegram_sim.client import Tap as RemoteTap
from telegram_sim.client.details import Changes
from telegram_sim.core.types import Json
from telegram_sim.testing.background import PATIENCE, Background


class _TapBase:
    def __init__(self, background: Background, remote: RemoteTap) -> None:
        self._background = background
        self._remote = remote
        self.data: str = remote.data
        self.message_id: int = remote.message_id


class Tap(_TapBase):
    """A tap whose spinner turns until the bot answers."""

    async def answered(self, timeout: float | None = None) -> Json:  # noqa: ASYNC109 - a test states its patience
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return await self._background.wait(self._remote.answered(patience), patience)


class SyncTap(_TapBase):
    """A tap, in a test that is not async."""

    def answered(self, timeout: float | None = None) -> Json:
        """Wait for answerCallbackQuery; returns its text, show_alert and url."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return self._background.do(self._remote.answered(patience), patience + PATIENCE)


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

    def change(self, **details: Unpack[Changes]) -> None:
        """Change first_name, last_name, username, language_code, known or deactivated."""
        self._background.do(self._remote.change(**details))

    def transcript(self) -> list[Json]:
        """Return messages, edits, chat actions, taps and their answers in order, as entries of the record."""
        return self._background.do(self._remote.transcript())

    def messages(self) -> list[Message]:
        """Return all messages of the chat as they are now, oldest first."""
        return self._background.do(self._remote.messages())


class Person(_PersonBase):
    """Somebody in a private chat with the bot."""

    def tap(self, button: str, on: Message | None = None) -> Tap:
        """Tap the newest button of that data, whose data begins with it and a colon, or that shows `button`.

        With `on` it is a button of that message as the person saw it, which may have changed or gone since.
        """
        __tracebackhide__ = True
        return Tap(self._background, self._background.do(self._remote.tap(button, on)))

    def tap_raw(self, message_id: int, data: str) -> Tap:
        """Tap with any data on any message, also one that is gone."""
        return Tap(self._background, self._background.do(self._remote.tap_raw(message_id, data)))

    async def expects(self, what: Expected | str = anything, timeout: float | None = None) -> Message:  # noqa: ASYNC109 - as above
        """Wait for a message of the bot that was not returned before, the oldest that is as expected.

        Others that came before it are not lost: they can be expected later, and `expects_nothing` fails until then.

        Raises:
            ExpectationError: it did not come in time; the words tell what did.
        """
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return await self._background.wait(self._remote.expects(what, timeout=patience), patience)

    async def expects_edit(self, what: Expected | str = anything, timeout: float | None = None) -> Message:  # noqa: ASYNC109 - as above
        """Wait until the bot has changed a message so that it is as expected; the rest is as with `expects`."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return await self._background.wait(self._remote.expects_edit(what, timeout=patience), patience)

    async def expects_deletion(self, message: Message, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        """Wait until the bot has deleted that message."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        await self._background.wait(self._remote.expects_deletion(message, patience), patience)

    async def expects_action(self, action: str = "", timeout: float | None = None) -> str:  # noqa: ASYNC109 - as above
        """Wait for a chat action of the bot ("": any) that was not returned before: "typing", "upload_video" ..."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return await self._background.wait(self._remote.expects_action(action, patience), patience)

    async def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, a message that was not expected yet.

        After `telegram.idle()`, with a bot that works before it answers, `wait=0` is enough.
        """
        __tracebackhide__ = True
        await self._background.wait(self._remote.expects_nothing(wait), wait)


class SyncPerson(_PersonBase):
    """Somebody in a private chat with the bot, in a test that is not async."""

    def tap(self, button: str, on: Message | None = None) -> SyncTap:
        """Tap the newest button of that data, whose data begins with it and a colon, or that shows `button`.

        With `on` it is a button of that message as the person saw it, which may have changed or gone since.
        """
        __tracebackhide__ = True
        return SyncTap(self._background, self._background.do(self._remote.tap(button, on)))

    def tap_raw(self, message_id: int, data: str) -> SyncTap:
        """Tap with any data on any message, also one that is gone."""
        return SyncTap(self._background, self._background.do(self._remote.tap_raw(message_id, data)))

    def expects(self, what: Expected | str = anything, timeout: float | None = None) -> Message:
        """Wait for a message of the bot that was not returned before, the oldest that is as expected.

        Others that came before it are not lost: they can be expected later, and `expects_nothing` fails until then.

        Raises:
            ExpectationError: it did not come in time; the words tell what did.
        """
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return self._background.do(self._remote.expects(what, timeout=patience), patience + PATIENCE)

    def expects_edit(self, what: Expected | str = anything, timeout: float | None = None) -> Message:
        """Wait until the bot has changed a message so that it is as expected; the rest is as with `expects`."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return self._background.do(self._remote.expects_edit(what, timeout=patience), patience + PATIENCE)

    def expects_deletion(self, message: Message, timeout: float | None = None) -> None:
        """Wait until the bot has deleted that message."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        self._background.do(self._remote.expects_deletion(message, patience), patience + PATIENCE)

    def expects_action(self, action: str = "", timeout: float | None = None) -> str:
        """Wait for a chat action of the bot ("": any) that was not returned before: "typing", "upload_video" ..."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        return self._background.do(self._remote.expects_action(action, patience), patience + PATIENCE)

    def expects_nothing(self, wait: float = 0.5) -> None:
        """Fail if the bot has sent, or sends within `wait` seconds, a message that was not expected yet.

        After `telegram.idle()`, with a bot that works before it answers, `wait=0` is enough.
        """
        __tracebackhide__ = True
        self._background.do(self._remote.expects_nothing(wait), wait + PATIENCE)
