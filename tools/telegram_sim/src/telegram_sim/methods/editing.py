"""Methods about what is there already: editing, deleting, answering a tap."""

import re

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request
from telegram_sim.core.media.kinds import MEDIA_KINDS
from telegram_sim.core.text.content import read_text, read_words, stored_caption, stored_text
from telegram_sim.core.text.formatting import Formatted
from telegram_sim.core.types import Json
from telegram_sim.methods.chats import chat_number, check_business
from telegram_sim.methods.options import above, link_preview, markup_of, shown_preview
from telegram_sim.methods.result import Method, Result
from telegram_sim.methods.words import ENTITIES, with_people, with_words
from telegram_sim.simulator import Simulator

MAX_TOAST = 200
"""Characters (docs, answerCallbackQuery)."""
DELETABLE_FOR = 48 * 3600
"""Seconds (docs, deleteMessage)."""


async def answer_callback_query(sim: Simulator, args: Args) -> Result:
    """docs, answerCallbackQuery."""
    text = args.text("text")
    if len(text) > MAX_TOAST:  # the word: https://core.telegram.org/method/messages.setBotCallbackAnswer
        raise bad_request("MESSAGE_TOO_LONG")
    url = args.text("url")
    if url and not _opens(url, sim.world.bot.username):
        raise bad_request("URL_INVALID")  # eternnoir/pyTelegramBotAPI#1732
    answer = {"text": text, "show_alert": args.boolean("show_alert"), "url": url}
    sim.world.answer_tap(str(args.integer("callback_query_id")), answer)
    return Result()


def _opens(url: str, username: str) -> bool:
    """Tell whether a link opens the bot with a parameter: no other may answer a tap (docs, answerCallbackQuery)."""
    name = re.escape(username)
    pattern = rf"(?:https?://)?(?:t|telegram)\.me/{name}\?start=.*|tg://resolve\?domain={name}&start=.*"
    return re.fullmatch(pattern, url, re.IGNORECASE) is not None


async def edit_message_text(sim: Simulator, args: Args) -> Result:
    """docs, editMessageText; without a markup the buttons go, as TelegramBots/Telegram.Bot#402 found."""
    preview = link_preview(args)
    read = read_text(args.text("text"), args.text("parse_mode"), args.entities("entities"))
    markup = markup_of(args)
    message = _to_edit(sim, args)
    if "text" not in message:
        raise bad_request("There is no text in the message to edit")  # td, MessagesManager.cpp
    keyboard = markup.stored_by_edit()
    words = with_people(sim, stored_text(read))
    shown = {"link_preview_options": None, **shown_preview(preview, words.entities)}
    return _edited(sim, message, {**_words("text", words), **shown, "reply_markup": keyboard})


async def edit_message_caption(sim: Simulator, args: Args) -> Result:
    """docs, editMessageCaption; without a markup the buttons go, as with a text; without a caption it goes too."""
    markup = markup_of(args)
    read = read_words(args.text("caption"), args.text("parse_mode"), args.entities("caption_entities"))
    message = _to_edit(sim, args)
    if not any(kind in message for kind in MEDIA_KINDS):
        raise bad_request("There is no caption in the message to edit")  # td, MessagesManager.cpp
    fields = _words("caption", with_people(sim, stored_caption(read)))
    kept = {name: value for name, value in (message | fields).items() if value is not None}
    place = {"show_caption_above_media": None, **above(args, kept)}
    return _edited(sim, message, {**fields, **place, "reply_markup": markup.stored_by_edit()})


async def edit_message_reply_markup(sim: Simulator, args: Args) -> Result:
    """docs, editMessageReplyMarkup; without a markup the buttons go."""
    markup = markup_of(args)
    message = _to_edit(sim, args)
    return _edited(sim, message, {"reply_markup": markup.stored_by_edit()})


async def delete_message(sim: Simulator, args: Args) -> Result:
    """docs, deleteMessage: in private chats the bot's messages and the person's, up to 48 hours old."""
    if not args.text("chat_id"):
        raise bad_request("Chat identifier is not specified")
    if args.integer("message_id") <= 0:
        raise bad_request("Message identifier is not specified")
    # A block is no obstacle to the server (Client.cpp, check_chat_access); nor is it known to be one beyond.
    person = sim.world.reachable(chat_number(args))
    message = sim.world.message(person.id, args.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    sent = message["date"]
    if isinstance(sent, int) and sim.clock.date() - sent > DELETABLE_FOR:
        raise bad_request("Message can't be deleted for everyone")  # td, MessagesManager.cpp, can_revoke_message
    sim.world.delete(message)
    return Result()


def _to_edit(sim: Simulator, args: Args) -> Json:
    """Return the message to edit (server, Client.cpp, check_message); inline messages are not simulated."""
    if not args.text("chat_id") and args.integer("message_id") <= 0:
        if not args.text("inline_message_id"):
            raise bad_request("Message identifier is not specified")
        raise bad_request("MESSAGE_ID_INVALID")  # https://core.telegram.org/method/messages.editInlineBotMessage
    check_business(args)
    return sim.world.editable(sim.world.reachable(chat_number(args)).id, args.integer("message_id"))


def _edited(sim: Simulator, message: Json, changes: Json) -> Result:
    sim.world.writable(message["chat"]["id"])  # that a block is an obstacle, and one that is met last, is assumed
    return Result(sim.world.edit(message, changes))


def _words(name: str, words: Formatted) -> Json:
    """Return the fields to change; None takes one away."""
    return {name: None, ENTITIES[name]: None} | with_words(name, words)


EDITING: dict[str, Method] = {
    "answercallbackquery": answer_callback_query,
    "editmessagetext": edit_message_text,
    "editmessagecaption": edit_message_caption,
    "editmessagereplymarkup": edit_message_reply_markup,
    "deletemessage": delete_message,
}
