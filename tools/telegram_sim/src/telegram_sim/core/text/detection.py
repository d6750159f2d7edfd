"""Entities that Telegram finds by itself in every text (td, MessageEntity.cpp, find_entities).

Phone and card numbers are not found here.
"""

import re

from telegram_sim.core.text.formatting import utf16_length
from telegram_sim.core.text.links_in_text import find_links
from telegram_sim.core.types import Json

_TAG = r"\w\u00b7\u200c\u0d80-\u0dff"
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32}|(?!@))(?![\w/<>])")
_MENTION = re.compile(r"(?<!\w)@(?:[A-Za-z0-9_]{4,32}|(?i:gif|nft|pic|ufc|vid))(?!\w)")
_HASHTAG = re.compile(
    rf"(?<![{_TAG}])#(?=[^\W\d]|[{_TAG}]*[^\W\d_])[{_TAG}]{{1,256}}(?:@[A-Za-z0-9_]{{3,32}})?(?![{_TAG}]*#)"
)
_CASHTAG = re.compile(rf"(?<![{_TAG}$])\$(?:1INCH|[A-Z]{{1,8}})(?:@[A-Za-z0-9_]{{3,32}})?(?![{_TAG}$])")
_KINDS = (("mention", _MENTION), ("bot_command", _COMMAND), ("hashtag", _HASHTAG), ("cashtag", _CASHTAG))


def find_entities(text: str) -> list[Json]:
    """Return docs' MessageEntities of `text`, in order; of two that meet the first one stays, or the longer."""
    found = [(match.start(), match.end(), kind) for kind, pattern in _KINDS for match in pattern.finditer(text)]
    entities: list[Json] = []
    last = 0
    for start, end, kind in sorted(found + find_links(text), key=lambda one: (one[0], -one[1])):
        if start >= last:
            place = {"offset": utf16_length(text[:start]), "length": utf16_length(text[start:end])}
            entities.append({**place, "type": kind})
            last = end
    return entities
