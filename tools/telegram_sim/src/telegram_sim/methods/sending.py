"""Methods that put something into a chat."""

from dataclasses import dataclass
from functools import partial

from telegram_sim.core.args import Args
from telegram_sim.core.errors import ApiError, bad_request, too_many_requests, url_unreachable
from telegram_sim.core.keyboards.markup import Markup
from telegram_sim.core.media.files import StoredFile
from telegram_sim.core.media.images import image_size
from telegram_sim.core.media.kinds import MEDIA_KINDS, Kind
from telegram_sim.core.text.cleaning import clean, file_name
from telegram_sim.core.text.content import read_text, read_words, stored_caption, stored_text
from telegram_sim.core.text.links import LinkError, parse_url
from telegram_sim.core.types import Json
from telegram_sim.methods.chats import chat_number, check_business
from telegram_sim.methods.options import link_preview, markup_of, options, shown_preview
from telegram_sim.methods.replies import Reply, read_reply, reply_fields
from telegram_sim.methods.result import Method, Result
from telegram_sim.methods.words import with_people, with_words
from telegram_sim.simulator import Simulator

MAX_SIDES = 10_000
MAX_RATIO = 20
"""Of a photo: width and height together, and one to the other (docs, sendPhoto)."""
MAX_DURATION = 24 * 3600
MAX_LENGTH = 10_000
"""What the call says beyond these is cut down to them (server, Client.h, MAX_DURATION and MAX_LENGTH)."""

ACTIONS = frozenset(
    [
        "cancel",
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
        "pick_up_location",
        "record_video_note",
        "upload_video_note",
    ]
)
"""docs, sendChatAction; with those that only the server knows (Client.cpp, get_chat_action)."""


@dataclass(frozen=True)
class _Asked:
    """What any message may be asked for, read before the chat is looked at (server, Client.cpp, do_send_message)."""

    reply: Reply
    markup: Markup


async def send_message(sim: Simulator, args: Args) -> Result:
    """docs, sendMessage."""
    preview = link_preview(args)
    read = read_text(args.text("text"), args.text("parse_mode"), args.entities("entities"))
    asked = _asked(args)
    _chat(sim, args, asked)
    markup = asked.markup.stored()
    words = with_people(sim, stored_text(read))
    content = with_words("text", words) | shown_preview(preview, words.entities)
    return _sent(sim, args, asked, content, markup)


async def send_media(kind: Kind, sim: Simulator, args: Args) -> Result:
    """docs, sendPhoto, sendVideo, sendAudio, sendVoice and sendDocument.

    Looked at in turn: what the server itself reads (Client.cpp); the chat (`_chat`); keyboard and caption, as td does
    (MessagesManager.cpp, send_message); at the end what only Telegram's closed part knows: a block, and the medium.
    """
    source = args.text(kind.name)
    if args.upload(kind.name) is None and (not source or source.startswith("attach://")):
        raise bad_request(f"There is no {kind.name} in the request")  # server, Client.cpp, get_input_file, before all
    read = read_words(args.text("caption"), args.text("parse_mode"), args.entities("caption_entities"))
    asked = _asked(args)
    _chat(sim, args, asked)
    markup = asked.markup.stored()
    words = with_people(sim, stored_caption(read))
    sim.world.writable(chat_number(args))
    file = await _file(kind, sim, args)
    shown = file.shown()
    if file.kind == "video" and (start := min(max(args.integer("start_timestamp"), 0), MAX_DURATION)):
        shown = {**shown, "start_timestamp": start}
    return _sent(sim, args, asked, {file.kind: shown, **with_words("caption", words)}, markup)


async def send_chat_action(sim: Simulator, args: Args) -> Result:
    """docs, sendChatAction."""
    action = args.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("Wrong parameter action in request")  # server, Client.cpp, before the chat is looked at
    check_business(args)
    sim.world.add_action(sim.world.writable(chat_number(args)), action)
    return Result()


def _asked(args: Args) -> _Asked:
    return _Asked(read_reply(args), markup_of(args))


def _chat(sim: Simulator, args: Args, asked: _Asked) -> None:
    """Check chat, topic and the message to answer (server, Client.cpp, check_reply_parameters)."""
    check_business(args)
    chat_id = chat_number(args)
    sim.world.reachable(chat_id)
    if args.integer("message_thread_id") > 0:
        raise bad_request("Message thread not found")  # TdOnCheckForumTopicCallback: this bot has no topics
    reply_fields(sim, chat_id, asked.reply)


def _sent(sim: Simulator, args: Args, asked: _Asked, content: Json, markup: Json | None) -> Result:
    # A fetch may have taken long, and the person may have blocked the bot, or the message to answer may be gone.
    person = sim.world.writable(chat_number(args))
    reply = reply_fields(sim, person.id, asked.reply)
    if sim.switches.enforce_limits and (wait := sim.flood.admit(person.id, sim.clock.now())):
        raise too_many_requests(wait)
    keyboard = {"reply_markup": markup} if markup else {}
    message = {**reply, **content, **options(args, content), **keyboard}
    return Result(sim.world.add_bot_message(person, message, fixed=asked.markup.fixes))


async def _file(kind: Kind, sim: Simulator, args: Args) -> StoredFile:
    upload = args.upload(kind.name)
    source = args.text(kind.name)
    if upload is not None:
        kind.check_size(len(upload.content))
        shape = _shape(kind, args, upload.content, bad_request("IMAGE_PROCESS_FAILED"))
        return sim.files.add(kind.name, upload.content, upload.content_type, file_name(upload.name), shape)
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
    if "." not in source:
        return source if source.lower().startswith(("http://", "https://")) else ""
    try:
        return parse_url(source).url
    except LinkError as cause:
        raise bad_request(f"Invalid file HTTP URL specified: {cause}") from cause


def _shape(kind: Kind, args: Args, content: bytes, no_image: ApiError) -> Json:
    """Return what docs tell of a medium of that kind besides what they tell of any file.

    IMAGE_PROCESS_FAILED and PHOTO_INVALID_DIMENSIONS are Telegram's closed part's, as reported at
    eternnoir/pyTelegramBotAPI#655 and tdlib/td#2544.
    """
    if kind.name != "photo":
        limits = {"duration": MAX_DURATION}
        numbers = {name: min(max(args.integer(name), 0), limits.get(name, MAX_LENGTH)) for name in kind.numbers}
        return {**numbers, **{name: text for name in kind.texts if (text := clean(args.text(name)))}}
    size = image_size(content)
    if size is None or not all(size):
        raise no_image
    if sum(size) > MAX_SIDES or max(size) > MAX_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return {"width": size[0], "height": size[1]}


SENDING: dict[str, Method] = {
    "sendmessage": send_message,
    **{f"send{kind.name}": partial(send_media, kind) for kind in MEDIA_KINDS.values()},
    "sendchataction": send_chat_action,
}
