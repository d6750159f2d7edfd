"""What ``lbcctl provision`` does, and what it says when a part is down or refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiohttp
from botocore.exceptions import BotoCoreError
from yarl import URL

from lbc_contracts.tables import TABLES
from lbc_contracts.topology import Service, queues
from lbc_runtime.aws import client
from lbc_runtime.settings import AwsSettings
from lbcctl.assets import publish_media
from lbcctl.console import Screen
from lbcctl.errors import explain
from lbcctl.exits import Exit, StopError
from lbcctl.files import read
from lbcctl.provision.broker import ProvisionError, provision_broker
from lbcctl.provision.buckets import provision_bucket
from lbcctl.provision.management import Management
from lbcctl.provision.plan import plan, wanted
from lbcctl.provision.storage import StillBuildingError, provision_tables
from lbcctl.provision.troubles import explain_management
from lbcctl.waiting import NotThereError, until_it_answers

T = TypeVar("T")

MONITOR: Final = "keda"
"""Folder of the user that may read depths: its name is a file there, as KEDA needs both."""


@dataclass(frozen=True)
class Deployment:
    """What one deployment is called, where its broker is, and what it shall have."""

    management_url: str
    vhost: str
    user_prefix: str
    table_prefix: str
    assets_bucket: str
    tts_bucket: str
    admin: tuple[str, str] = field(repr=False)
    passwords: dict[Service, str] = field(repr=False)
    monitor: tuple[str, str] | None = field(repr=False)
    ca_file: Path | None
    media: Path | None
    media_prefix: str
    backups: bool
    kms: bool

    @property
    def users(self) -> list[str]:
        """AMQP users of this deployment."""
        names = [f"{self.user_prefix}{service}" for service in self.passwords]
        return [*names, self.monitor[0]] if self.monitor else names

    def management(self) -> Management:
        """The management API as an administrator."""
        return Management.open(self.management_url, *self.admin, self.ca_file)

    @property
    def management_as_admin(self) -> str:
        """The same as one address."""
        user, password = self.admin
        return str(URL(self.management_url).with_user(user).with_password(password))


@dataclass(frozen=True)
class Provisioning:
    """One run.

    Attributes:
        wait: seconds for each part to answer.
        build_wait: seconds for all that DynamoDB builds.
    """

    deployment: Deployment
    aws: AwsSettings
    screen: Screen
    wait: float
    build_wait: float

    async def provision(self, *, plan_only: bool) -> None:
        """Say what will be done, do it, and say what was changed.

        Raises:
            StopError: a part is down, refuses, or builds longer than we wait.
        """
        async with AsyncExitStack() as stack:
            management = await self._management(stack)
            dynamodb = await stack.enter_async_context(client(self.aws, "dynamodb"))
            s3 = await stack.enter_async_context(client(self.aws, "s3"))
            await self._aws_answers(dynamodb.list_tables, "DynamoDB")
            await self._aws_answers(s3.list_buckets, "S3")
            await self._plan(management, dynamodb, s3)
            if not plan_only:
                self._tell(await self._settle(management, dynamodb, s3, dry=False))

    async def remove_users(self) -> None:
        """Remove the AMQP users, and list the data that stay."""
        it = self.deployment
        async with AsyncExitStack() as stack:
            management = await self._management(stack)
            self._tell(await self._broker(management.remove_users(it.vhost, it.users)))
            there = await self._broker(management.call("GET", "queues", it.vhost)) or []
        depth = {str(queue["name"]): int(queue.get("messages", 0)) for queue in there}
        lines = [
            f"queue {queue.name} in vhost {it.vhost}: {depth[queue.name]} messages"
            for queue in queues()
            if queue.name in depth
        ]
        lines += [f"table {it.table_prefix}{table.name}" for table in TABLES]
        lines += [f"bucket {bucket}" for bucket in (it.assets_bucket, it.tts_bucket)]
        self._list("kept, since it is data:", lines)
        self.screen.text(f"remove it with: rabbitmqctl delete_vhost {it.vhost}; aws dynamodb delete-table; aws s3 rb")

    async def _plan(self, management: Management, dynamodb: Any, s3: Any) -> None:
        it = self.deployment
        want = wanted(it.vhost, it.users, it.table_prefix, [it.assets_bucket, it.tts_bucket])
        drift = await self._settle(management, dynamodb, s3, dry=True)
        self._list("plan:", await self._broker(plan(management, dynamodb, s3, want, drift)))

    async def _settle(self, management: Management, dynamodb: Any, s3: Any, *, dry: bool) -> list[str]:
        """Bring all to what the manifests say, or only look; gives what was changed, or would be."""
        it = self.deployment
        topology = provision_broker(
            f"amqp://broker/{quote(it.vhost, safe='')}",
            it.management_as_admin,
            it.passwords,
            user_prefix=it.user_prefix,
            ca_file=it.ca_file,
            dry=dry,
        )
        changes = await self._broker(topology)
        if it.monitor:
            changes += await self._broker(management.allow_monitoring(it.vhost, *it.monitor, dry=dry))
        for bucket, encrypted, aging in ((it.assets_bucket, False, False), (it.tts_bucket, it.kms, True)):
            changes += await provision_bucket(
                s3, bucket, region=self.aws.region, kms=encrypted, infrequent_access=aging, dry=dry
            )
        if it.media and not dry:
            changes += [f"media {key}" for key in await publish_media(s3, it.assets_bucket, it.media, it.media_prefix)]
        try:  # last, since it may take long
            changes += await provision_tables(
                dynamodb, it.table_prefix, backups=it.backups, dry=dry, ready_within=self.build_wait
            )
        except StillBuildingError as error:
            self._tell([*changes, *error.changes])
            raise StopError(f"DynamoDB: {error}.", Exit.DOWN) from None
        return changes

    async def _management(self, stack: AsyncExitStack) -> Management:
        """The management API, once it answers."""
        it = self.deployment
        if URL(it.management_url).scheme not in {"http", "https"} or not URL(it.management_url).host:
            raise StopError(f"--management-url: {it.management_url} is no URL", Exit.USAGE)
        management = await stack.enter_async_context(it.management())
        absent = (aiohttp.ClientError, TimeoutError)
        asked = until_it_answers(lambda: management.names("vhosts"), what="RabbitMQ", seconds=self.wait, absent=absent)
        await self._broker(asked)
        return management

    async def _broker(self, asked: Awaitable[T]) -> T:
        """Its answer, or what the operator is told of the broker."""
        try:
            return await asked
        except (ProvisionError, NotThereError, aiohttp.ClientError, TimeoutError) as error:
            raise explain_management(error, self.deployment.management_url, self.deployment.admin[0]) from error

    async def _aws_answers(self, ask: Callable[[], Awaitable[object]], what: str) -> None:
        try:
            await until_it_answers(ask, what=what, seconds=self.wait, absent=(BotoCoreError,))
        except NotThereError as error:
            told = explain(error.met, self.aws)
            raise StopError(f"{told.text} Asked for {self.wait:g} s.", told.code) from error

    def _tell(self, changes: list[str]) -> None:
        self._list("changed:" if changes else "changed: nothing", changes)

    def _list(self, title: str, lines: list[str]) -> None:
        for line in (title, *(f"  {line}" for line in lines)):
            self.screen.text(line)


def passwords_in(folder: Path) -> dict[Service, str]:
    """AMQP passwords, of each user that has one there."""
    files = {service: folder / service / "amqp-password" for service in Service}
    return {service: read(file) for service, file in files.items() if file.exists()}


def monitor_in(folder: Path) -> tuple[str, str] | None:
    """Name and password of the user that may read depths, if there is one."""
    name, password = folder / MONITOR / "amqp-username", folder / MONITOR / "amqp-password"
    return (read(name), read(password)) if name.exists() and password.exists() else None
