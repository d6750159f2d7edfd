"""What Telegram makes of any text that a bot hands over, before it looks for anything in it (td, misc.cpp)."""

import re
import unicodedata
from collections.abc import Sequence

from telegram_sim.core.errors import bad_request
from telegram_sim.core.text.formatting import Formatted, utf16_length
from telegram_sim.core.types import Json

MAX_STEM = 64
MAX_EXTENSION = 16
"""Characters of an upload's name (td, filesystem.cpp, clean_filename)."""

_NOT_IN_NAMES = frozenset("<>:\"/\\|?*&`'")
_DROPPED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_CONTROL = dict.fromkeys([*range(9), 9, 11, 12, *range(14, 32)], " ")
_MARKS = re.compile("[\u200e\u200f](?=[\u200e\u200f])")
_BLANK = " \n"
_SPACES = re.compile("[\u1680\u180e\u2000-\u200a\u202e\u202f\u205f\u2800\u3000\ufffc\U000e0000-\U000e007f]")
_UNSEEN = frozenset(" \n\u200b\u200c\u200d\u200e\u200f\ufeff\u00a0")


def clean(text: str) -> str:
    """Return `text` as it is stored: control characters become spaces, some others go (clean_input_string)."""
    return _MARKS.sub("\u200c", _DROPPED.sub("", text).translate(_CONTROL))


def file_name(name: str) -> str:
    """Return the name that an upload has in its message: the server keeps it in a file of that name.

    td, HttpReader.cpp, try_open_temp_file, and filesystem.cpp, clean_filename.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, extension = last.rpartition(".")
    stem, extension = (stem, extension) if stem and dot else (last, "")
    parts = _name_part(stem, MAX_STEM), _name_part(extension, MAX_EXTENSION)
    return ".".join(filter(None, parts)) or "file"


def _name_part(part: str, longest: int) -> str:
    kept = [one if _in_names(one) else " " for one in part if not unicodedata.category(one).startswith("M")]
    return "".join(kept).lstrip(" .")[:longest].rstrip(" .")


def _in_names(character: str) -> bool:
    if character.isascii():
        return character.isprintable() and character not in _NOT_IN_NAMES
    return unicodedata.category(character)[0] in "LN"


def is_unseen(text: str) -> bool:
    """Tell whether nothing of `text` can be seen (is_empty_string, strip_empty_characters)."""
    return _UNSEEN.issuperset(_SPACES.sub(" ", text))


def clean_formatted(source: Formatted) -> Formatted:
    """Return a text as it is stored, with its entities where their characters are now.

    Raises:
        ApiError: 400 for an entity beyond the text, or one that cuts a character in two (td, MessageEntity.cpp,
            clean_input_string_with_entities).
    """
    if not source.entities:
        return Formatted(clean(source.text), [])
    places, end = _places(source.text)
    _check_places(source.entities, places, end)
    moved = [
        {**entity, "offset": start, "length": places[entity["offset"] + entity["length"]][0] - start}
        for entity in source.entities
        for start in [places[entity["offset"]][0]]
    ]
    return Formatted(clean(source.text), [entity for entity in moved if entity["length"] > 0])


def _places(text: str) -> tuple[dict[int, tuple[int, int]], int]:
    """Return, by UTF-16 offset of a character, where it will be, and its offset in bytes; and the last offset."""
    places: dict[int, tuple[int, int]] = {}
    offset = kept = at_byte = 0
    for character in text:
        places[offset] = (kept, at_byte)
        units = utf16_length(character)
        offset += units
        kept += 0 if _DROPPED.match(character) else units
        at_byte += len(character.encode("utf-8", "surrogatepass"))
    places[offset] = (kept, at_byte)
    return places, offset


def _check_places(entities: Sequence[Json], places: dict[int, tuple[int, int]], end: int) -> None:
    for entity in entities:
        start, stop = entity["offset"], entity["offset"] + entity["length"]
        if start > end:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {start}")
        if start not in places:
            at = places[start + 1][1]
            raise bad_request(f"Entity begins in a middle of a UTF-16 symbol at byte offset {at}")
        if stop > end:
            words = f"Entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {stop}"
            raise bad_request(words)
        if stop not in places:
            at = places[stop + 1][1]
            words = f"Entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol at byte offset {at}"
            raise bad_request(words)


def trim(source: Formatted) -> Formatted:
    """Return a text without spaces and line ends around it (td, MessageEntity.cpp, fix_formatted_text).

    Those at its begin stay from where the first entity begins.
    """
    text = source.text.rstrip(_BLANK)
    end = utf16_length(text)
    clipped = [
        {**entity, "length": min(entity["length"], end - entity["offset"])}
        for entity in source.entities
        if entity["offset"] < end
    ]
    blank = len(text) - len(text.lstrip(_BLANK))
    cut = min([blank, *(entity["offset"] for entity in clipped)])
    return Formatted(text[cut:], [{**entity, "offset": entity["offset"] - cut} for entity in clipped])
