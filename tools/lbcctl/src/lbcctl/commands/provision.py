"""``lbcctl provision``: tables, buckets, topology and AMQP users, as the manifests name them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
import typer
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from lbc_contracts.tables import TABLES
from lbc_contracts.topology import Service, queues
from lbc_runtime.aws import client
from lbc_runtime.settings import DELIMITER, PREFIX, AwsSettings
from lbcctl.assets import publish_media
from lbcctl.console import needs
from lbcctl.provision.broker import ProvisionError, provision_broker
from lbcctl.provision.management import Management
from lbcctl.provision.plan import plan, wanted
from lbcctl.provision.storage import provision_bucket, provision_tables
from lbcctl.waiting import NotThereError, until_it_answers

MONITOR = "keda"
"""Folder of the user that may read depths: its name is a file there, as KEDA needs both."""


class Environment(BaseSettings):
    """AWS as the services are told of it: LBC_AWS__*."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="ignore")

    aws: AwsSettings = Field(default_factory=AwsSettings)


NEEDS = needs(
    aws=[
        "dynamodb:ListTables on *",
        "dynamodb:CreateTable, DescribeTable and UpdateTable on the tables",
        "dynamodb:DescribeTimeToLive, UpdateTimeToLive, DescribeContinuousBackups and UpdateContinuousBackups on them",
        "s3:ListAllMyBuckets on *",
        "s3:CreateBucket and ListBucket on both buckets",
        "s3:Get- and PutBucketPublicAccessBlock, -EncryptionConfiguration and -LifecycleConfiguration on them",
        "with media also s3:GetObject and PutObject on the assets bucket",
    ],
    management="an administrator",
)


@dataclass(frozen=True)
class Deployment:
    """What one deployment is called, and where its parts are."""

    management_url: str
    vhost: str
    user_prefix: str
    table_prefix: str
    assets_bucket: str
    tts_bucket: str
    admin: tuple[str, str] = field(repr=False)
    passwords: dict[Service, str] = field(repr=False)
    monitor: tuple[str, str] | None = field(repr=False)
    ca_file: Path | None = None
    aws: AwsSettings = field(default_factory=AwsSettings)

    @property
    def users(self) -> list[str]:
        """AMQP users of this deployment."""
        names = [f"{self.user_prefix}{service}" for service in self.passwords]
        return [*names, self.monitor[0]] if self.monitor else names

    def management(self) -> Management:
        """The management API as an administrator."""
        return Management.open(self.management_url, *self.admin, self.ca_file)


def provision(  # noqa: PLR0913, PLR0917 - an option each
    management_url: Annotated[
        str, typer.Option(envvar="LBCCTL_MANAGEMENT_URL", help="Address of RabbitMQ's management API.")
    ],
    admin: Annotated[
        Path,
        typer.Option(envvar="LBCCTL_ADMIN", help="Folder with amqp-admin-username and amqp-admin-password."),
    ],
    users: Annotated[
        Path, typer.Option(envvar="LBCCTL_USERS", help="Folder with <service>/amqp-password for each AMQP user.")
    ],
    assets_bucket: Annotated[str, typer.Option(envvar="LBCCTL_ASSETS_BUCKET", help="Bucket with brands' media.")],
    tts_bucket: Annotated[str, typer.Option(envvar="LBCCTL_TTS_BUCKET", help="Bucket in which speech is kept.")],
    vhost: Annotated[str, typer.Option(envvar="LBCCTL_VHOST", help="Virtual host.")] = "/",
    user_prefix: Annotated[str, typer.Option(envvar="LBCCTL_USER_PREFIX", help="Before each AMQP user's name.")] = "",
    table_prefix: Annotated[str, typer.Option(envvar="LBCCTL_TABLE_PREFIX", help="Before each table's name.")] = "lbc-",
    ca_file: Annotated[
        Path | None, typer.Option(envvar="LBCCTL_CA_FILE", help="Certificate authority of the management API.")
    ] = None,
    media: Annotated[
        Path | None, typer.Option(envvar="LBCCTL_MEDIA", help="A brand's media folder, to be uploaded.")
    ] = None,
    media_prefix: Annotated[str, typer.Option(envvar="LBCCTL_MEDIA_PREFIX", help="Before their keys.")] = "demo/",
    wait: Annotated[float, typer.Option(envvar="LBCCTL_WAIT", help="Seconds to wait for the parts to answer.")] = 60,
    *,
    backups: Annotated[bool, typer.Option(envvar="LBCCTL_BACKUPS", help="Point-in-time recovery.")] = True,
    kms: Annotated[bool, typer.Option(envvar="LBCCTL_KMS", help="Encrypt speech by KMS.")] = True,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say what would be done, and stop.")] = False,
    remove_users: Annotated[
        bool, typer.Option("--remove-users", help="Only remove the AMQP users, and list the data that stay.")
    ] = False,
) -> None:
    """Create what is missing and correct what differs; safe to repeat. Data are never removed."""
    deployment = Deployment(
        management_url=management_url,
        vhost=vhost,
        user_prefix=user_prefix,
        table_prefix=table_prefix,
        assets_bucket=assets_bucket,
        tts_bucket=tts_bucket,
        admin=(_read(admin / "amqp-admin-username"), _read(admin / "amqp-admin-password")),
        passwords=_passwords(users),
        monitor=_monitor(users),
        ca_file=ca_file,
        aws=Environment().aws,
    )
    try:
        if remove_users:
            asyncio.run(_remove(deployment, wait))
        else:
            asyncio.run(
                _provision(deployment, wait, media, media_prefix, backups=backups, kms=kms, plan_only=plan_only)
            )
    except (ProvisionError, NotThereError, ClientError, BotoCoreError, aiohttp.ClientError, TimeoutError) as error:
        typer.echo(f"{type(error).__name__}: {error}", err=True)
        raise typer.Exit(1) from None


