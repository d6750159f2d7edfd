"""What several methods read from their arguments, and what they answer with."""

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request, chat_not_found
from telegram_sim.core.formatting import Formatted
from telegram_sim.core.markup import checked_markup
from telegram_sim.core.people import Person
from telegram_sim.core.types import Json
from telegram_sim.simulator import Simulator


def chat_number(args: Args) -> int:
    """Return the number of the chat (server, Client.cpp, check_chat).

    Raises:
        ApiError: 400 for an empty one, and for a name: people are not found by theirs.
    """
    given = args.text("chat_id")
    if not given:
        raise bad_request("chat_id is empty")
    if given.startswith("@") or not args.integer("chat_id"):
        raise chat_not_found()
    return args.integer("chat_id")


def chat_of(sim: Simulator, args: Args) -> Person:
    """Return the person to write to.

    Raises:
        ApiError: 400 for an empty or unknown chat, 403 for one that cannot be written to.
    """
    return sim.world.writable(chat_number(args))


def markup_of(args: Args) -> Json | None:
    """Return the inline keyboard.

    Raises:
        ApiError: 400 for a broken one.
    """
    return checked_markup(args.json("reply_markup", "reply keyboard markup"))


def with_words(name: str, words: Formatted) -> Json:
    """Return the fields of docs' Message that hold a text or a caption."""
    entities = {"text": "entities", "caption": "caption_entities"}[name]
    return ({name: words.text} if words.text else {}) | ({entities: words.entities} if words.entities else {})
