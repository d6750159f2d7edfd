"""Secrets of the local stack: drawn once a start, in files that only their owner reads."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from lbc_contracts.topology import Service

BOT_ID = 4242


@dataclass(frozen=True)
class Secrets:
    """Files that hold one secret each.

    Attributes:
        folder: where they are.
    """

    folder: Path

    @property
    def bot_token(self) -> Path:
        """The bot's token."""
        return self.folder / "bot-token"

    @property
    def webhook(self) -> Path:
        """The secret token of setWebhook."""
        return self.folder / "webhook-secret"

    def amqp(self, service: Service) -> Path:
        """The password of a service's AMQP user."""
        return self.folder / f"amqp-{service}"

    def amqp_passwords(self) -> dict[Service, str]:
        """All of them, for provisioning."""
        return {service: self.amqp(service).read_text() for service in Service}


def draw(folder: Path, real_token: Path | None) -> Secrets:
    """Write new secrets.

    Args:
        folder: emptied first.
        real_token: a file with a real bot's token to use instead of one for the simulator.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    drawn = Secrets(folder)
    token = real_token.read_text().strip() if real_token else f"{BOT_ID}:{secrets.token_urlsafe(26)}"
    _write(drawn.bot_token, token)
    _write(drawn.webhook, secrets.token_urlsafe(32))
    for service in Service:
        _write(drawn.amqp(service), secrets.token_urlsafe(24))
    return drawn


def _write(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret)
