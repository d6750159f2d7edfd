"""Which voices there are, as data, and what is wrong with a choice.

Polly: names and languages agree with botocore's service model (a test holds the names). Which engines each voice has is
as of November 2026, verified in the developer guide for all but a part of the neural ones. A region may have fewer;
``--aws`` asks Polly itself. espeak-ng: the languages of its release 1.52, as the wheel espeakng-loader 0.2.4 carries
them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lbc_contracts.brand import Voice
from lbc_contracts.voices import PollyEngine

AS_OF: Final = "November 2026"

_NEURAL: Final = {
    "ar-AE": "Hala Zayd",
    "ca-ES": "Arlet",
    "cmn-CN": "Zhiyu",
    "cs-CZ": "Jitka",
    "da-DK": "Sofie",
    "de-AT": "Hannah",
    "de-CH": "Sabrina",
    "de-DE": "Daniel Vicki",
    "en-AU": "Olivia",
    "en-GB": "Amy Arthur Brian Emma",
    "en-IE": "Niamh",
    "en-IN": "Kajal",
    "en-NZ": "Aria",
    "en-SG": "Jasmine",
    "en-US": "Danielle Gregory Ivy Joanna Joey Justin Kendra Kevin Kimberly Matthew Ruth Salli Stephen",
    "en-ZA": "Ayanda",
    "es-ES": "Lucia Sergio",
    "es-MX": "Andres Mia",
    "es-US": "Lupe Pedro",
    "fi-FI": "Suvi",
    "fr-BE": "Isabelle",
    "fr-CA": "Gabrielle Liam",
    "fr-FR": "Lea Remi",
    "hi-IN": "Kajal",
    "it-IT": "Adriano Bianca",
    "ja-JP": "Kazuha Takumi Tomoko",
    "ko-KR": "Jihye Seoyeon",
    "nb-NO": "Ida",
    "nl-BE": "Lisa",
    "nl-NL": "Laura",
    "pl-PL": "Ola",
    "pt-BR": "Camila Thiago Vitoria",
    "pt-PT": "Ines",
    "sv-SE": "Elin",
    "tr-TR": "Burcu",
    "yue-CN": "Hiujin",
}
_STANDARD: Final = {
    "cmn-CN": "Zhiyu",
    "cy-GB": "Gwyneth",
    "da-DK": "Mads Naja",
    "de-DE": "Hans Marlene Vicki",
    "en-AU": "Nicole Russell",
    "en-GB": "Amy Brian Emma",
    "en-IN": "Aditi Raveena",
    "en-US": "Ivy Joanna Joey Justin Kendra Kevin Kimberly Matthew Salli",
    "es-ES": "Conchita Enrique Lucia",
    "es-MX": "Mia",
    "es-US": "Lupe Miguel Penelope",
    "fr-CA": "Chantal",
    "fr-FR": "Celine Lea Mathieu",
    "hi-IN": "Aditi",
    "is-IS": "Dora Karl",
    "it-IT": "Bianca Carla Giorgio",
    "ja-JP": "Mizuki Takumi",
    "ko-KR": "Seoyeon",
    "nb-NO": "Liv",
    "nl-NL": "Lotte Ruben",
    "pl-PL": "Ewa Jacek Jan Maja",
    "pt-BR": "Camila Ricardo Vitoria",
    "pt-PT": "Cristiano Ines",
    "ro-RO": "Carmen",
    "ru-RU": "Maxim Tatyana",
    "sv-SE": "Astrid",
    "tr-TR": "Filiz",
}
_LONG_FORM: Final = {"en-US": "Danielle Gregory Patrick Ruth", "es-ES": "Alba Raul"}
_GENERATIVE: Final = {
    "de-AT": "Hannah",
    "de-CH": "Sabrina",
    "de-DE": "Daniel Lennart Vicki",
    "en-AU": "Olivia",
    "en-GB": "Amy Brian",
    "en-IE": "Niamh",
    "en-IN": "Kajal",
    "en-NZ": "Aria",
    "en-SG": "Jasmine",
    "en-US": "Danielle Joanna Matthew Ruth Salli Stephen Tiffany",
    "en-ZA": "Ayanda",
    "es-ES": "Lucia Sergio",
    "es-MX": "Andres Mia",
    "es-US": "Lupe Pedro",
    "fr-BE": "Isabelle",
    "fr-CA": "Gabrielle Liam",
    "fr-FR": "Ambre Celine Florian Lea Remi",
    "it-IT": "Beatrice Bianca Lorenzo",
    "ko-KR": "Seoyeon",
    "nl-BE": "Lisa",
    "nl-NL": "Laura",
    "pl-PL": "Ewa Ola",
    "pt-BR": "Camila",
}
_BY_ENGINE: Final[Mapping[PollyEngine, Mapping[str, str]]] = {
    "neural": _NEURAL,
    "standard": _STANDARD,
    "long-form": _LONG_FORM,
    "generative": _GENERATIVE,
}

_ESPEAK: Final = """
af am an ar as az ba be bg bn bpy bs ca ca-ba ca-nw ca-va cmn cmn-latn-pinyin cs cv cy da de el en en-029 en-gb
en-gb-scotland en-gb-x-gbclan en-gb-x-gbcwmd en-gb-x-rp en-shaw en-us en-us-nyc eo es es-419 es-mx et eu fa fa-latn fi
fo fr fr-be fr-ch fr-fr ga gd gn grc gu hak haw hbs he hi hr ht hu hy hy-arevela hy-arevmda hyw ia id io is it ja jbo ka
kaa kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms mt mto my nb nci ne nl no nog om or pa pap piqd pl pt pt-br
pt-pt py qdb qu quc qya ro ru ru-cl ru-lv sd shn si sjn sk sl smj sq sr sv sw ta te th ti tk tn tr tt ug uk ur uz vi
vi-vn-x-central vi-vn-x-south xex yue zh zh-cmn zh-yue
"""
ESPEAK: Final = frozenset(_ESPEAK.split())
_NONE: Final = "none"

Engines = Mapping[tuple[str, str], frozenset[str]]
"""Engines by Polly's language code and voice."""


