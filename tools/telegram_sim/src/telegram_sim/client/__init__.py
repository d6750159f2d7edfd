"""The control API for tests: people as objects, waits that end when something happens.

    async with Sim("http://127.0.0.1:8081") as sim:
        alice = await sim.person(language="es")
        await alice.start("campaign")
        video = await alice.expects("video")
        tap = await alice.tap("play_audio")
        await tap.answered()

Every wait ends with `ExpectationError` after its `timeout` (real seconds), which tells what happened in the chat.
"""

from telegram_sim.client.errors import ExpectationError, SimError
from telegram_sim.client.expected import Expected, anything, audio, document, photo, text, video, voice
from telegram_sim.client.person import Person, Tap
from telegram_sim.client.shapes import MESSAGE_KINDS, Button, Message
from telegram_sim.client.sim import Sim

__all__ = [
    "MESSAGE_KINDS",
    "Button",
    "ExpectationError",
    "Expected",
    "Message",
    "Person",
    "Sim",
    "SimError",
    "Tap",
    "anything",
    "audio",
    "document",
    "photo",
    "text",
    "video",
    "voice",
]
