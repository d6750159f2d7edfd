"""Identifiers, derived and never drawn, so that doing a thing again names it the same.

Every key begins with the bot: two bots can share a deployment.
"""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """A part of the conversation that a person receives, in the order of the journey."""

    VIDEO = "video"
    GREETING = "greeting"
    DONE = "done"


def user_key(bot: str, user_id: int) -> str:
    """Key of a person in the users table."""
    return f"{bot}:telegram_{user_id}"


def session_key(bot: str, user_id: int, session: int) -> str:
    """Key of one run through the conversation in the sessions table."""
    return f"{bot}:{user_id}:{session}"


def command_key(bot: str, user_id: int, session: int, step: Step, attempt: int) -> str:
    """Idempotency key of a step: the same each time that the step is asked for, until an attempt is refused."""
    return f"{bot}:{user_id}:{session}:{step}:{attempt}"


def reply_key(event_id: str, number: int) -> str:
    """Idempotency key of the ``number``-th message that answers an event without being a step."""
    return f"{event_id}/{number}"


def update_event(bot: str, update_id: int) -> str:
    """Event of an update that carries no better identity."""
    return f"{bot}:update:{update_id}"


def callback_event(bot: str, callback_id: str) -> str:
    """Event of a pressed button: the same press may come again under another update id (tdlib#699)."""
    return f"{bot}:callback:{callback_id}"


def due_event(command_id: str, wake: int) -> str:
    """Event of the ``wake``-th reminder that a command is overdue."""
    return f"{command_id}:due:{wake}"


def resend_order(command_id: str) -> str:
    """An operator's order to give a command's attempt up and to send the step under the next one."""
    return f"{command_id}:resend"


def reset_order(session_id: str, version: int) -> str:
    """An operator's order to begin anew, about a person whose row they saw in that version."""
    return f"{session_id}:reset:{version}"
