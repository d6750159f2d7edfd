"""The name of a piece of speech, from everything that changes how it sounds, and from nothing else."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from lbc_contracts.messages import Speech

CONTENT_TYPE: Final = "audio/mpeg"
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class SpeechRefusedError(Exception):
    """These words will never be spoken by this voice: asking again is of no use.

    Attributes:
        reason: a short code, safe to log and to count.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def speech_key(bot: str, engine: str, speech: Speech) -> str:
    """Key in the tts bucket: equal for equal greetings of a bot, so that each is made once.

    Args:
        bot: whose greeting it is.
        engine: what speaks, by the name it goes by for this speech.
        speech: what is said.

    Raises:
        SpeechRefusedError: a language or voice that cannot be one, and would not be safe in a key.
    """
    names = (("language-unknown", speech.language), ("voice-unknown", speech.voice), ("voice-unknown", engine))
    for reason, name in names:
        if not _NAME.fullmatch(name):
            raise SpeechRefusedError(reason, f"{name[:64]!r} is not a name of one")
    words = hashlib.sha256(speech.words.encode()).hexdigest()
    return f"{bot}/{speech.language}/{speech.voice}/{engine}/{words}.mp3"
