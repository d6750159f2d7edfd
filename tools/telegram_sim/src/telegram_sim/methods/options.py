"""What a call may ask of a message besides its content: a reply, protection, a caption above, a spoiler."""

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request
from telegram_sim.core.fields import FieldError, integer_field
from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator

_FLAGS = {"protect_content": "has_protected_content"}
_MEDIA_FLAGS = {"show_caption_above_media": "show_caption_above_media", "has_spoiler": "has_media_spoiler"}
_SHOWN_ABOVE = ("photo", "video")


def options(args: Args, kind: str) -> Json:
    """Return the flags of docs' Message that the call asks for (server, Client.cpp, JsonMessage)."""
    flags = _FLAGS | (_MEDIA_FLAGS if kind in _SHOWN_ABOVE else {})
    return {shown: True for name, shown in flags.items() if args.boolean(name)}


def reply_of(sim: Simulator, args: Args, chat_id: int) -> Json:
    """Return the field that holds the message replied to (server, Client.cpp, get_reply_parameters and check_message).

    Quotes, and messages of other chats, are not simulated.

    Raises:
        ApiError: 400 for broken parameters, or a message that is not there and has to be.
    """
    message_id, optional = _replied_to(args)
    if message_id <= 0:
        return {}
    message = sim.world.message(chat_id, message_id)
    if message is None and not optional:
        raise bad_request("message to be replied not found")
    # docs, Message: "will not contain further reply_to_message fields even if it itself is a reply"
    shown = {name: value for name, value in (message or {}).items() if name != "reply_to_message"}
    return {"reply_to_message": shown} if shown else {}


def _replied_to(args: Args) -> tuple[int, bool]:
    given = args.json("reply_parameters", "reply parameters")
    if given is None:
        old = args.integer("reply_to_message_id") if "reply_parameters" not in args else 0
        return old, args.boolean("allow_sending_without_reply")
    if not isinstance(given, dict):
        raise bad_request("Object expected as reply parameters")
    optional = given.get("allow_sending_without_reply", False)
    try:
        message_id = integer_field(given, "message_id") if given else 0
    except FieldError as cause:
        raise bad_request(str(cause)) from cause
    if not isinstance(optional, bool):
        raise bad_request('Field "allow_sending_without_reply" must be of type Boolean')
    return message_id, optional
