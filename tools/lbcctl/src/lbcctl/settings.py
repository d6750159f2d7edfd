"""What the operator's commands are told of the platform: the same variables that the services read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from dotenv import dotenv_values
from pydantic import Field, FilePath, PositiveFloat, PositiveInt
from pydantic_settings import BaseSettings, SettingsConfigDict
from yarl import URL

from lbc_contracts.messages import BotName
from lbc_contracts.tables import Table
from lbc_runtime.secretfile import SecretFile
from lbc_runtime.settings import DELIMITER, PREFIX, AwsSettings, BrokerSettings, variable
from lbcctl.exits import Exit, StopError


class OperatorSettings(BaseSettings):
    """Addresses, names and files with secrets. A command needs only those of the parts that it uses."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, frozen=True, extra="ignore", validate_default=True
    )

    bot: BotName | None = Field(default=None, description="name of the bot, as in its t.me link")
    tables_prefix: str = Field(default="lbc-", description="what the names of the DynamoDB tables begin with")
    assets_bucket: str | None = Field(default=None, description="bucket with the brands' packs and media")
    tts_bucket: str | None = Field(default=None, description="bucket in which speech is kept")
    aws: AwsSettings = Field(default_factory=AwsSettings, description="region and endpoints")
    broker: BrokerSettings | None = Field(default=None, description="RabbitMQ as the operator's AMQP user")
    management_url: str | None = Field(
        default=None, description="RabbitMQ's management API; asked as the operator's AMQP user"
    )
    management_ca_file: FilePath | None = Field(
        default=None, description="certificate authority of the management API, if not a public one"
    )
    telegram_api_url: str = Field(default="https://api.telegram.org", description="where the Bot API is")
    bot_token_file: SecretFile | None = Field(default=None, description="file with the bot's token")
    signing_key_file: SecretFile | None = Field(
        default=None, description="file with the key that links are signed with, as onboarding has it"
    )
    signing_key_previous_file: SecretFile | None = Field(
        default=None, description="file with the keys before it, to inspect their links"
    )
    events_days: PositiveInt = Field(default=30, description="days that event rows stay, as onboarding has it")
    row_life: PositiveFloat = Field(
        default=90 * 86_400, description="seconds that rows of deliveries stay, as delivery has it"
    )

    @property
    def the_bot(self) -> str:
        """The bot's name.

        Raises:
            StopError: it is not set.
        """
        return self.bot or missing("bot")

    @property
    def the_broker(self) -> BrokerSettings:
        """The broker.

        Raises:
            StopError: it is not set.
        """
        return self.broker or missing("broker", "url")

    @property
    def vhost(self) -> str:
        """The broker's vhost, for the management API.

        Raises:
            StopError: the broker is not set.
        """
        return URL(self.the_broker.url.get_secret_value()).path.removeprefix("/") or "/"

    def table(self, table: Table) -> str:
        """The table's full name."""
        return self.tables_prefix + table.name


def missing(*path: str) -> NoReturn:
    """Say that this command needs a setting that has no value.

    Raises:
        StopError: always.
    """
    raise StopError(f"{variable(*path)} is required for this command: set it, or name a file by --env-file", Exit.USAGE)


def use_env_file(file: Path) -> None:
    """Take the variables of ``file`` (``NAME=value`` lines, as in ``.run/env``) that the environment has not.

    Raises:
        StopError: the file cannot be read.
    """
    try:
        with file.open(encoding="utf-8") as stream:
            found = dotenv_values(stream=stream, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise StopError(f"--env-file {file}: {why}", Exit.USAGE) from None
    for name, value in found.items():
        if value is not None:
            os.environ.setdefault(name, value)
