"""Telegram as a test sees it: where the bot calls, who talks to it, what goes wrong."""

from collections.abc import Sequence
from typing import Any

from telegram_sim.client import Person as RemotePerson
from telegram_sim.core.types import Json
from telegram_sim.settings import Settings
from telegram_sim.testing.background import PATIENCE, Background
from telegram_sim.testing.people import TIMEOUT, Person, SyncPerson


class _TelegramBase:
    def __init__(self, background: Background) -> None:
        self._background = background

    @property
    def url(self) -> str:
        """What to use in place of https://api.telegram.org; the chat page is there too."""
        return self._background.url

    @property
    def token(self) -> str:
        """The bot's token."""
        return self._background.settings.token

    @property
    def settings(self) -> Settings:
        """All settings."""
        return self._background.settings

    def fail(self, method: str, kind: str, *, times: int = 1, **details: Any) -> None:
        """Let the next `times` calls of `method` ("*": any) go wrong: `fail("sendVideo", "429", retry_after=3)`."""
        self._background.do(self._background.sim.fail(method, kind, times=times, **details))

    def fault(self, kind: str, **details: Any) -> None:
        """Let something go wrong: `fault("late", update="message", seconds=60)`; see `client.Sim.fault`."""
        self._background.do(self._background.sim.fault(kind, **details))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._background.do(self._background.sim.clear_faults())

    def switch(self, **switches: bool) -> Json:
        """Turn hold_updates, duplicate_updates or enforce_limits on or off."""
        return self._background.do(self._background.sim.switch(**switches))

    def release(self, order: Sequence[int] | None = None, *, shuffle: bool = False) -> list[int]:
        """Deliver what is held back, one update after another; returns the order."""
        return self._background.do(self._background.sim.release(order, shuffle=shuffle))

    def advance(self, *, seconds: float = 0.0, hours: float = 0.0, days: float = 0.0) -> None:
        """Put Telegram's clock forward: what would be due by then is due now."""
        self._background.do(self._background.sim.advance(seconds=seconds, hours=hours, days=days))

    def update(self, update: Json, *, number: bool = True) -> int | None:
        """Queue any object as an update; returns its number."""
        return self._background.do(self._background.sim.update(update, number=number))

    def calls(self, method: str | None = None) -> list[Json]:
        """Return the calls of a method, or all, oldest first."""
        return self._background.do(self._background.sim.calls(method))

    def record(self, *kinds: str, **wanted: Any) -> list[Json]:
        """Return what happened, by kind, chat_id or method."""
        return self._background.do(self._background.sim.record(*kinds, **wanted))[0]

    def story(self) -> str:
        """Return what happened in all chats, as lines to read."""
        return self._background.do(self._background.sim.story())

    def _person(self, name: str, language: Any, details: Json) -> RemotePerson:
        return self._background.do(self._background.sim.person(name, language=language, **details))


class Telegram(_TelegramBase):
    """A simulator of its own for one test."""

    def person(self, name: str = "Alice", *, language: Any = "en", **details: Any) -> Person:
        """Create a person; `details` are person_id, username, last_name, known and deactivated."""
        return Person(self._background, self._person(name, language, details))

    async def idle(self, timeout: float = TIMEOUT) -> None:  # noqa: ASYNC109 - a test states its patience
        """Wait until no update is pending."""
        __tracebackhide__ = True
        await self._background.wait(self._background.sim.idle(timeout))


class SyncTelegram(_TelegramBase):
    """A simulator of its own for one test that is not async."""

    def person(self, name: str = "Alice", *, language: Any = "en", **details: Any) -> SyncPerson:
        """Create a person; `details` are person_id, username, last_name, known and deactivated."""
        return SyncPerson(self._background, self._person(name, language, details))

    def idle(self, timeout: float = TIMEOUT) -> None:
        """Wait until no update is pending."""
        __tracebackhide__ = True
        self._background.do(self._background.sim.idle(timeout), timeout + PATIENCE)
