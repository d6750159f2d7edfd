"""Who may call: whoever knows the bot's token."""

import hmac

from telegram_sim.core.errors import ApiError
from telegram_sim.settings import Settings, well_formed


def check_token(settings: Settings, token: str) -> None:
    """Raise 401 for the token of no bot, 404 for what is no token at all.

    So the public service answers (eternnoir/pyTelegramBotAPI#168 and python-telegram-bot/python-telegram-bot#2162);
    its open server says 401 "invalid token specified" to the latter (ClientManager.cpp).
    """
    if not well_formed(token):
        raise ApiError(404, "Not Found")
    if not hmac.compare_digest(token.encode(), settings.current_token().encode()):
        raise ApiError(401, "Unauthorized")
