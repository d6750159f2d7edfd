"""Who may call: whoever knows the bot's token."""

import hmac
from pathlib import Path

from telegram_sim.core.errors import ApiError
from telegram_sim.settings import Settings, well_formed


class BotToken:
    """The token that is taken now.

    Another one that appears in the settings' file, of the same bot, takes its place: as when BotFather revokes it.
    """

    def __init__(self, settings: Settings) -> None:
        self._bot_id = settings.bot_id
        self._file = settings.token_file
        self._stamp = (0, 0)
        self._token = settings.token

    def check(self, token: str) -> None:
        """Raise 401 for the token of no bot, 404 for what is no token at all.

        So the public service answers (eternnoir/pyTelegramBotAPI#168 and python-telegram-bot/python-telegram-bot#2162);
        its open server says 401 "invalid token specified" to the latter (ClientManager.cpp).
        """
        if not well_formed(token):
            raise ApiError(404, "Not Found")
        if not hmac.compare_digest(token.encode(), self._current().encode()):
            raise ApiError(401, "Unauthorized")

    def _current(self) -> str:
        if self._file:
            self._look()
        return self._token

    def _look(self) -> None:
        """Read the file if it is another one, or was changed; what is no token of this bot changes nothing."""
        try:
            status = Path(self._file).stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            token = Path(self._file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return
        self._stamp = stamp
        if well_formed(token) and int(token.partition(":")[0]) == self._bot_id:
            self._token = token