def known() -> Engines:
    """Polly's voices as of `AS_OF`."""
    return gathered(
        (language, name, engine)
        for engine, table in _BY_ENGINE.items()
        for language, names in table.items()
        for name in names.split()
    )


def gathered(voices: Iterable[tuple[str, str, str]]) -> Engines:
    """The same from triples of language, name and engine, as Polly answers."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for language, name, engine in voices:
        found[language, name] = found.get((language, name), frozenset()) | {engine}
    return found


def mistakes(voice: Voice, engines: Engines, names: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    """What is wrong with a voice: the key, what to say, and whether it is certain.

    Args:
        voice: of a pack.
        engines: what Polly offers.
        names: every name that Polly may have, for what ``engines`` does not know.
    """
    if has := engines.get((voice.language_code, voice.voice_id)):
        if voice.engine not in has:
            yield "voice_id", _without_engine(voice, engines, has), True
    else:
        yield from _not_listed(voice, engines, names)
    if voice.espeak not in ESPEAK and voice.espeak.split("-", 1)[0] not in ESPEAK:
        said = f"{voice.espeak}: espeak-ng has no such voice; people on machines without AWS get the text alone"
        yield "espeak", said, False


def _without_engine(voice: Voice, engines: Engines, has: frozenset[str]) -> str:
    speaks = f"{voice.voice_id} speaks only {' and '.join(sorted(has))}: set engine so"
    others = _names(engines, voice.language_code, voice.engine)
    if others == _NONE:
        return f"{speaks}; {voice.language_code} has no {voice.engine} voice"
    return f"{speaks}, or take one of the {voice.engine} voices of {voice.language_code}: {others}"


def _not_listed(voice: Voice, engines: Engines, names: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    if voice.voice_id not in names:
        others = _names(engines, voice.language_code, voice.engine)
        yield (
            "voice_id",
            f"Polly has no voice {voice.voice_id}; {voice.engine} voices of {voice.language_code}: {others}",
            True,
        )
    elif speaks := sorted(language for language, name in engines if name == voice.voice_id):
        yield "language_code", f"{voice.voice_id} speaks {', '.join(speaks)}, not {voice.language_code}", True
    else:
        yield "voice_id", f"{voice.voice_id} is not in the list of {AS_OF}, which may lag; ask Polly by --aws", False


def _names(engines: Engines, language: str, engine: str) -> str:
    found = sorted(name for (code, name), has in engines.items() if code == language and engine in has)
    return ", ".join(found) or _NONE
