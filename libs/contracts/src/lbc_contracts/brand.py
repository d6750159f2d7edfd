"""A brand pack as the services see it: texts, voices and media of one brand, a set for each language.

A `Brand` that exists is right: every language has all it needs, every text fits what Telegram takes, and its HTML
parses there (`lbc_contracts.brand_text`). Reading a pack from a folder is the runtime's part (`lbc_runtime.brand`).
"""

import html
import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from lbc_contracts.brand_text import MAX_NAME, Caption, Label, Message, Speech
from lbc_contracts.ids import Step
from lbc_contracts.voices import EspeakVoice, PollyEngine

_Each = TypeVar("_Each")

_MAX_LANGUAGE_CODE: Final = 35  # RFC 5646, 4.4.1: what a reader of tags must be able to hold
_LANGUAGE_CODE: Final = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE)


def _check_key(key: str) -> str:
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError("empty, . or .. between slashes")
    return key


Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
ObjectKey = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=255), AfterValidator(_check_key)
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Buttons(_Part):
    """Labels of the inline buttons, plain text."""

    button_play_audio: Label
    """Button: hear the greeting."""
    button_watch_video: Label
    """Button: watch the video (again)."""
    button_continue: Label
    """Button: go on to the end."""
    button_open_link: Label
    """Button: open what Telegram could not fetch."""
    button_again: Label
    """Button: send again."""
    button_delete_me: Label
    """Button below `delete_me`: yes, erase what is known about me."""
    language_name: Label
    """What the language calls itself, on the button that chooses it."""


class Texts(Buttons):
    """All a person can read or hear in one language.

    Captions and messages are HTML parse mode and may say `{name}` (see `fill`); speech, title and labels are plain.
    """

    video_caption: Caption
    """Below the welcome video."""
    greeting_speech: Speech
    """What the voice says; equal words are spoken once and cached for everybody."""
    greeting_caption: Caption
    """Beside the spoken greeting, and in its place when speech fails for good."""
    greeting_title: Label
    """What the audio player shows."""
    done: Message
    """The closing text; the links of the brand follow it, and in a loaded pack already stand below it."""
    done_again: Message
    """/start by someone who is done: says so and offers replays."""
    replays: Message
    """Any other message by someone who is done."""
    restarted: Message
    """/restart."""
    help: Message
    """/help; where there are several languages, a button for each stands below it."""
    privacy: Message
    """/privacy: what is kept, why and for how long, and how to be forgotten (/delete_me)."""
    delete_me: Message
    """/delete_me: what will happen; the button that confirms it stands below."""
    delete_filed: Message
    """The wish to be forgotten was filed, and will be carried out."""
    delete_filed_again: Message
    """The wish to be forgotten once more: it was filed already."""
    language_choose: Message
    """/language: asks for a choice; a button for each language stands below."""
    language_set: Message
    """A language was chosen, said in that language; a button that goes on from where the person is stands below."""
    video_later: Message
    """The video cannot be had now; it comes later."""
    greeting_later: Message
    """The spoken greeting cannot be had now; it comes later. Its words follow."""
    step_later: Message
    """Any other step cannot be had now; it comes later."""
    fallback_link: Message
    """Telegram could not fetch the media; a link button and "send again" stand beside it."""


class Voice(_Part):
    """Who speaks a language: Polly's engine, VoiceId and LanguageCode, and espeak's voice on machines without AWS."""

    engine: PollyEngine = "neural"
    """Polly's engine; it must be one that the voice has, and some languages have `standard` voices alone."""
    voice_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,32}$")]
    """Polly's voice, such as `Matthew`."""
    language_code: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}-[A-Z]{2,3}$")]
    """Language of Polly's voice, such as `en-US`."""
    espeak: EspeakVoice
    """espeak's voice, for machines without AWS, such as `en-us`."""


class Media(_Part):
    """The welcome video of one language: its object key in the assets bucket and a title for people."""

    welcome_video: ObjectKey
    """Object key in the assets bucket; `demo/welcome.en.mp4` is the file `media/welcome.en.mp4` of the pack `demo`."""
    title: Label
    """Title of the video, for people."""


