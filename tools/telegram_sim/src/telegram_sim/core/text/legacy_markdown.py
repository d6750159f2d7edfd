"""Markdown parse mode, which docs call a legacy mode (td, MessageEntity.cpp, parse_markdown)."""

from telegram_sim.core.text.formatting import Formatted, byte_offset, code_begin, link, unparsable, utf16_length
from telegram_sim.core.types import Json

_KINDS = {"_": "italic", "*": "bold", "`": "code", "[": "text_link"}
_FENCE = "```"


def parse_markdown(source: str) -> Formatted:
    """Split `source` into text and entities; entities do not nest.

    Raises:
        ApiError: 400 "can't parse entities: ..." for an entity without an end.
    """
    text: list[str] = []
    entities: list[Json] = []
    offset = position = 0
    while position < len(source):
        character = source[position]
        if character not in _KINDS:
            escaped = character == "\\" and source[position + 1 : position + 2] in {*_KINDS}
            position += escaped
            text.append(source[position])
            offset += utf16_length(source[position])
            position += 1
            continue
        content, details, position = _entity(source, position)
        if content and details is not None:
            entities.append({"offset": offset, "length": utf16_length(content), **details})
        text.append(content)
        offset += utf16_length(content)
    return Formatted("".join(text), entities)


def _entity(source: str, begun: int) -> tuple[str, Json | None, int]:
    """Return the text of the entity that begins there, what it is (None: plain text), and where it ends."""
    if source.startswith(_FENCE, begun):
        return _fenced(source, begun)
    mark = source[begun]
    end = source.find("]" if mark == "[" else mark, begun + 1)
    if end < 0:
        raise _unended(source, begun)
    content = source[begun + 1 : end]
    if mark != "[" or not content:  # behind an empty text td does not look for a URL
        return content, {"type": _KINDS[mark]}, end + 1
    if not source.startswith("(", end + 1):
        target, behind = content, end + 1
    else:
        stop = source.find(")", end + 2)
        stop = len(source) if stop < 0 else stop
        target, behind = source[end + 2 : stop], stop + 1
    return content, link(target), behind


def _fenced(source: str, begun: int) -> tuple[str, Json, int]:
    language, first = code_begin(source, begun + len(_FENCE))
    end = source.find(_FENCE, first)
    if end < 0:
        raise _unended(source, begun)
    details = {"type": "pre", **({"language": language} if language else {})}
    return source[first:end], details, end + len(_FENCE)


def _unended(source: str, begun: int) -> Exception:
    return unparsable(f"Can't find end of the entity starting at byte offset {byte_offset(source, begun)}")
