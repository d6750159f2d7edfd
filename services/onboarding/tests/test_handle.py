"""A message from its arrival to its publishes, on both stores."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from onboarding_world.edges import (
    NOON,
    NOON_S,
    MovingClock,
    Outbox,
    coming,
    delivered,
    member,
    onboarding,
    tapped,
    update,
    written,
)
from onboarding_world.talk import Bot

from lbc_contracts import topology
from lbc_contracts.ids import Step
from lbc_contracts.messages import OutcomeKind, Speech, StepDue, Text, Video
from lbc_onboarding.adapters.memory import MemoryStore
from lbc_onboarding.app.handle import MAX_READS
from lbc_onboarding.app.ports import Moved
from lbc_onboarding.domain.fsm import State
from lbc_runtime.errors import DependencyDown, Invalid, Transient


async def test_a_person_comes_to_the_end(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start ref_ana")
    video, queue = outbox.published[-1]
    assert queue is topology.MEDIA
    assert isinstance(outbox.last().content, Video)
    assert video.id == f"{talk.name}:7:1:video:1"
    await talk.deliver()
    await talk.send(tapped("play_audio:1:v", "cb1"))
    assert outbox.published[-1][1] is topology.TTS
    assert isinstance(outbox.last().content, Speech)
    await talk.deliver()
    await talk.send(tapped("continue:1:g", "cb2", message_id=talk.message_id))
    assert outbox.published[-1][1] is topology.DELIVERY
    assert isinstance(outbox.last().content, Text)
    await talk.deliver()
    user = await talk.user()
    assert user.state is State.DONE
    assert not user.pending
    assert user.due_at is None
    assert user.first_touch.referrer == "ana"
    assert len(outbox.published) == 3
    assert talk.meter.counts["step", Step.DONE, "delivered"] == 1
    assert talk.meter.counts["touch", "unverified"] == 1


async def test_start_goes_on_from_each_state_and_says_so_at_the_end(talk: Bot, outbox: Outbox) -> None:
    for step in Step:
        await talk.write("/start")
        assert outbox.last().step is step
        await talk.deliver()
    await talk.write("/start")
    assert outbox.last().step is None
    assert [row[0].data for row in outbox.last().content.buttons] == ["watch_video:1:r", "play_audio:1:r"]
    await talk.write("what now?")
    assert outbox.last().step is None


async def test_an_event_that_comes_again_publishes_the_same_again_and_changes_nothing(
    talk: Bot, outbox: Outbox
) -> None:
    first = coming(update(talk.name, 1, written("/start", 1)))
    await talk.onboarding.handle(first)
    user = await talk.user()
    before = list(outbox.published)
    await talk.onboarding.handle(first)
    assert outbox.published == before * 2
    assert await talk.user() == user
    assert talk.meter.counts["event", "start", "repeated"] == 1


async def test_the_same_press_under_another_update_is_one_event(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    await talk.deliver()
    await talk.send(tapped("watch_video:1:v", "cb"))
    await talk.send(tapped("watch_video:1:v", "cb"))
    replays = [send.id for send in outbox.sends if send.step is None]
    assert replays == [f"{talk.name}:callback:cb/1"] * 2


async def test_a_publish_that_failed_is_made_up_for_by_the_retry(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    await talk.deliver()
    restart = coming(update(talk.name, 90, written("/restart", 50), talk.clock.now()))
    outbox.fail_at = len(outbox.published) + 2
    with pytest.raises(DependencyDown):
        await talk.onboarding.handle(restart)
    half = len(outbox.published)
    await talk.onboarding.handle(restart)
    assert [send.id for send in outbox.sends[half:]] == [f"{talk.name}:update:90/1", f"{talk.name}:7:2:video:1"]
    assert (await talk.user()).session == 2


async def test_several_workers_with_one_update_cause_one_effect(talk: Bot, outbox: Outbox) -> None:
    incoming = coming(update(talk.name, 1, written("/start", 1)))
    workers = [onboarding(talk.name, talk.store, outbox, MovingClock()) for _ in range(6)]
    await asyncio.gather(*(worker.handle(incoming) for worker in workers))
    assert outbox.ids == {f"{talk.name}:7:1:video:1"}
    assert (await talk.user()).version == 1


async def test_several_workers_with_inputs_of_one_person_lose_none(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    await talk.deliver()
    bodies = [tapped("play_audio:1:v", "a"), tapped("watch_video:1:v", "b"), written("hello", 9)]
    messages = [coming(update(talk.name, 50 + n, body, NOON + timedelta(hours=1))) for n, body in enumerate(bodies)]
    workers = [onboarding(talk.name, talk.store, outbox, MovingClock()) for _ in messages]
    await asyncio.gather(*(worker.handle(message) for worker, message in zip(workers, messages, strict=True)))
    assert f"{talk.name}:7:1:greeting:1" in outbox.ids
    assert f"{talk.name}:callback:b/1" in outbox.ids
    assert (await talk.user()).version == 5


async def test_a_person_who_never_stands_still_is_transient(bot: str, outbox: Outbox) -> None:
    class Restless(MemoryStore):
        reads = 0

        async def load(self, bot: str, user_id: int) -> Any:
            self.reads += 1
            return await super().load(bot, user_id)

        async def commit(self, *_: object) -> Moved:
            return Moved()

    store = Restless()
    with pytest.raises(Transient):
        await Bot(bot, store, outbox).write("/start")
    assert store.reads == MAX_READS
    assert not outbox.published


async def test_blocking_and_coming_back_asks_under_a_new_attempt(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    await talk.send(member("kicked", NOON_S + 100))
    assert not (await talk.user()).reachable
    await talk.fail(OutcomeKind.UNREACHABLE, refused=True)
    assert (await talk.user()).due_at is None
    published = len(outbox.published)
    await talk.send(member("member", NOON_S + 200))
    assert len(outbox.published) == published + 1
    assert outbox.last().id == f"{talk.name}:7:1:video:2"


async def test_a_missing_video_is_said_and_comes_after_a_redrive(talk: Bot, outbox: Outbox) -> None:
    await talk.write("/start")
    video = outbox.last()
    await talk.fail()
    said = outbox.last()
    assert said.step is None
    assert said.content.buttons[0][0].data == "watch_video:1:r"
    assert not (await talk.user()).pending
    await talk.send(tapped("watch_video:1:r", "again", message_id=5))
    assert outbox.last().id == video.id
    outcome = delivered(video, 9, talk.clock.now())
    await talk.onboarding.handle(coming(outcome, topology.OUTCOMES))
    assert (await talk.user()).state is State.WELCOME_VIDEO_SENT


async def test_without_a_voice_the_words_come_and_the_way_goes_on(quick: Bot, outbox: Outbox) -> None:
    await quick.write("/start")
    await quick.deliver()
    await quick.write("next")
    await quick.fail()
    content = outbox.last().content
    assert isinstance(content, Text)
    assert "Alba means dawn" in content.html
    assert [row[0].data for row in content.buttons] == ["play_audio:1:r", "continue:1:g"]
    await quick.send(tapped("continue:1:g", "go", message_id=quick.next_id()))
    assert outbox.last().step is Step.DONE


async def test_an_overdue_step_is_asked_for_again_and_given_up_in_the_end(quick: Bot, outbox: Outbox) -> None:
    await quick.write("/start")
    waits = []
    for wake in range(3):
        user = await quick.user()
        waits.append(user.due_at - quick.clock.time.timestamp() * 1000)
        due = StepDue(
            id=f"{quick.name}:7:1:video:1:due:{wake}",
            correlation_id="c",
            time=quick.clock.now(),
            bot=quick.name,
            user_id=7,
            session=1,
            step=Step.VIDEO,
            attempt=1,
            wake=wake,
        )
        await quick.onboarding.handle(coming(due, topology.DUE))
    assert [round(wait / 1000) for wait in waits] == [60, 120, 240]
    assert [send.id for send in outbox.sends if send.step] == [f"{quick.name}:7:1:video:1"] * 3
    assert outbox.last().step is None
    user = await quick.user()
    assert (user.pending, user.attempt, user.due_at) == (False, 2, None)
    assert quick.meter.counts["given_up", Step.VIDEO] == 1
    await quick.write("hello?")
    assert outbox.last().id == f"{quick.name}:7:1:video:2"


async def test_a_reminder_that_does_not_fit_is_only_recorded(quick: Bot, outbox: Outbox) -> None:
    await quick.write("/start")
    await quick.deliver()
    due = StepDue(
        id="d", correlation_id="c", time=NOON, bot=quick.name, user_id=7, session=1, step=Step.VIDEO, attempt=1, wake=0
    )
    await quick.onboarding.handle(coming(due, topology.DUE))
    assert len(outbox.published) == 1
    assert quick.meter.counts["event", "due", "recorded"] == 1


async def test_each_look_of_the_sweeper_is_an_event_of_its_own(quick: Bot, outbox: Outbox) -> None:
    await quick.write("/start")
    first = StepDue(
        id="d", correlation_id="c", time=NOON, bot=quick.name, user_id=7, session=1, step=Step.VIDEO, attempt=1, wake=0
    )
    for look in (first, first, first.model_copy(update={"time": NOON + timedelta(seconds=2)})):
        await quick.onboarding.handle(coming(look, topology.DUE))
    assert [quick.meter.counts["event", "due", result] for result in ("applied", "repeated", "recorded")] == [1, 1, 1]
    assert len(outbox.published) == 3


@pytest.mark.parametrize("body", [b"{", b'"text"', b'{"message": 1}', b'{"message": {"chat": {"type": "private"}}}'])
async def test_what_is_not_understood_is_invalid(quick: Bot, body: bytes) -> None:
    with pytest.raises(Invalid):
        await quick.send(body)
    assert quick.meter.counts["event", "update", "not-understood"] == 1


async def test_what_is_of_no_use_is_counted_and_done(quick: Bot, outbox: Outbox) -> None:
    await quick.send({"poll": {}})
    await quick.write("/start", chat={"id": -5, "type": "group"})
    assert quick.meter.counts["event", "update", "ignored-kind"] == 1
    assert quick.meter.counts["event", "update", "ignored-not_private"] == 1
    assert not outbox.published
    assert await quick.user() is None


async def test_another_bots_message_is_invalid(quick: Bot) -> None:
    with pytest.raises(Invalid, match="foreign-bot"):
        await quick.onboarding.handle(coming(update("someone_else", 1, written("/start", 1))))


async def test_a_command_has_no_business_here(quick: Bot, outbox: Outbox) -> None:
    await quick.write("/start")
    with pytest.raises(Invalid, match="unexpected"):
        await quick.onboarding.handle(coming(outbox.last()))


async def test_an_outcome_for_nobody_is_recorded(quick: Bot, bot: str, outbox: Outbox) -> None:
    await quick.write("/start")
    command = outbox.last().model_copy(update={"user_id": 8})
    await quick.onboarding.handle(coming(delivered(command, 3, datetime.now(UTC)), topology.OUTCOMES))
    assert await quick.store.load(bot, 8) is None
    assert quick.meter.counts["event", "delivered", "recorded"] == 1
