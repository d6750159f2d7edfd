"""The table itself, and the document that is drawn from it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from lbc_contracts.ids import Step
from lbc_onboarding.domain.diagram import page
from lbc_onboarding.domain.fsm import (
    STEPS,
    TABLE,
    Effect,
    ImpossibleError,
    Position,
    Signal,
    State,
    move,
    positions,
    rows_for,
    state_after,
    step_after,
)

EVERYWHERE = list(product(positions(), Signal))


def test_there_are_fourteen_positions() -> None:
    assert len(list(positions())) == 14


@pytest.mark.parametrize(("position", "signal"), EVERYWHERE)
def test_at_most_one_row_fits(position: Position, signal: Signal) -> None:
    assert len(rows_for(position, signal)) <= 1


def test_every_row_is_of_use() -> None:
    assert {row for position, signal in EVERYWHERE for row in rows_for(position, signal)} == set(TABLE)


@pytest.mark.parametrize(("position", "signal"), EVERYWHERE)
def test_moves_keep_to_the_positions_that_exist(position: Position, signal: Signal) -> None:
    if not rows_for(position, signal):
        with pytest.raises(ImpossibleError):
            move(position, signal, Step.DONE)
        return
    after, effects = move(position, signal, Step.DONE)
    assert after in set(positions())
    if after.state < position.state:
        assert signal is Signal.RESTART
        assert Effect.NEW_SESSION in effects
    if not after.reachable:
        assert not any(effect.startswith("say") or effect in {Effect.ASK, Effect.REPLAY} for effect in effects)
    if Effect.ASK in effects:
        assert after.pending


@pytest.mark.parametrize(("position", "signal"), EVERYWHERE)
def test_whoever_begins_to_wait_within_reach_is_served_at_once(position: Position, signal: Signal) -> None:
    if not rows_for(position, signal):
        return
    after, effects = move(position, signal, Step.DONE)
    began = after.pending and after.reachable and not (position.pending and position.reachable)
    assert not began or Effect.ASK in effects


def test_a_delivered_step_may_skip_states_and_never_goes_back() -> None:
    ahead = Position(State.NEW, pending=True, reachable=True)
    assert move(ahead, Signal.DELIVERED, Step.GREETING)[0] == Position(State.TTS_SENT, pending=False, reachable=True)
    behind = Position(State.TTS_SENT, pending=False, reachable=True)
    with pytest.raises(ImpossibleError):
        move(behind, Signal.DELIVERED, Step.VIDEO)
    with pytest.raises(ImpossibleError):
        move(behind, Signal.DELIVERED)


def test_steps_and_states_name_each_other() -> None:
    assert [state_after(step) for step in STEPS] == [State.WELCOME_VIDEO_SENT, State.TTS_SENT, State.DONE]
    assert [step_after(state) for state in (State.NEW, State.WELCOME_VIDEO_SENT, State.TTS_SENT)] == list(STEPS)


def test_the_document_is_fresh() -> None:
    document = Path(__file__).parents[3] / "docs" / "fsm.md"
    assert document.read_text() == page(), "run: python -m lbc_onboarding.domain.diagram > docs/fsm.md"
