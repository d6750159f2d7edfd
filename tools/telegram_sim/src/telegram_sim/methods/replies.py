"""What a message answers (server, Client.cpp, get_reply_parameters and check_reply_parameters)."""

from dataclasses import dataclass, field
from itertools import accumulate

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request
from telegram_sim.core.fields import boolean_field, integer_field, read_object, text_field
from telegram_sim.core.text.content import read_words, stored_caption
from telegram_sim.core.text.formatting import Formatted, utf16_length
from telegram_sim.core.types import Json
from telegram_sim.methods.chats import number_in
from telegram_sim.simulator import Simulator

_QUOTABLE = {"bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time"}
"""docs, ReplyParameters: of other entities the quote has none."""


@dataclass(frozen=True)
class Reply:
    """What a call wants to answer; `message_id` is 0 for nothing."""

    message_id: int = 0
    chat_id: str = ""
    quote: Formatted = field(default_factory=lambda: Formatted("", []))
    position: int = 0
    optional: bool = False


def read_reply(args: Args) -> Reply:
    """Return what the call wants to answer.

    Raises:
        ApiError: 400 for what is no docs' ReplyParameters.
    """
    if "reply_parameters" not in args:
        optional = args.boolean("allow_sending_without_reply")
        return Reply(max(args.integer("reply_to_message_id"), 0), optional=optional)
    given = args.json("reply_parameters", "reply parameters")
    return Reply() if given in (None, {}) else read_object(given, "Object expected as reply parameters", _read)


def _read(given: Json) -> Reply:
    chat_id = text_field(given, "chat_id", "")
    message_id = integer_field(given, "message_id")
    optional = boolean_field(given, "allow_sending_without_reply")
    quote, mode = text_field(given, "quote", ""), text_field(given, "quote_parse_mode", "")
    entities = given.get("quote_entities", [])
    read = read_words(quote, mode, entities if isinstance(entities, list) else [])
    position = integer_field(given, "quote_position", default=0)
    integer_field(given, "checklist_task_id", default=0)
    text_field(given, "poll_option_id", "")
    return Reply(max(message_id, 0), chat_id, read, position, optional=optional)


def reply_fields(sim: Simulator, chat_id: int, reply: Reply) -> Json:
    """Return the fields of docs' Message that show what is answered; of a message of another chat none is shown here.

    Raises:
        ApiError: 400 for a message that is not there and has to be, or a quote that is not in it.
    """
    if not reply.message_id:
        return {}
    there = sim.world.seen(number_in(reply.chat_id)).id if reply.chat_id else chat_id
    message = sim.world.message(there, reply.message_id)
    if message is None and not reply.optional:
        raise bad_request("message to be replied not found")
    if message is None or there != chat_id:
        return {}
    # docs, Message: "will not contain further reply_to_message fields even if it itself is a reply"
    shown = {name: value for name, value in message.items() if name != "reply_to_message"}
    return {"reply_to_message": shown} | _quote(reply, message)


def _quote(reply: Reply, message: Json) -> Json:
    quote = stored_caption(reply.quote)
    if not quote.text:
        return {}
    text = str(message.get("text", message.get("caption", "")))
    position = _found(text, quote.text, reply.position)
    if position < 0:
        raise bad_request("QUOTE_TEXT_INVALID")  # as reported at openclaw/openclaw#74581
    entities = [entity for entity in quote.entities if entity["type"] in _QUOTABLE]
    shown = {"text": quote.text, "position": position, "is_manual": True}
    return {"quote": shown | ({"entities": entities} if entities else {})}


def _found(text: str, quote: str, wanted: int) -> int:
    """Return where the quote is, in UTF-16 code units: as near as can be to where it is said to be; -1 for nowhere."""
    offsets = accumulate(map(utf16_length, text), initial=0)
    places = [offset for index, offset in enumerate(offsets) if text.startswith(quote, index)]
    return min(places, key=lambda place: abs(place - wanted), default=-1)
