"""A brand pack as the services see it: texts, voices and media of one brand, a set for each language.

A `Brand` that exists is right: every language has all it needs, every text fits what Telegram takes, and its HTML
parses there. Reading a pack from a folder is the runtime's part (`lbc_runtime.brand`). Limits are those of Bot API
10.3 and of Polly's SynthesizeSpeech.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from lbc_contracts.ids import Step

_Each = TypeVar("_Each")

MAX_CAPTION: Final = 1024
MAX_MESSAGE: Final = 4096
MAX_NAME: Final = 64
"""Characters of a person's name that a text takes in; Telegram's own clients accept as many for a first name."""

_MAX_LANGUAGE_CODE: Final = 35  # RFC 5646, 4.4.1: what a reader of tags must be able to hold
_LANGUAGE_CODE: Final = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8})*", re.ASCII | re.IGNORECASE)
_BRACES: Final = re.compile(r"\{[^{}]*\}|[{}]")
_TAG: Final = re.compile(r"<(/?)([a-z][a-z0-9-]*)((?:\s+[a-z-]+(?:=\"[^\"<>]*\")?)*)\s*>", re.ASCII)
_ENTITY: Final = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_BARE_TAGS: Final = frozenset(
    ("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "code", "pre", "blockquote")
)
_TAGS_WITH: Final = {
    "a": re.compile(r'\s+href="(?:https?|tg|mailto|tel):[^"]+"'),
    "span": re.compile(r'\s+class="tg-spoiler"'),
    "code": re.compile(r'\s+class="language-[^"]+"'),
    "blockquote": re.compile(r"\s+expandable"),
    "tg-emoji": re.compile(r'\s+emoji-id="\d+"'),
}
# Directions that a name must not impose on the words around it.
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def fill(text: str, name: str | None) -> str:
    """Put a person's name into a text of HTML parse mode.

    The name is a stranger's input: it is escaped, cut to `MAX_NAME` characters and stripped of line breaks, controls
    and marks of direction. When nothing visible is left, the placeholder goes, with the comma before it.
    """
    shown = _presentable(name or "")
    if not shown:
        return re.sub(r",?\s*\{name\}", "", text)
    return text.replace("{name}", html.escape(shown, quote=False))


def _presentable(name: str) -> str:
    kept = "".join(
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in name[: 4 * MAX_NAME]
        if char not in _BIDI_CONTROLS and unicodedata.category(char) != "Cs"
    )
    short = " ".join(kept.split())[:MAX_NAME].rstrip()
    # Joiners stay, since emoji and Persian need them, but a name of nothing else is no name.
    return short if any(unicodedata.category(char)[0] not in "CZM" for char in short) else ""


def _checked(text: str, problems: Iterable[str]) -> str:
    if found := list(problems):
        raise ValueError("; ".join(found))
    return text


def _brace_problems(text: str, allowed: frozenset[str]) -> Iterator[str]:
    for found in sorted({match[0] for match in _BRACES.finditer(text)} - allowed):
        yield f"unknown placeholder {found}" if len(found) > 1 else f"stray {found}"


def _tag_problems(text: str) -> Iterator[str]:
    """What Telegram's HTML parser would refuse: unknown tags and attributes, and tags that do not nest."""
    still_open: list[str] = []
    for closing, tag, attributes in _TAG.findall(text):
        if closing:
            if not still_open or still_open.pop() != tag:
                yield f"</{tag}> closes nothing that is open"
                return
            continue
        pattern = _TAGS_WITH.get(tag)
        if not attributes and tag in _BARE_TAGS:
            pass
        elif pattern is None and tag not in _BARE_TAGS:
            yield f"<{tag}> is no tag of Telegram"
        elif pattern is None or not pattern.fullmatch(attributes):
            yield f"<{tag}> needs other attributes"
        still_open.append(tag)
    if still_open:
        yield f"<{still_open[-1]}> is never closed"


def _escape_problems(text: str) -> Iterator[str]:
    rest = _TAG.sub("", text)
    yield from (f"{char} must be written as {html.escape(char)}" for char in "<>" if char in rest)
    if "&" in _ENTITY.sub("", rest):
        yield "& must be written as &amp;"


def _shown_length(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units after parsing, here with the longest name in its place."""
    shown = html.unescape(_TAG.sub("", text)).replace("{name}", "\U0001f600" * MAX_NAME)
    return len(shown.encode("utf-16-le", "surrogatepass")) // 2


def _check_html(text: str, limit: int) -> str:
    def problems() -> Iterator[str]:
        yield from _brace_problems(text, frozenset({"{name}"}))
        yield from _tag_problems(text)
        yield from _escape_problems(text)
        if (length := _shown_length(text)) > limit:
            yield f"{length} characters with the longest name, {limit} allowed"

    return _checked(text, problems())


def _check_caption(text: str) -> str:
    return _check_html(text, MAX_CAPTION)


def _check_message(text: str) -> str:
    return _check_html(text, MAX_MESSAGE)


def _check_plain(text: str) -> str:
    return _checked(text, _brace_problems(text, frozenset()))


def _check_key(key: str) -> str:
    if any(part in {"", ".", ".."} for part in key.split("/")):
        raise ValueError("empty, . or .. between slashes")
    return key


def _shown(at_most: int) -> Any:
    """What the JSON schema says of an HTML text; JSON schema cannot measure what is shown."""
    return Field(json_schema_extra={"format": "telegram-html", "x-shown-at-most": at_most})


_Filled = StringConstraints(strip_whitespace=True, min_length=1)
Caption = Annotated[str, _Filled, AfterValidator(_check_caption), _shown(MAX_CAPTION)]
Message = Annotated[str, _Filled, AfterValidator(_check_message), _shown(MAX_MESSAGE)]
Label = Annotated[str, _Filled, Field(max_length=64), AfterValidator(_check_plain)]
Speech = Annotated[str, _Filled, Field(max_length=3000), AfterValidator(_check_plain)]
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

    engine: Literal["neural", "standard", "long-form", "generative"] = "neural"
    """Polly's engine; `neural` is the one that the tts service speaks."""
    voice_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,32}$")]
    """Polly's voice, such as `Matthew`."""
    language_code: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}-[A-Z]{2,3}$")]
    """Language of Polly's voice, such as `en-US`."""
    espeak: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,32}$")]
    """espeak's voice, for machines without AWS, such as `en-us`."""


class Media(_Part):
    """The welcome video of one language: its object key in the assets bucket and a title for people."""

    welcome_video: ObjectKey
    """Object key in the assets bucket; `demo/welcome.en.mp4` is the file `media/welcome.en.mp4` of the pack `demo`."""
    title: Label
    """Title of the video, for people."""


class Link(_Part):
    """A link below the closing text, with a label for each language."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"<>]+$", max_length=2048)]
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
