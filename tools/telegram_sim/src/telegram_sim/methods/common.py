"""What several methods read from their arguments."""

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request, chat_not_found
from telegram_sim.core.markup import checked_markup
from telegram_sim.core.people import Person
from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator


def chat_of(sim: Simulator, args: Args) -> Person:
    """Return the person to write to.

    Raises:
        ApiError: 400 for an empty or unknown chat, 403 for one that cannot be written to.
    """
    if not args.text("chat_id"):
        raise bad_request("chat_id is empty")  # server, Client.cpp, check_chat
    chat_id = args.integer("chat_id")
    if not chat_id:
        raise chat_not_found()
    return sim.world.writable(chat_id)


def markup_of(args: Args) -> Json | None:
    """Return the inline keyboard.

    Raises:
        ApiError: 400 for a broken one.
    """
    return checked_markup(args.json("reply_markup", "reply keyboard markup"))
