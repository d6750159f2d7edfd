"""How often a bot may send, set its webhook and meet a conflict, with a clock that jumps."""

import pytest

from telegram_sim.core.flood import MAX_CHATS, FloodLimits, WebhookFlood
from telegram_sim.core.updates.conflicts import Conflicts


def test_a_chat_gets_one_message_a_second() -> None:
    limits = FloodLimits()
    assert [limits.admit(1, at) for at in (100.0, 100.0, 100.9, 101.0, 101.0)] == [0, 1, 1, 0, 1]


def test_all_chats_together_get_thirty_messages_a_second() -> None:
    limits = FloodLimits()
    assert [limits.admit(chat, 100.0 + chat / 100) for chat in range(31)] == [*[0] * 30, 1]
    assert limits.admit(31, 101.0) == 0
    assert limits.admit(32, 101.0) == 1
    assert limits.admit(32, 101.01) == 0


def test_a_refusal_does_not_count() -> None:
    limits = FloodLimits()
    limits.admit(1, 100.0)
    for _ in range(40):
        assert limits.admit(1, 100.5) == 1
    assert limits.admit(1, 101.0) == 0
    assert limits.admit(2, 101.0) == 0


def test_who_was_written_to_longest_ago_is_forgotten_first() -> None:
    limits = FloodLimits()
    for chat in range(MAX_CHATS):
        limits.admit(chat, float(chat))
    assert limits.admit(0, float(MAX_CHATS)) == 0
    assert limits.admit(MAX_CHATS, MAX_CHATS + 0.5) == 0
    assert limits.admit(0, MAX_CHATS + 0.9) == 1


def test_one_webhook_a_second() -> None:
    flood = WebhookFlood()
    assert [flood.admit(at) for at in (0.0, 0.9, 1.0, 1.5, 2.0)] == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(("at", "wait"), [(0.0, 3.0), (2.9, 3.0), (3.0, 0.0)])
def test_conflicts_after_the_first_wait_three_seconds(at: float, wait: float) -> None:
    conflicts = Conflicts()
    assert conflicts.wait(0.0) == 0.0
    assert conflicts.wait(at) == wait
