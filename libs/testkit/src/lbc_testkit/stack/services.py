"""How each service of the local stack is started: module, AMQP user, environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from lbc_contracts.topology import Service
from lbc_testkit.stack.secrets import Secrets
from lbc_testkit.stack.settings import StackSettings

ASSETS_BUCKET = "lbc-assets"
TTS_BUCKET = "lbc-tts"
TABLES_PREFIX = "lbc-"
REGION = "us-east-1"

MODULES = {
    Service.INGRESS: "lbc_ingress",
    Service.ONBOARDING: "lbc_onboarding",
    Service.SWEEPER: "lbc_onboarding.sweeper",
    Service.MEDIA: "lbc_media",
    Service.TTS: "lbc_tts",
    Service.DELIVERY: "lbc_delivery",
}
SERVICES = tuple(MODULES)

_HANDED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Addresses:
    """Where the services find the parts.

    Attributes:
        amqp: without user; the vhost is in its path.
        user_prefix: before each service's AMQP user, so that a shared broker's users are left alone.
    """

    amqp: str
    user_prefix: str
    dynamodb: str
    s3: str
    polly: str
    telegram: str

    def through(self, ports: Mapping[str, int]) -> Addresses:
        """The same parts behind other loopback ports, such as those of fault proxies; by attribute name."""
        moved = {name: _on_port(getattr(self, name), port) for name, port in ports.items()}
        return Addresses(**{**vars(self), **moved})


def environment(
    service: Service,
    *,
    settings: StackSettings,
    addresses: Addresses,
    secrets: Secrets,
    admin_port: int,
    webhook_port: int,
    s3_public: str,
) -> dict[str, str]:
    """The whole environment of one service: its own settings, and no secret but as a file."""
    found = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    found |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    found |= {
        "LBC_BOT": settings.bot,
        "LBC_BROKER__URL": _with_user(addresses.amqp, addresses.user_prefix + service),
        "LBC_BROKER__PASSWORD_FILE": str(secrets.amqp(service).resolve()),
        "LBC_ADMIN_PORT": str(admin_port),
    }
    if service is Service.INGRESS:
        return found | _ingress(settings, secrets, webhook_port)
    found |= _aws(addresses, s3_public)
    match service:
        case Service.MEDIA:
            found |= {"LBC_ASSETS_BUCKET": ASSETS_BUCKET}
        case Service.TTS:
            found |= {"LBC_TTS_BUCKET": TTS_BUCKET, "LBC_ENGINE": settings.engine}
        case Service.DELIVERY:
            found |= _delivery(settings, addresses, secrets)
        case _:
            found |= _onboarding(settings, service, secrets)
    return found


def operator_environment(*, bot: str, addresses: Addresses, management_url: str, secrets: Secrets) -> dict[str, str]:
    """What `lbcctl` needs to work on the stack; no secret but as a file."""
    return {
        "LBC_BOT": bot,
        "LBC_BROKER__URL": _with_user(addresses.amqp, addresses.user_prefix + Service.OPERATOR),
        "LBC_BROKER__PASSWORD_FILE": str(secrets.amqp(Service.OPERATOR).resolve()),
        "LBC_MANAGEMENT_URL": management_url,
        "LBC_TELEGRAM_API_URL": addresses.telegram,
        "LBC_BOT_TOKEN_FILE": str(secrets.bot_token.resolve()),
        "LBC_TABLES_PREFIX": TABLES_PREFIX,
        "LBC_ASSETS_BUCKET": ASSETS_BUCKET,
        "LBC_TTS_BUCKET": TTS_BUCKET,
        "LBC_SIGNING_KEY_FILE": str(secrets.signing_key.resolve()),
        **_aws(addresses, addresses.s3),
    }


def argv(service: Service) -> list[str]:
    """The command that starts a service."""
    return [sys.executable, "-m", MODULES[service]]


def _ingress(settings: StackSettings, secrets: Secrets, port: int) -> dict[str, str]:
    found = {
        "LBC_HOST": settings.host,
        "LBC_PORT": str(port),
        "LBC_WEBHOOK_SECRET_FILE": str(secrets.webhook.resolve()),
    }
    return found | ({"LBC_FLOOD_PER_SECOND": "0"} if settings.limits == "off" else {})


def _aws(addresses: Addresses, s3_public: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local-stand-ins-check-no-key",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LBC_AWS__REGION": REGION,
        "LBC_AWS__DYNAMODB_ENDPOINT": addresses.dynamodb,
        "LBC_AWS__S3_ENDPOINT": addresses.s3,
        "LBC_AWS__S3_PUBLIC_ENDPOINT": s3_public,
        "LBC_AWS__STS_ENDPOINT": addresses.s3,
        "LBC_AWS__KMS_ENDPOINT": addresses.s3,
        "LBC_AWS__POLLY_ENDPOINT": addresses.polly,
    }


def _delivery(settings: StackSettings, addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    found = {
        "LBC_TELEGRAM_API_URL": addresses.telegram,
        "LBC_BOT_TOKEN_FILE": str(secrets.bot_token.resolve()),
        "LBC_TABLES_PREFIX": TABLES_PREFIX,
        "LBC_LEASE": str(settings.pace.lease),
        "LBC_REQUEST_TIMEOUT": str(settings.pace.lease / 2),
    }
    unlimited = {"LBC_MESSAGES_PER_SECOND": "0", "LBC_CHAT_MESSAGES_PER_SECOND": "0"}
    return found | (unlimited if settings.limits == "off" else {})


def _onboarding(settings: StackSettings, service: Service, secrets: Secrets) -> dict[str, str]:
    pace = settings.pace
    found = {"LBC_TABLES_PREFIX": TABLES_PREFIX}
    if service is Service.SWEEPER:
        return found | {"LBC_SWEEP_EVERY": str(pace.sweep_every), "LBC_REMIND_AGAIN": str(10 * pace.step_due)}
    return found | {
        "LBC_BRAND": str(settings.brand.resolve()),
        "LBC_STEP_DUE": str(pace.step_due),
        "LBC_SIGNING_KEY_FILE": str(secrets.signing_key.resolve()),
        "LBC_SIGNING_KEY_PREVIOUS_FILE": str(secrets.signing_key_previous.resolve()),
    }


def _with_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}@{parts.netloc.rpartition('@')[2]}"))


def _on_port(url: str, port: int) -> str:
    return urlunsplit(urlsplit(url)._replace(netloc=f"127.0.0.1:{port}"))
