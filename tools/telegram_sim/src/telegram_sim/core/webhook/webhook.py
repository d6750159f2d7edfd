"""The webhook as the bot set it (server, Client.cpp, process_set_webhook_query and do_set_webhook)."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from telegram_sim.core.errors import bad_request
from telegram_sim.core.types import Json
from telegram_sim.core.updates.kinds import DEFAULT_KINDS, LISTED_KINDS, UPDATE_KINDS
from telegram_sim.core.webhook.url import Address, address_of

DEFAULT_CONNECTIONS = 40
MAX_CONNECTIONS = 100
"""server, Client.cpp, get_webhook_max_connections, not in local mode; docs, setWebhook: 1-100, 40 by default."""
MAX_SECRET = 256
"""Bytes."""
PORTS = frozenset({443, 80, 88, 8443})
"""docs, setWebhook: "Ports currently supported for webhooks"."""
_SECRET = re.compile(r"[A-Za-z0-9_-]*")
_REPLY_REFUSED = {"deletewebhook", "setwebhook", "close", "logout"}


@dataclass(frozen=True)
class Webhook:
    """Where updates go. An empty `url` means nowhere; `allowed` outlives the webhook."""

    url: str = ""
    secret: str = field(default="", repr=False)
    max_connections: int = DEFAULT_CONNECTIONS
    allowed: frozenset[str] = DEFAULT_KINDS
    ip_address: str = ""
    """What its host was resolved to, if that was looked up."""

    @property
    def address(self) -> Address | None:
        """Where to post to, None if `url` says nothing of use."""
        return address_of(self.url)

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
            info["ip_address"] = self.ip_address or "<unknown>"  # server, Client.cpp, JsonWebhookInfo
        if self.allowed != DEFAULT_KINDS:
            info["allowed_updates"] = [kind for kind in LISTED_KINDS if kind in self.allowed]
        return info


def clamped(webhook: Webhook) -> Webhook:
    """Return the webhook with a number of connections that the server takes (get_integer_arg clamps)."""
    return replace(webhook, max_connections=min(max(webhook.max_connections, 1), MAX_CONNECTIONS))


def checked_webhook(url: str, secret: str, max_connections: int, allowed: frozenset[str]) -> Webhook:
    """Return the webhook to set. Plain http and any port are taken, as a Bot API server in local mode does.

    Raises:
        ApiError: 400 for a URL or a secret token that Telegram would refuse.
    """
    webhook = clamped(Webhook(url, secret, max_connections, allowed))
    if webhook.address is None:
        raise bad_request("invalid webhook URL specified")
    if len(secret.encode("utf-8", "surrogatepass")) > MAX_SECRET:
        raise bad_request("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    return webhook


def check_public(webhook: Webhook) -> None:
    """Refuse what the public servers refuse besides (server, WebhookActor.cpp, start_up, not in local mode).

    Raises:
        ApiError: 400, not https or another port than 443, 80, 88 or 8443.
    """
    address = webhook.address
    if address is None or not address.secure:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if address.port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def allowed_kinds(wanted: Any, before: frozenset[str]) -> frozenset[str]:
    """Return the kinds of updates to send.

    Anything but a list of strings keeps the old ones; a list that names nothing known means the default
    (server, Client.cpp, get_allowed_update_types).
    """
    if not isinstance(wanted, list) or not all(isinstance(kind, str) for kind in wanted):
        return before
    return frozenset(kind.lower() for kind in wanted) & frozenset(UPDATE_KINDS) or DEFAULT_KINDS


def reply_method(answer: Json) -> str:
    """Return the method that a webhook's answer asks for, as it is written; "" for none that may be asked for so.

    A method that reads, or that changes the webhook itself, is ignored (server, WebhookActor.cpp, handle).
    """
    method = answer.get("method")
    if not isinstance(method, str):
        return ""
    name = method.lower()
    return "" if name in _REPLY_REFUSED or name.startswith("get") else method
