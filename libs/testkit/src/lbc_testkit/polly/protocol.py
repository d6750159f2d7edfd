"""What Polly says about a SynthesizeSpeech request; no I/O.

Limits and errors from the service model that botocore carries and from the page "Quotas in Amazon Polly": 3,000 billed
characters, 6,000 in all, SSML tags not billed; standard voices 80 requests a second with a burst of 100, neural and
long-form ones 8 and 10, generative ones 8. ThrottlingException has status 400 in the model. An engine that a voice
lacks is a ValidationException, as people report it, though the model has an exception for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from xml.etree.ElementTree import ParseError, XMLParser, fromstring

_BILLED, _TOTAL = 3000, 6000
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 .*Credential=[^/]+/\d{8}/[^/]+/(?P<service>[^/]+)/aws4_request")
_DEFAULT_RATES = {"standard": "22050", "neural": "24000", "long-form": "24000", "generative": "24000"}
_RATES = {
    "mp3": {"8000", "16000", "22050", "24000", "44100", "48000"},
    "pcm": {"8000", "16000"},
}


@dataclass(frozen=True)
class Refusal:
    """An error answer.

    Attributes:
        type: the exception's name in the service model.
        status: its HTTP status there.
        message: for people.
    """

    type: str
    status: int
    message: str


class RefusedError(Exception):
    """The request gets no audio but this answer."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(f"{refusal.type}: {refusal.message}")


THROTTLED = Refusal("ThrottlingException", 400, "Rate exceeded")
SERVICE_FAILURE = Refusal("ServiceFailureException", 500, "Unknown error occurred")
UNAVAILABLE = Refusal("ServiceUnavailableException", 503, "Service is unavailable")
LANGUAGE_NOT_SUPPORTED = Refusal(
    "LanguageNotSupportedException", 400, "This voice does not support the selected language"
)
INVALID_SSML = Refusal("InvalidSsmlException", 400, "Invalid SSML request")
INVALID_SAMPLE_RATE = Refusal("InvalidSampleRateException", 400, "The sample rate is not valid")
TEXT_TOO_LONG = Refusal("TextLengthExceededException", 400, "Maximum text length has been exceeded")
NO_SIGNATURE = Refusal("MissingAuthenticationTokenException", 403, "Missing Authentication Token")
WRONG_SCOPE = Refusal("InvalidSignatureException", 403, "Credential should be scoped to correct service: 'polly'.")


@dataclass(frozen=True)
class Voice:
    """One of Polly's voices: a language and the engines that have it."""

    language: str
    engines: frozenset[str]


_STANDARD = frozenset({"standard"})
_BOTH = _STANDARD | {"neural"}
_NEWER = frozenset({"neural", "generative"})
_THREE = _BOTH | {"generative"}
VOICES: Mapping[str, Voice] = {
    "Matthew": Voice("en-US", _THREE),
    "Joanna": Voice("en-US", _THREE),
    "Ivy": Voice("en-US", _BOTH),
    "Ruth": Voice("en-US", _NEWER | {"long-form"}),
    "Amy": Voice("en-GB", _THREE),
    "Brian": Voice("en-GB", _THREE),
    "Lucia": Voice("es-ES", _THREE),
    "Sergio": Voice("es-ES", _NEWER),
    "Conchita": Voice("es-ES", _STANDARD),
    "Enrique": Voice("es-ES", _STANDARD),
    "Mia": Voice("es-MX", _THREE),
    "Lupe": Voice("es-US", _THREE),
    "Pedro": Voice("es-US", _NEWER),
    "Lea": Voice("fr-FR", _THREE),
    "Mathieu": Voice("fr-FR", _STANDARD),
    "Vicki": Voice("de-DE", _THREE),
    "Dora": Voice("is-IS", _STANDARD),
    "Carmen": Voice("ro-RO", _STANDARD),
    "Tatyana": Voice("ru-RU", _STANDARD),
}
"""Some of Polly's, as of November 2026; a test of `lbcctl brand check` compares them with its whole list."""
_LANGUAGES = tuple(dict.fromkeys(voice.language for voice in VOICES.values()))


@dataclass(frozen=True)
class SpeechRequest:
    """A request that Polly would serve."""

    text: str
    text_type: str
    voice: str
    engine: str
    language: str
    output_format: str
    sample_rate: int

    @classmethod
    def parse(cls, body: object) -> Self:
        """Check the request's JSON.

        Raises:
            RefusedError: what Polly would answer.
        """
        if not isinstance(body, dict):
            raise _invalid("the request is not a JSON object")
        text, voice_name = _required(body, "Text"), _required(body, "VoiceId")
        output_format = _one_of(_required(body, "OutputFormat"), "outputFormat", _RATES)
        engine = _one_of(str(body.get("Engine", "standard")), "engine", _DEFAULT_RATES)
        text_type = _one_of(str(body.get("TextType", "text")), "textType", ("text", "ssml"))
        voice = VOICES[_one_of(voice_name, "voiceId", VOICES)]
        if engine not in voice.engines:
            raise _unfit(f"This voice does not support the selected engine: {engine}")
        language = _one_of(str(body.get("LanguageCode", voice.language)), "languageCode", _LANGUAGES)
        if language != voice.language:
            raise RefusedError(LANGUAGE_NOT_SUPPORTED)
        _check_length(text, text_type)
        default = "16000" if output_format == "pcm" else _DEFAULT_RATES[engine]
        rate = str(body.get("SampleRate", default))
        if rate not in _RATES[output_format]:
            raise RefusedError(INVALID_SAMPLE_RATE)
        return cls(text, text_type, voice_name, engine, language, output_format, int(rate))

    @property
    def billed(self) -> int:
        """Characters that Polly counts."""
        return len(_spoken(self.text, self.text_type))


def check_signature(authorization: str | None) -> None:
    """See that the request is signed by SigV4 for this service; the signature itself is not verified.

    Raises:
        RefusedError: it is not.
    """
    if not authorization:
        raise RefusedError(NO_SIGNATURE)
    found = _CREDENTIAL.match(authorization)
    if found is None or found["service"] != "polly" or "Signature=" not in authorization:
        raise RefusedError(WRONG_SCOPE)


def _required(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise _invalid(f"Value at '{name}' failed to satisfy constraint: Member must not be null")
    return value


def _one_of(value: str, name: str, allowed: Mapping[str, object] | tuple[str, ...]) -> str:
    if value not in allowed:
        names = ", ".join(allowed)
        said = (
            f"Value '{value}' at '{name}' failed to satisfy constraint: Member must satisfy enum value set: [{names}]"
        )
        raise _invalid(said)
    return value


def _invalid(message: str) -> RefusedError:
    return _unfit(f"1 validation error detected: {message}")


def _unfit(message: str) -> RefusedError:
    return RefusedError(Refusal("ValidationException", 400, message))


def _check_length(text: str, text_type: str) -> None:
    if len(text) > _TOTAL or len(_spoken(text, text_type)) > _BILLED:
        raise RefusedError(TEXT_TOO_LONG)


def _spoken(text: str, text_type: str) -> str:
    if text_type == "text":
        return text
    try:
        root = fromstring(text, XMLParser())  # noqa: S314 - texts of the tests, without entities of their own
    except ParseError:
        raise RefusedError(INVALID_SSML) from None
    if root.tag != "speak":
        raise RefusedError(INVALID_SSML)
    return "".join(root.itertext())
