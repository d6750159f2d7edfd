"""Entities that Telegram finds by itself in every text (td, MessageEntity.cpp, find_entities).

Commands, mentions and hashtags are found by the patterns that stand there; links only when they begin with http or
https, and e-mail addresses of a plain form. Links without a scheme, cashtags, phone and card numbers are not found.
"""

import re
from collections.abc import Iterator

from telegram_sim.core.formatting import utf16_length
from telegram_sim.core.types import Json

_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")
_MENTION = re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)")
_HASHTAG = re.compile(r"(?<![\w\u200c])#(?=\d*[^\W\d])\w{1,256}(?!\w*#)")
_URL = re.compile(r"(?<![\w@])https?://[^\s/?#<>\"]*\w\.[^\W\d]{2,}(?::\d+)?(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
_KINDS = (("url", _URL), ("email", _EMAIL), ("mention", _MENTION), ("hashtag", _HASHTAG), ("bot_command", _COMMAND))
_CLOSING = {")": "(", "]": "[", "}": "{"}


def find_entities(text: str) -> list[Json]:
    """Return docs' MessageEntities of `text`, in order; none within another."""
    found: list[tuple[int, int, str]] = []
    for kind, pattern in _KINDS:
        for start, end in _matches(pattern, text):
            if all(end <= begun or start >= ended for begun, ended, _ in found):
                found.append((start, end, kind))
    return [
        {"offset": utf16_length(text[:start]), "length": utf16_length(text[start:end]), "type": kind}
        for start, end, kind in sorted(found)
    ]


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(text):
        end = match.end()
        if pattern is _URL:
            end = match.start() + len(_without_tail(match.group()))
        yield match.start(), end


def _without_tail(url: str) -> str:
    """Return a URL without what belongs to the sentence around it."""
    while url[-1] in ".,:;!?'" or (url[-1] in _CLOSING and url.count(url[-1]) > url.count(_CLOSING[url[-1]])):
        url = url[:-1]
    return url
