"""Methods that put something into a chat."""

from functools import partial

from telegram_sim.core.args import Args
from telegram_sim.core.errors import ApiError, bad_request, too_many_requests, url_unreachable
from telegram_sim.core.files import StoredFile
from telegram_sim.core.images import image_size
from telegram_sim.core.kinds import KINDS, Kind
from telegram_sim.core.text import caption, message_text
from telegram_sim.core.types import Json
from telegram_sim.methods.common import chat_of, markup_of, with_words
from telegram_sim.methods.options import options, reply_of
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator

MAX_SIDES = 10_000
MAX_RATIO = 20
"""Of a photo: width and height together, and one to the other (docs, sendPhoto)."""
MAX_DURATION = 24 * 3600
MAX_LENGTH = 10_000
"""What the call says beyond these is cut down to them (server, Client.h, MAX_DURATION and MAX_LENGTH)."""

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


async def send_message(sim: Simulator, args: Args) -> Result:
    """docs, sendMessage."""
    words = message_text(args.text("text"), args.text("parse_mode"), args.entities("entities"))
    markup = markup_of(args)
    return _sent(sim, args, with_words("text", words) | options(args, "text") | _markup(markup))


async def send_media(kind: Kind, sim: Simulator, args: Args) -> Result:
    """docs, sendPhoto, sendVideo, sendAudio, sendVoice and sendDocument."""
    source = args.text(kind.name)
    if args.upload(kind.name) is None and (not source or source.startswith("attach://")):
        raise bad_request(f"There is no {kind.name} in the request")  # server, Client.cpp, get_input_file, before all
    words = caption(args.text("caption"), args.text("parse_mode"), args.entities("caption_entities"))
    markup = markup_of(args)
    chat_of(sim, args)
    file = await _file(kind, sim, args)
    content: Json = {file.kind: file.shown(), **with_words("caption", words), **options(args, file.kind)}
    return _sent(sim, args, content | _markup(markup))


async def send_chat_action(sim: Simulator, args: Args) -> Result:
    """docs, sendChatAction."""
    action = args.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("Wrong parameter action in request")  # server, Client.cpp, before the chat is looked at
    sim.world.add_action(chat_of(sim, args), action)
    return Result()


def _sent(sim: Simulator, args: Args, content: Json) -> Result:
    person = chat_of(sim, args)  # again: a fetch may have taken long, and the person may have blocked the bot
    reply = reply_of(sim, args, person.id)
    if sim.switches.enforce_limits and (wait := sim.flood.admit(person.id, sim.clock.now())):
        raise too_many_requests(wait)
    return Result(sim.world.add_bot_message(person, {**reply, **content}))


def _markup(markup: Json | None) -> Json:
    return {"reply_markup": markup} if markup else {}


async def _file(kind: Kind, sim: Simulator, args: Args) -> StoredFile:
    upload = args.upload(kind.name)
    source = args.text(kind.name)
    if upload is not None:
        kind.check_size(len(upload.content))
        shape = _shape(kind, args, upload.content, bad_request("IMAGE_PROCESS_FAILED"))
        return sim.files.add(kind.name, upload.content, upload.content_type, upload.name, shape)
    url = _url(source)
    if not url:
        return sim.files.find(source, kind.name)
    found = await sim.fetcher.fetch(url, kind.max_fetched)
    kind.check_fetched(found.content_type)
    if not found.content:
        raise url_unreachable()
    shape = _shape(kind, args, found.content, bad_request("Wrong type of the web page content"))
    return sim.files.add(kind.name, found.content, found.content_type, found.name, shape)


def _url(source: str) -> str:
    """Return the URL that the argument is, "" if it is a file_id (td, FileManager.cpp, from_persistent_id).

    A dot makes it a URL, to which http:// belongs if need be. A URL without a dot, which td takes for a file_id, is
    one here, since a machine of one's own may be called just localhost.
    """
    if source.lower().startswith(("http://", "https://")):
        return source
    if "." in source and "://" in source:
        raise bad_request("Invalid file HTTP URL specified: Unsupported URL protocol")
    return f"http://{source}" if "." in source else ""


def _shape(kind: Kind, args: Args, content: bytes, no_image: ApiError) -> Json:
    """Return what docs tell of a medium of that kind besides what they tell of any file.

    IMAGE_PROCESS_FAILED and PHOTO_INVALID_DIMENSIONS are Telegram's closed part's, as reported at
    eternnoir/pyTelegramBotAPI#655 and tdlib/td#2544.
    """
    if kind.name != "photo":
        limits = {"duration": MAX_DURATION}
        numbers = {name: min(max(args.integer(name), 0), limits.get(name, MAX_LENGTH)) for name in kind.numbers}
        return {**numbers, **{name: args.text(name) for name in kind.texts if args.text(name)}}
    size = image_size(content)
    if size is None or not all(size):
        raise no_image
    if sum(size) > MAX_SIDES or max(size) > MAX_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return {"width": size[0], "height": size[1]}


SENDING: dict[str, Method] = {
    "sendmessage": send_message,
    **{f"send{kind.name}": partial(send_media, kind) for kind in KINDS.values()},
    "sendchataction": send_chat_action,
}