class Limits(_Part):
    """The patience with which a person is treated; what is left out is as the deployment has it set."""

    ask_again_after: Annotated[float | None, Field(ge=1, le=86_400)] = None
    """Seconds, at least 1, that a step may take before it is asked for again; `LBC_STEP_DUE` where it is left out."""
    ask_again_growth: Annotated[float | None, Field(ge=1, le=10)] = None
    """By what each further wait is multiplied; `LBC_STEP_DUE_GROWTH` where it is left out."""
    ask_again_times: Annotated[int | None, Field(ge=0, le=20)] = None
    """How often a step is asked for again before the person is told that it comes later; else `LBC_MAX_WAKES`."""
    name_length: Annotated[int, Field(ge=1, le=MAX_NAME)] = MAX_NAME
    """Characters of a person's name that are shown."""


class Link(_Part):
    """A link below the closing text, with a label for each language."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"<>{}]+$", max_length=2048)]
    """Where the link leads."""
    label: Mapping[Language, Label]
    """What it is called, in each language."""

    def as_html(self, language: str) -> str:
        """The link as HTML parse mode has it; KeyError when the language has no label."""
        return f'<a href="{html.escape(self.url)}">{html.escape(self.label[language], quote=False)}</a>'


class Brand(_Part):
    """One brand in all its languages."""

    name: Label
    """The brand's name."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=32)]
    """Language subtags of BCP-47 (`en`, `es`); each needs a text file, media and a voice. `es` serves `es-MX` too."""
    default_language: Language
    """For people whose language is missing, malformed or not among ours; one of `languages`."""
    links: Annotated[tuple[Link, ...], Field(max_length=16)] = ()
    """Shown below the closing text, in this order."""
    steps: tuple[Step, ...] = tuple(Step)
    """What a person gets, in this order: `video` and `greeting` or one of them, then `done`; for new sessions."""
    media: Mapping[Language, Media]
    """Media by language."""
    voices: Mapping[Language, Voice]
    """Voices by language."""
    limits: Limits = Limits()
    """How patient the bot is, and how much of a name it shows."""
    texts: Mapping[Language, Texts]
    """Texts by language, each from `texts/<language>.yaml`."""

    @field_validator("languages")
    @classmethod
    def _once_each(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) != len(languages):
            raise ValueError("a language is listed twice")
        return languages

    @field_validator("steps")
    @classmethod
    def _steps_lead_to_the_end(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        if len(set(steps)) != len(steps):
            raise ValueError("a step is listed twice")
        if steps[-1:] != (Step.DONE,):
            raise ValueError("must end with done")
        if len(steps) == 1:
            raise ValueError("nothing comes before done")
        return steps

    @field_validator("default_language")
    @classmethod
    def _default_is_listed(cls, language: str, info: ValidationInfo) -> str:
        listed = info.data.get("languages")
        if listed is not None and language not in listed:
            raise ValueError(f"{language} is not in languages")
        return language

    @field_validator("links")
    @classmethod
    def _links_are_complete(cls, links: tuple[Link, ...], info: ValidationInfo) -> tuple[Link, ...]:
        for link in links:
            _require_languages(link.label, info)
        return links

    @field_validator("media", "voices", "texts")
    @classmethod
    def _sets_are_complete(cls, by_language: Mapping[str, _Each], info: ValidationInfo) -> Mapping[str, _Each]:
        _require_languages(by_language, info)
        return by_language

    def language_for(self, language_code: str | None) -> str:
        """The pack's language for what Telegram says of a person; the default for what is missing or makes no sense.

        Only the language subtag counts (`es-MX` and `ES_419` are `es`). Any string of any length is safe.
        """
        if not language_code or len(language_code) > _MAX_LANGUAGE_CODE:
            return self.default_language
        match = _LANGUAGE_CODE.fullmatch(language_code)
        language = match[1].lower() if match else self.default_language
        return language if language in self.languages else self.default_language

    def texts_for(self, language_code: str | None) -> Texts:
        """Texts for a person's language code, see `language_for`."""
        return self.texts[self.language_for(language_code)]

    def media_for(self, language_code: str | None) -> Media:
        """Media for a person's language code, see `language_for`."""
        return self.media[self.language_for(language_code)]

    def voice_for(self, language_code: str | None) -> Voice:
        """The voice for a person's language code, see `language_for`."""
        return self.voices[self.language_for(language_code)]


def _require_languages(by_language: Mapping[str, object], info: ValidationInfo) -> None:
    """Compare with the languages listed, unless those were wrong themselves and are reported already."""
    listed = info.data.get("languages")
    if listed is None:
        return
    problems = [f"{language} is missing" for language in listed if language not in by_language]
    problems += [f"{language} is not in languages" for language in by_language if language not in listed]
    if problems:
        raise PydanticCustomError("languages", "{problems}", {"problems": "; ".join(problems)})
