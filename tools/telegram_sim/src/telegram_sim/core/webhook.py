"""The webhook as the bot set it (server, Client.cpp, process_set_webhook_query and do_set_webhook)."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from telegram_sim.core.errors import bad_request
from telegram_sim.core.types import Json
from telegram_sim.core.updates import DEFAULT_KINDS, KINDS

DEFAULT_CONNECTIONS = 40
MAX_CONNECTIONS = 100
MAX_SECRET = 256
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_REPLY_REFUSED = {"deletewebhook", "setwebhook", "close", "logout"}


@dataclass(frozen=True)
class Webhook:
    """Where updates go. An empty `url` means nowhere; `allowed` outlives the webhook."""

    url: str = ""
    secret: str = ""
    max_connections: int = DEFAULT_CONNECTIONS
    allowed: frozenset[str] = DEFAULT_KINDS

    def removed(self) -> "Webhook":
        """Return what is left after deleteWebhook."""
        return Webhook(allowed=self.allowed)

    def shown(self, pending: int, error: tuple[int, str] | None) -> Json:
        """Return docs' WebhookInfo."""
        info: Json = {"url": self.url, "has_custom_certificate": False, "pending_update_count": pending}
        if error is not None:
            info |= {"last_error_date": error[0], "last_error_message": error[1]}
        if self.url:
            info["max_connections"] = self.max_connections
        if self.allowed != DEFAULT_KINDS:
            info["allowed_updates"] = [kind for kind in KINDS if kind in self.allowed]
        return info


def checked_webhook(url: str, secret: str, max_connections: int, allowed: frozenset[str]) -> Webhook:
    """Return the webhook to set.

    Plain http and any port are taken, as a Bot API server in local mode does; the public one wants https on
    443, 80, 88 or 8443.

    Raises:
        ApiError: 400 for a URL or a secret token that Telegram would refuse.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise bad_request("invalid webhook URL specified")
    if len(secret) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if not 1 <= max_connections <= MAX_CONNECTIONS:
        max_connections = min(max(max_connections, 1), MAX_CONNECTIONS)  # get_integer_arg clamps
    return Webhook(url, secret, max_connections, allowed)


def allowed_kinds(wanted: Any, before: frozenset[str]) -> frozenset[str]:
    """Return the kinds of updates to send.

    Anything but a list of strings keeps the old ones; a list that names nothing known means the default
    (server, Client.cpp, get_allowed_update_types).
    """
    if not isinstance(wanted, list) or not all(isinstance(kind, str) for kind in wanted):
        return before
    return frozenset(kind.lower() for kind in wanted) & frozenset(KINDS) or DEFAULT_KINDS


def with_allowed(webhook: Webhook, allowed: Collection[str]) -> Webhook:
    """Return the same webhook for other kinds of updates."""
    return replace(webhook, allowed=frozenset(allowed))


def reply_method(answer: Json) -> str:
    """Return the method that a webhook's answer asks for, "" for none or one that may not be asked for so.

    A method that reads, or that changes the webhook itself, is ignored (server, WebhookActor.cpp, handle).
    """
    method = answer.get("method")
    name = method.lower() if isinstance(method, str) else ""
    return "" if name in _REPLY_REFUSED or name.startswith("get") else name
