"""``lbcctl provision``: tables, buckets, topology and AMQP users, as the manifests name them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lbcctl.commands.provision_work import Deployment, Provisioning, monitor_in, passwords_in
from lbcctl.console import Screen, needs, run
from lbcctl.exits import Exit, StopError
from lbcctl.files import read
from lbcctl.parts import Parts
from lbcctl.provision.storage import READY_WITHIN

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
    build_wait: Annotated[
        float,
        typer.Option(min=0, envvar="LBCCTL_BUILD_WAIT", help="Seconds to wait for tables and indexes that are built."),
    ] = READY_WITHIN,
    *,
    backups: Annotated[bool, typer.Option(envvar="LBCCTL_BACKUPS", help="Point-in-time recovery.")] = True,
    kms: Annotated[bool, typer.Option(envvar="LBCCTL_KMS", help="Encrypt speech by KMS.")] = True,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say what would be done, and stop.")] = False,
    remove_users: Annotated[
        bool, typer.Option("--remove-users", help="Only remove the AMQP users, and list the data that stay.")
    ] = False,
) -> None:
    """Create what is missing and correct what differs; safe to repeat. Data are never removed.

    An index on a large table is built for minutes to hours, by DynamoDB itself. If that takes longer than --build-wait,
    the exit code is 3 and all else is done; run it again, which waits for the index.
    """

    async def work(parts: Parts, screen: Screen) -> None:
        if media and not media.is_dir():
            raise StopError(f"--media {media}: no such folder", Exit.USAGE)
        deployment = Deployment(
            management_url=management_url,
            vhost=vhost,
            user_prefix=user_prefix,
            table_prefix=table_prefix,
            assets_bucket=assets_bucket,
            tts_bucket=tts_bucket,
            admin=(read(admin / "amqp-admin-username"), read(admin / "amqp-admin-password")),
            passwords=passwords_in(users),
            monitor=monitor_in(users),
            ca_file=ca_file,
            media=media,
            media_prefix=media_prefix,
            backups=backups,
            kms=kms,
        )
        provisioning = Provisioning(deployment, parts.settings.aws, screen, wait, build_wait)
        if remove_users:
            await provisioning.remove_users()
        else:
            await provisioning.provision(plan_only=plan_only)

    run(work)
