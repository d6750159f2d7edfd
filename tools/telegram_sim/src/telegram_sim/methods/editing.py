"""Methods about messages that are there already."""

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request
from telegram_sim.methods.common import chat_of, markup_of
from telegram_sim.methods.result import Method, Result
from telegram_sim.simulator import Simulator

MAX_TOAST = 200
"""Characters (docs, answerCallbackQuery)."""


async def answer_callback_query(sim: Simulator, args: Args) -> Result:
    """docs, answerCallbackQuery."""
    text = args.text("text")
    if len(text) > MAX_TOAST:  # the limit is docs', the word is assumed
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {"text": text, "show_alert": args.boolean("show_alert"), "url": args.text("url")}
    sim.world.answer_tap(args.text("callback_query_id"), answer)
    return Result()


async def edit_message_reply_markup(sim: Simulator, args: Args) -> Result:
    """docs, editMessageReplyMarkup; without a markup the buttons go."""
    markup = markup_of(args)
    person = chat_of(sim, args)
    message_id = args.integer("message_id")
    if message_id <= 0:
        raise bad_request("message identifier is not specified")  # server, Client.cpp
    return Result(sim.world.edit(person.id, message_id, {"reply_markup": markup}))


EDITING: dict[str, Method] = {
    "answercallbackquery": answer_callback_query,
    "editmessagereplymarkup": edit_message_reply_markup,
}
