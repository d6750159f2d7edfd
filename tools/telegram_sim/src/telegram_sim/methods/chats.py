"""Which chat a call means."""

from telegram_sim.core.args import Args
from telegram_sim.core.errors import bad_request, chat_not_found


def chat_number(args: Args) -> int:
    """Return the number of the chat (server, Client.cpp, check_chat).

    Raises:
        ApiError: 400 for an empty one, and for a name: people are not found by theirs.
    """
    return _number(args.text("chat_id"), args.integer("chat_id"))


def number_in(chat_id: str) -> int:
    """Return the number of a chat that an object names, as `chat_number` does."""
    return _number(chat_id, Args({"chat_id": chat_id}).integer("chat_id"))


def _number(given: str, number: int) -> int:
    if not given:
        raise bad_request("chat_id is empty")
    if given.startswith("@") or not number:
        raise chat_not_found()
    return number


def check_business(args: Args) -> None:
    """Raise 400 for the number of a business connection, since there is none here (server, Client.cpp)."""
    if args.text("business_connection_id"):
        raise bad_request("business connection not found")
