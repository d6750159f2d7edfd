"""What a voice is called, in a brand pack and in the command that has something spoken."""

from typing import Annotated, Literal

from pydantic import StringConstraints

PollyEngine = Literal["neural", "standard", "long-form", "generative"]
"""Engines of Polly's SynthesizeSpeech; a voice has some of them."""

EspeakVoice = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,32}$")]
"""A voice of espeak-ng: a language tag in small letters, such as ``en-us`` or ``fr-be``."""
