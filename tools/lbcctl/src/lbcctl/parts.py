"""The parts of the platform that a command works on; each is opened only by who needs it, and closed at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiormq.abc import AbstractChannel
from yarl import URL

from lbc_contracts.tables import Table
from lbc_runtime import amqp
from lbc_runtime.aws import client
from lbcctl.botapi import BotApi
from lbcctl.errors import explain_amqp
from lbcctl.management import ManagementApi
from lbcctl.settings import OperatorSettings, missing


@dataclass(frozen=True)
class Parts:
    """Opens AWS clients, the broker, its management API and the Bot API.

    Attributes:
        settings: of the operator.
    """

    settings: OperatorSettings

    def dynamodb(self) -> AbstractAsyncContextManager[Any]:
        """An aiobotocore DynamoDB client; its errors are told by `lbcctl.console.run`."""
        return client(self.settings.aws, "dynamodb")

    def s3(self) -> AbstractAsyncContextManager[Any]:
        """An aiobotocore S3 client; its errors are told by `lbcctl.console.run`."""
        return client(self.settings.aws, "s3")

    def table(self, table: Table) -> str:
        """The table's full name."""
        return self.settings.table(table)

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[AbstractChannel]:
        """A channel to the broker that confirms publishes and returns what it cannot route.

        Raises:
            StopError: the broker is down, or refuses this user; also for errors of the driver in the block.
        """
        settings = self.settings.the_broker
        try:
            async with amqp.connected(settings, "lbcctl") as connection:
                yield await connection.channel(
                    publisher_confirms=True, on_return_raises=True, timeout=settings.connect_timeout
                )
        except amqp.LOST as error:
            raise explain_amqp(error, settings) from error

    @asynccontextmanager
    async def management(self) -> AsyncIterator[ManagementApi]:
        """RabbitMQ's management API as the operator's AMQP user, who needs the tag ``management``.

        Raises:
            StopError: its address or the broker's is not set.
        """
        settings = self.settings
        url = URL(settings.the_broker.url.get_secret_value())
        password = settings.the_broker.password_file
        async with ManagementApi.open(
            settings.management_url or missing("management_url"),
            user=url.user or "guest",
            password=password.read() if password else url.password or "",
            vhost=settings.vhost,
            ca_file=settings.management_ca_file or settings.the_broker.ca_file,
            seconds=2 * settings.the_broker.connect_timeout,
        ) as api:
            yield api

    def bot_api(self) -> BotApi:
        """The Bot API as the bot.

        Raises:
            StopError: the bot's token is not set.
        """
        token = self.settings.bot_token_file
        return BotApi(self.settings.telegram_api_url, token.read() if token else missing("bot_token_file"))
