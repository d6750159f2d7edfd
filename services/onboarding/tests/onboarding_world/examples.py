"""One person's story by example: what they and Telegram do, and what onboarding orders then."""

from __future__ import annotations

from datetime import UTC, datetime

from lbc_contracts.ids import Step
from lbc_contracts.messages import Send
from lbc_onboarding.domain.decide import Decision, decide
from lbc_onboarding.domain.fsm import Signal, State
from lbc_onboarding.domain.inputs import Due, Ended, Input, Reported, Said, Tap, Written
from lbc_onboarding.domain.person import User
from onboarding_world.decided import BRAND, RULES, event_of


class Story:
    """One person; times are in seconds from 100."""

    def __init__(self) -> None:
        self.user: User | None = None
        self.number = 0
        self.last: Decision | None = None

    def take(self, what: Input) -> list[str]:
        self.number += 1
        now = datetime.fromtimestamp(10_000 + self.number, UTC)
        self.last = decide(self.user, event_of(f"e{self.number}", what), brand=BRAND, rules=RULES, now=now)
        self.user = self.last.user
        return [name(command) for command in self.last.commands]

    def writes(self, message_id: int, at: int, said: Said = Said.TEXT) -> list[str]:
        return self.take(Written(said, message_id, at, at * 1000))

    def taps(
        self, step: Step | None, at: int, session: int | None = 1, on: Step | None = None, message_id: int = 2
    ) -> list[str]:
        return self.take(Tap(step, at * 1000, session, on, message_id))

    def gets(self, step: Step, message_id: int, at: int, session: int = 1) -> list[str]:
        return self.take(Reported(Ended.DELIVERED, session, step, 1, at * 1000, message_id=message_id))

    def loses(self, step: Step, at: int, *, refused: bool = False, attempt: int = 1) -> list[str]:
        return self.take(Reported(Ended.FAILED, 1, step, attempt, at * 1000, refused))

    def unreachable(self, step: Step | None, at: int, attempt: int = 1) -> list[str]:
        return self.take(Reported(Ended.UNREACHABLE, 1, step, attempt, at * 1000, refused=True))

    def due(self, wake: int, at: int, attempt: int = 1, session: int = 1) -> list[str]:
        return self.take(Due(session, Step.VIDEO, attempt, wake, at * 1000))

    def signals(self) -> list[Signal]:
        assert self.last
        return list(self.last.signals)

    def away(self) -> bool:
        return self.user is not None and not self.user.reachable

    def is_at(self, state: State, *, pending: bool = False, session: int = 1) -> bool:
        assert self.user
        return (self.user.state, self.user.pending, self.user.session) == (state, pending, session)


def name(command: Send) -> str:
    return command.id.removeprefix("alba:7:") if command.step else command.content.kind


def at_video() -> Story:
    story = Story()
    story.writes(1, 100, Said.START)
    story.gets(Step.VIDEO, 2, 110)
    return story


def at_end() -> Story:
    story = at_video()
    story.gets(Step.GREETING, 3, 120)
    story.gets(Step.DONE, 4, 130)
    return story


def given_up(at: int = 300) -> Story:
    """Asked at 100 for the video, and given up after the last reminder."""
    story = Story()
    story.writes(1, 100, Said.START)
    for wake in range(RULES.max_wakes):
        assert story.due(wake, 150) == ["1:video:1"]
    assert story.due(RULES.max_wakes, at) == ["text"]
    assert story.is_at(State.NEW)
    return story