async def _provision(
    deployment: Deployment,
    wait: float,
    media: Path | None,
    media_prefix: str,
    *,
    backups: bool,
    kms: bool,
    plan_only: bool,
) -> None:
    async with AsyncExitStack() as stack:
        management = await stack.enter_async_context(deployment.management())
        dynamodb = await stack.enter_async_context(client(deployment.aws, "dynamodb"))
        s3 = await stack.enter_async_context(client(deployment.aws, "s3"))
        await _answering(management, dynamodb, s3, wait)
        buckets = [deployment.assets_bucket, deployment.tts_bucket]
        want = wanted(deployment.vhost, deployment.users, deployment.table_prefix, buckets)
        parts = (management, dynamodb, s3)
        typer.echo("plan:")
        for line in await plan(*parts, want, await _settle(deployment, *parts, backups=backups, kms=kms, dry=True)):
            typer.echo(f"  {line}")
        if plan_only:
            return
        changes = await _settle(deployment, *parts, backups=backups, kms=kms, dry=False)
        if media:
            uploaded = await publish_media(s3, deployment.assets_bucket, media, media_prefix)
            changes += [f"media {key}" for key in uploaded]
        _tell(changes)


async def _settle(
    deployment: Deployment, management: Management, dynamodb: Any, s3: Any, *, backups: bool, kms: bool, dry: bool
) -> list[str]:
    """Bring all to what the manifests say, or only look; gives what was changed, or would be."""
    changes = await provision_broker(
        f"amqp://broker/{quote(deployment.vhost, safe='')}",
        _with_user(deployment.management_url, *deployment.admin),
        deployment.passwords,
        user_prefix=deployment.user_prefix,
        ca_file=deployment.ca_file,
        dry=dry,
    )
    if deployment.monitor:
        changes += await management.allow_monitoring(deployment.vhost, *deployment.monitor, dry=dry)
    changes += await provision_tables(dynamodb, deployment.table_prefix, backups=backups, dry=dry)
    for bucket, encrypted, aging in ((deployment.assets_bucket, False, False), (deployment.tts_bucket, kms, True)):
        changes += await provision_bucket(
            s3, bucket, region=deployment.aws.region, kms=encrypted, infrequent_access=aging, dry=dry
        )
    return changes


async def _remove(deployment: Deployment, wait: float) -> None:
    async with deployment.management() as management:
        await until_it_answers(
            lambda: management.names("vhosts"),
            what="RabbitMQ",
            seconds=wait,
            absent=(aiohttp.ClientError, TimeoutError),
        )
        _tell(await management.remove_users(deployment.users))
        there = await management.call("GET", "queues", deployment.vhost) or []
    depth = {str(queue["name"]): int(queue.get("messages", 0)) for queue in there}
    typer.echo("kept, since it is data:")
    for queue in queues():
        if queue.name in depth:
            typer.echo(f"  queue {queue.name} in vhost {deployment.vhost}: {depth[queue.name]} messages")
    for table in TABLES:
        typer.echo(f"  table {deployment.table_prefix}{table.name}")
    typer.echo(f"  bucket {deployment.assets_bucket}\n  bucket {deployment.tts_bucket}")
    typer.echo(f"remove it with: rabbitmqctl delete_vhost {deployment.vhost}; aws dynamodb delete-table; aws s3 rb")


async def _answering(management: Management, dynamodb: Any, s3: Any, wait: float) -> None:
    away = (aiohttp.ClientError, TimeoutError, BotoCoreError)
    await until_it_answers(lambda: management.names("vhosts"), what="RabbitMQ", seconds=wait, absent=away)
    await until_it_answers(dynamodb.list_tables, what="DynamoDB", seconds=wait, absent=away)
    await until_it_answers(s3.list_buckets, what="S3", seconds=wait, absent=away)


def _tell(changes: list[str]) -> None:
    typer.echo("changed:" if changes else "changed: nothing")
    for line in changes:
        typer.echo(f"  {line}")


def _passwords(folder: Path) -> dict[Service, str]:
    files = {service: folder / service / "amqp-password" for service in Service}
    return {service: _read(file) for service, file in files.items() if file.exists()}


def _monitor(folder: Path) -> tuple[str, str] | None:
    name, password = folder / MONITOR / "amqp-username", folder / MONITOR / "amqp-password"
    return (_read(name), _read(password)) if name.exists() and password.exists() else None


def _with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
