"""The methods of the Bot API, by name in small letters: Telegram does not tell the case apart."""

from telegram_sim.methods.account import ACCOUNT
from telegram_sim.methods.editing import EDITING
from telegram_sim.methods.result import Method, Result
from telegram_sim.methods.sending import SENDING

METHODS: dict[str, Method] = ACCOUNT | SENDING | EDITING

__all__ = ["METHODS", "Method", "Result"]
