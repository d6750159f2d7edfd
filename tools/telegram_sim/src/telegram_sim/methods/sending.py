"""Methods that put something into a chat."""

from functools import partial

from telegram_sim.core import errors
from telegram_sim.core.args import Args
from telegram_sim.core.files import StoredFile, check_type
from telegram_sim.core.text import caption, message_text
from telegram_sim.core.types import Json
from telegram_sim.methods.common import chat_of, markup_of
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator

MAX_UPLOAD = 50 * 1024 * 1024
"""Bytes (docs, "Sending files")."""

ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
"""docs, sendChatAction; record_audio and upload_audio are the older names of the voice ones."""

_SHAPES = {
    "video": ("width", "height", "duration"),
    "audio": ("duration", "performer", "title"),
    "voice": ("duration",),
}
_NUMBERS = {"width", "height", "duration"}


async def send_message(sim: Simulator, args: Args) -> Result:
    """docs, sendMessage."""
    text = message_text(args.text("text"), args.text("parse_mode"), args.objects("entities", "entities"))
    markup = markup_of(args)
    content: Json = {"text": text.text}
    if text.entities:
        content["entities"] = text.entities
    return _sent(sim, args, content | _markup(markup))


async def send_media(kind: str, sim: Simulator, args: Args) -> Result:
    """docs, sendVideo, sendAudio and sendVoice."""
    words = caption(args.text("caption"), args.text("parse_mode"), args.objects("caption_entities", "caption_entities"))
    markup = markup_of(args)
    chat_of(sim, args)
    file = await _file(kind, sim, args)
    content: Json = {kind: file.shown()}
    if words.text:
        content["caption"] = words.text
    if words.entities:
        content["caption_entities"] = words.entities
    return _sent(sim, args, content | _markup(markup))


async def send_chat_action(sim: Simulator, args: Args) -> Result:
    """docs, sendChatAction."""
    action = args.text("action").lower()
    person = chat_of(sim, args)
    if action not in ACTIONS:
        raise errors.bad_request("wrong parameter action in request")  # server, Client.cpp
    sim.world.add_action(person, action)
    return Result()


def _sent(sim: Simulator, args: Args, content: Json) -> Result:
    person = chat_of(sim, args)  # again: a fetch may have taken long, and the person may have blocked the bot
    if sim.switches.enforce_limits and (wait := sim.flood.admit(person.id, sim.clock.now())):
        raise errors.too_many_requests(wait)
    return Result(sim.world.add_bot_message(person, content))


def _markup(markup: Json | None) -> Json:
    return {"reply_markup": markup} if markup else {}


async def _file(kind: str, sim: Simulator, args: Args) -> StoredFile:
    upload = args.upload(kind)
    shape: Json = {name: args.integer(name) for name in _SHAPES[kind] if name in _NUMBERS}
    shape |= {name: args.text(name) for name in _SHAPES[kind] if name not in _NUMBERS and args.text(name)}
    if upload is not None:
        if not upload.content:
            raise errors.bad_request("file must be non-empty")
        if len(upload.content) > MAX_UPLOAD:
            raise errors.ApiError(413, "Request Entity Too Large")
        return sim.files.add(kind, upload.content, upload.content_type, upload.name, shape)
    source = args.text(kind)
    if not source:
        raise errors.bad_request(f"there is no {kind} in the request")
    if not source.lower().startswith(("http://", "https://")):
        return sim.files.find(source, kind)
    found = await sim.fetcher.fetch(source)
    check_type(kind, found.content_type, errors.url_wrong_type())
    if not found.content:
        raise errors.url_unreachable()
    return sim.files.add(kind, found.content, found.content_type, found.name, shape)


SENDING: dict[str, Method] = {
    "sendmessage": send_message,
    "sendvideo": partial(send_media, "video"),
    "sendaudio": partial(send_media, "audio"),
    "sendvoice": partial(send_media, "voice"),
    "sendchataction": send_chat_action,
}
