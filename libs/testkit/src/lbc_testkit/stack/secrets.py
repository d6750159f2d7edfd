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

    @property
    def signing_key(self) -> Path:
        """The key of start tokens."""
        return self.folder / "signing-key"

    @property
    def signing_key_previous(self) -> Path:
        """The key before it; at first the same."""
        return self.folder / "signing-key-previous"

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
    key = f"1:{secrets.token_urlsafe(32)}"
    _write(drawn.signing_key, key)
    _write(drawn.signing_key_previous, key)
    for service in Service:
        _write(drawn.amqp(service), secrets.token_urlsafe(24))
    return drawn


def _write(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret)
