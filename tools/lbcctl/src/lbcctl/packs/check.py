"""Everything that can be known to be wrong with a pack before people see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from lbc_contracts.brand import Brand, Texts, Voice
from lbc_runtime.brand import MANIFEST, TEXTS, Problem
from lbcctl.packs import media, voices
from lbcctl.packs.contents import MEDIA
from lbcctl.packs.media import Medium
from lbcctl.packs.pack import Finding, Level, MediaKey, Pack
from lbcctl.packs.voices import Engines

MAX_LABEL: Final = 40
"""Characters of a button that a phone shows in one row; assumed, since Telegram documents no limit."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_TOLD_APART: Final = 20  # shorter texts may well be the same in two languages
_SPEAKS_TOO: Final = {"no": ("nb",), "zh": ("cmn", "yue")}
"""Polly's subtags for what Telegram's clients call otherwise."""
_MB: Final = 1024 * 1024


def check(pack: Pack, engines: Engines, names: frozenset[str]) -> list[Finding]:
    """All findings, in the order of files and lines.

    Args:
        pack: to look at.
        engines: what Polly offers.
        names: every name that Polly may have.
    """
    found = [Finding(Level.ERROR, problem) for problem in pack.problems]
    found += _media(pack)
    found += _voices(pack, engines, names)
    if pack.brand:
        found += _labels(pack, pack.brand)
        found += _untranslated(pack, pack.brand)
    return sorted(found, key=lambda finding: (finding.problem.file, finding.problem.line or 0))


def _media(pack: Pack) -> Iterator[Finding]:
    named: set[Path] = set()
    if not _NAME.fullmatch(pack.name):
        message = f"the folder's name, {pack.name}, begins its object keys: letters, digits, . _ and - only"
        yield Finding(Level.ERROR, Problem(MANIFEST, None, "", message))
        return
    for each in pack.media():
        if each.file is None:
            message = f"{each.key}: keys of this pack begin with {pack.name}/, the name of its folder"
            yield Finding(Level.ERROR, pack.problem(each.way, message))
            continue
        named.add(each.file)
        for level, message in _file(each, each.file):
            yield Finding(level, pack.problem(each.way, message))
    for path in sorted((pack.folder / MEDIA).rglob("*")):
        if path.suffix.lower() in media.TYPES and path not in named:
            file = str(path.relative_to(pack.folder))
            yield Finding(Level.WARNING, Problem(file, None, "", "no key names it, so it is not published"))


def _file(each: MediaKey, path: Path) -> Iterator[tuple[Level, str]]:
    try:
        medium = media.look(path)
    except FileNotFoundError:
        yield Level.ERROR, f"{each.key}: there is no file {MEDIA}/{each.key.partition('/')[2]}"
        return
    except OSError as error:
        yield Level.ERROR, f"{each.key}: cannot be read: {error.strerror}"
        return
    for level, message in _video(medium, path):
        yield level, f"{each.key}: {message}"


def _video(medium: Medium, path: Path) -> Iterator[tuple[Level, str]]:
    named = media.TYPES.get(path.suffix.lower())
    if not medium.size:
        yield Level.ERROR, "empty"
        return
    if medium.size > media.MAX_BYTES:
        yield Level.ERROR, f"{medium.size / _MB:.1f} MB; Telegram fetches at most {media.MAX_BYTES // _MB}"
    if medium.mime != named:
        yield Level.ERROR, f"{medium.mime or 'nothing known'} by its content, {named or 'nothing known'} by its name"
    if medium.mime != "video/mp4":
        yield Level.ERROR, "videos are MP4 with H.264"
        return
    if not medium.codecs & media.H264:
        has = ", ".join(sorted(medium.codecs)) or "no index that can be read: is the file whole?"
        yield Level.ERROR, f"videos are MP4 with H.264 (avc1); this has {has}"
    elif not medium.whole:
        yield Level.ERROR, "ends before its last part does: is the file whole?"
    elif not medium.has_data:
        yield Level.ERROR, "has an index and no pictures: is the file whole?"
    elif not medium.index_first:
        yield Level.WARNING, "its index comes last, so it plays only once it is loaded: ffmpeg -movflags +faststart"


def _voices(pack: Pack, engines: Engines, names: frozenset[str]) -> Iterator[Finding]:
    for language, entry in pack.section("voices").items():
        try:
            voice = Voice.model_validate(entry)
        except ValidationError:
            continue  # among the pack's problems
        for key, message, certain in voices.mistakes(voice, engines, names):
            level = Level.ERROR if certain else Level.WARNING
            yield Finding(level, pack.problem(("voices", language, key), message))
        spoken = voice.language_code.split("-")[0]
        if spoken != language and spoken not in _SPEAKS_TOO.get(language, ()):
            message = f"a voice of {voice.language_code} reads the texts of {language}"
            yield Finding(Level.WARNING, pack.problem(("voices", language, "language_code"), message))


def _labels(pack: Pack, brand: Brand) -> Iterator[Finding]:
    for language, texts in brand.texts.items():
        for name in Texts.model_fields:
            if name.startswith("button_") and len(label := getattr(texts, name)) > MAX_LABEL:
                message = f"{len(label)} characters: a phone may cut a button's label after about {MAX_LABEL}"
                yield Finding(Level.WARNING, pack.problem((name,), message, file=_texts(language)))


def _untranslated(pack: Pack, brand: Brand) -> Iterator[Finding]:
    original = brand.texts[brand.default_language]
    for language, texts in brand.texts.items():
        for name in Texts.model_fields if language != brand.default_language else ():
            text = getattr(texts, name)
            if len(text) > _TOLD_APART and text == getattr(original, name):
                message = f"the same as in {brand.default_language}; not translated yet?"
                yield Finding(Level.WARNING, pack.problem((name,), message, file=_texts(language)))


def _texts(language: str) -> str:
    return f"{TEXTS}/{language}.yaml"
