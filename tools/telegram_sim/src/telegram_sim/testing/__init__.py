"""Telegram inside a test, async or not; the fixtures `telegram` and `telegram_sync` give it.

    from telegram_sim.testing import audio, video

    async def test_the_greeting_follows_the_video(telegram, my_bot):
        alice = telegram.person(language="es")
        alice.start("campaign-7")
        await alice.expects(video.with_button("play_audio"))
        tap = alice.tap("play_audio")
        await tap.answered()
        await alice.expects(audio)

What a person does is a plain call, since it is done at once. What has to be waited for is awaited, or is a plain call
too with `telegram_sync`.
"""

from telegram_sim.client import (
    Button,
    ExpectationError,
    Expected,
    Message,
    SimError,
    anything,
    audio,
    document,
    photo,
    text,
    video,
    voice,
)
from telegram_sim.testing.people import Person, SyncPerson, SyncTap, Tap
from telegram_sim.testing.telegram import SyncTelegram, Telegram

__all__ = [
    "Button",
    "ExpectationError",
    "Expected",
    "Message",
    "Person",
    "SimError",
    "SyncPerson",
    "SyncTap",
    "SyncTelegram",
    "Tap",
    "Telegram",
    "anything",
    "audio",
    "document",
    "photo",
    "text",
    "video",
    "voice",
]
