"""The methods of the Bot API, by name in small letters: Telegram does not tell the case apart."""

from telegram_sim.methods.account import ACCOUNT
from telegram_sim.methods.commands import COMMANDS
from telegram_sim.methods.editing import EDITING
from telegram_sim.methods.reading import READING
from telegram_sim.methods.result import Method, Result
from telegram_sim.methods.sending import SENDING
from telegram_sim.methods.updates import UPDATES

METHODS: dict[str, Method] = ACCOUNT | COMMANDS | SENDING | EDITING | READING | UPDATES

__all__ = ["METHODS", "Method", "Result"]
