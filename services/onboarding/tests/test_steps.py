"""The order of the steps is the pack's: which come, in what order, and what that means for who is on the way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from onboarding_world.decided import BRAND, ORDERS, RULES, event_of

from lbc_contracts.ids import Step
from lbc_onboarding.domain.decide import Decision, decide
from lbc_onboarding.domain.fsm import State, Steps
from lbc_onboarding.domain.inputs import Ended, Input, Reported, Said, Tap, Written
from lbc_onboarding.domain.person import User

V, G, D = Step.VIDEO, Step.GREETING, Step.DONE
STATES = {V: State.WELCOME_VIDEO_SENT, G: State.TTS_SENT, D: State.DONE}
NAMES = {V: "watch_video", G: "play_audio", D: "continue"}


class Story:
    """One person, served from packs whose steps may change."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.user: User | None = None
        self.now = 1_790_000_000_000
        self.message_id = 0
        self.last = Decision(None)

    def take(self, what: Input) -> Decision:
        brand = BRAND.model_copy(update={"steps": self.steps})
        moment = datetime.fromtimestamp(self.now / 1000, UTC)
        self.last = decide(self.user, event_of(f"e{self.now}", what), brand=brand, rules=RULES, now=moment)
        self.user = self.last.user
        return self.last

    def tick(self) -> int:
        self.now += 1000
        self.message_id += 1
        return self.message_id

    def say(self, said: Said = Said.START) -> Decision:
        return self.take(Written(said, self.tick(), self.now // 1000, self.now))

    def tap(self, step: Step | None, on: Step | None = None) -> Decision:
        self.tick()
        return self.take(Tap(step, self.now, self.known.session, on, self.message_id))

    def deliver(self) -> Decision:
        user, message_id = self.known, self.tick()
        report = Reported(Ended.DELIVERED, user.session, user.next_step, user.attempt, self.now, message_id=message_id)
        return self.take(report)

    @property
    def known(self) -> User:
        assert self.user
        return self.user

    def buttons(self) -> list[str]:
        (command,) = self.last.commands
        return [(button.data or "").split(":")[0] for row in command.content.buttons for button in row]


@pytest.mark.parametrize("steps", ORDERS)
def test_everybody_gets_the_steps_of_the_pack_in_its_order(steps: Steps) -> None:
    story = Story(steps)
    for number, step in enumerate(steps):
        assert story.say().asked is step
        others = steps[:-1] if step is D else (steps[number + 1], step)
        assert story.buttons() == [NAMES[other] for other in others]
        assert story.deliver().arrived is step
        assert (story.known.state, story.known.had) == (STATES[step], number + 1)
    story.say()
    assert story.buttons() == [NAMES[step] for step in steps[:-1]]
    assert not story.known.pending


@pytest.mark.parametrize("steps", ORDERS)
def test_a_new_order_counts_from_the_next_session(steps: Steps) -> None:
    story = Story((V, G, D))
    story.say()
    story.deliver()
    story.steps = steps
    assert story.say().asked is G
    assert story.known.steps == (V, G, D)
    story.deliver()
    assert story.say(Said.RESTART).asked is steps[0]
    assert story.known.steps == steps
    assert [command.step for command in story.last.commands] == [None, steps[0]]


@pytest.mark.parametrize(("steps", "left_out"), [((V, D), G), ((G, D), V)])
def test_a_button_of_a_step_that_is_left_out_leads_on(steps: Steps, left_out: Step) -> None:
    story = Story(steps)
    story.say()
    story.deliver()
    assert story.tap(left_out).asked is D
    assert story.known.state is STATES[steps[0]]
    story.deliver()
    story.tap(left_out)
    assert story.buttons() == [NAMES[steps[0]]]


@pytest.mark.parametrize(("steps", "left_out"), [((V, D), G), ((G, D), V)])
def test_no_client_can_prove_a_step_that_is_left_out(steps: Steps, left_out: Step) -> None:
    story = Story(steps)
    story.say()
    story.tap(D, on=left_out)
    assert story.known.state is State.NEW
    story.take(Reported(Ended.DELIVERED, 1, left_out, 1, story.now, message_id=story.tick()))
    assert story.known.state is State.NEW
    assert story.known.pending


def test_a_tap_may_skip_in_the_order_of_the_pack_alone() -> None:
    story = Story((G, V, D))
    story.say()
    story.tap(D, on=V)
    assert (story.known.state, story.known.had) == (State.WELCOME_VIDEO_SENT, 2)
    story.take(Reported(Ended.DELIVERED, 1, G, 1, story.now, message_id=story.tick()))
    assert story.known.state is State.WELCOME_VIDEO_SENT
    assert story.known.has(G)


def test_words_in_place_of_the_voice_lead_to_what_is_next() -> None:
    story = Story((G, V, D))
    story.say()
    story.take(Reported(Ended.FAILED, 1, G, 1, story.now + 1))
    assert story.buttons() == ["play_audio", "watch_video"]
