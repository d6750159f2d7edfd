"""Telegram as a test sees it: where the bot calls, who talks to it, what goes wrong."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Self, Unpack

from telegram_sim.client import Message
from telegram_sim.client.details import FailDetails, FaultDetails, PersonDetails, Wanted
from telegram_sim.core.types import Json
from telegram_sim.settings import Settings
from telegram_sim.testing.background import PATIENCE, Background, settings_of
from telegram_sim.testing.people import Person, SyncPerson


class _TelegramBase:
    def __init__(self, background: Background) -> None:
        self._background = background

    @classmethod
    @contextlib.contextmanager
    def running(cls, **settings: Any) -> Iterator[Self]:
        """Run a simulator for a block, with settings as the fixture takes them: for a bot that outlives a test.

        Raises:
            SettingsError: a setting that does not exist, or is out of its range.
        """
        with Background(settings_of(settings)) as background:
            yield cls(background)

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

    @property
    def timeout(self) -> float:
        """Real seconds that each wait lasts, 10 unless it is set: `telegram.timeout = 60` on a slow machine."""
        return self._background.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._background.timeout = seconds

    def fail(self, method: str, kind: str, *, times: int = 1, **details: Unpack[FailDetails]) -> None:
        """Let the next `times` calls of `method` ("*": any) go wrong: `fail("sendVideo", "429", retry_after=3)`."""
        self._background.do(self._background.sim.fail(method, kind, times=times, **details))

    def fault(self, kind: str, **details: Unpack[FaultDetails]) -> None:
        """Let something go wrong: `fault("late", update="message", seconds=60)`; see `client.Sim.fault`."""
        self._background.do(self._background.sim.fault(kind, **details))

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._background.do(self._background.sim.clear_faults())

    def switch(
        self,
        *,
        hold_updates: bool | None = None,
        duplicate_updates: bool | None = None,
        enforce_limits: bool | None = None,
    ) -> Json:
        """Turn switches on or off, and return all; None leaves one as it is."""
        turned = self._background.sim.switch(
            hold_updates=hold_updates, duplicate_updates=duplicate_updates, enforce_limits=enforce_limits
        )
        return self._background.do(turned)

    def held(self) -> list[int]:
        """Return the numbers of the updates that are held back, oldest first."""
        return self._background.do(self._background.sim.held())

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

    def record(self, *kinds: str, since: int = 0, **wanted: Unpack[Wanted]) -> list[Json]:
        """Return all that happened, of these kinds; `wanted` are chat_id, method, update_id and since."""
        return self._background.do(self._background.sim.entries(*kinds, since=since, **wanted))

    def reset(self) -> None:
        """Forget people, updates, faults and the record; keep the webhook and the files."""
        self._background.do(self._background.sim.reset())

    def content(self, message: Message) -> bytes:
        """Return the bytes of a message's medium, of a photo the largest."""
        return self._background.do(self._background.sim.content(message))

    def story(self) -> str:
        """Return what happened in all chats, as lines to read."""
        return self._background.do(self._background.sim.story())


class Telegram(_TelegramBase):
    """A simulator of its own for one test."""

    def person(self, name: str = "Alice", *, language: Any = "en", **details: Unpack[PersonDetails]) -> Person:
        """Create a person; `details` are person_id, username, last_name, known and deactivated."""
        sim = self._background.sim
        return Person(self._background, self._background.do(sim.person(name, language=language, **details)))

    async def idle(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - a test states its patience
        """Wait until no update is pending: the bot has taken all."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        await self._background.wait(self._background.sim.idle(patience), patience)

    async def wait_for(
        self,
        count: int,
        *kinds: str,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
        **wanted: Unpack[Wanted],
    ) -> list[Json]:
        """Wait until the record holds `count` entries of these kinds: `wait_for(2, "call", method="sendVideo")`."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        waiting = self._background.sim.wait_for(count, *kinds, timeout=patience, **wanted)
        return await self._background.wait(waiting, patience)


class SyncTelegram(_TelegramBase):
    """A simulator of its own for one test that is not async."""

    def person(self, name: str = "Alice", *, language: Any = "en", **details: Unpack[PersonDetails]) -> SyncPerson:
        """Create a person; `details` are person_id, username, last_name, known and deactivated."""
        sim = self._background.sim
        return SyncPerson(self._background, self._background.do(sim.person(name, language=language, **details)))

    def idle(self, timeout: float | None = None) -> None:
        """Wait until no update is pending: the bot has taken all."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        self._background.do(self._background.sim.idle(patience), patience + PATIENCE)

    def wait_for(self, count: int, *kinds: str, timeout: float | None = None, **wanted: Unpack[Wanted]) -> list[Json]:
        """Wait until the record holds `count` entries of these kinds: `wait_for(2, "call", method="sendVideo")`."""
        __tracebackhide__ = True
        patience = self._background.patience(timeout)
        waiting = self._background.sim.wait_for(count, *kinds, timeout=patience, **wanted)
        return self._background.do(waiting, patience + PATIENCE)
