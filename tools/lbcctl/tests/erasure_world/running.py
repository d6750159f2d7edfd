"""Erasures run on real parts, by hand, and not as a command."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiobotocore.session import get_session
from pydantic import SecretStr

from lbc_contracts.topology import Service
from lbc_runtime.settings import BrokerSettings
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.fixtures import ProvisionedVHost
from lbcctl.erasure.erase import Erased, Eraser, TakeOut
from lbcctl.erasure.graves import take_out
from lbcctl.erasure.letters import Whose
from lbcctl.erasure.rows import Rows
from lbcctl.erasure.speech import SpeechBucket
from lbcctl.provision.buckets import provision_bucket
from lbcctl.provision.storage import provision_tables

from .traces import BOT, Traces

REGION = "us-east-1"

Wrap = Callable[[Any], Any]


def client(service: str, endpoint: str) -> Any:
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return get_session().create_client(service, region_name=REGION, endpoint_url=endpoint, **keys)


@asynccontextmanager
async def ground(dynamodb: DynamoDB, aws: Moto, vhost: ProvisionedVHost) -> AsyncIterator[Traces]:
    """Tables and a bucket in which there is nobody yet."""
    name = f"erase-{secrets.token_hex(4)}"
    async with client("dynamodb", dynamodb.endpoint) as tables, client("s3", aws.endpoint) as s3:
        await provision_tables(tables, f"{name}-", backups=False)
        await provision_bucket(s3, name, region=REGION, kms=False, infrequent_access=False)
        yield Traces(tables, s3, f"{name}-", name, vhost.amqp_url)


def graves_of(vhost: ProvisionedVHost) -> TakeOut:
    """Takes letters out as the eraser's own user."""
    broker = BrokerSettings(url=SecretStr(vhost.url(Service.ERASER)))

    async def empty(whose: Whose) -> Any:
        return await take_out(broker, whose)

    return empty


def eraser(
    traces: Traces, vhost: ProvisionedVHost, wrap: Wrap = lambda client: client, graves: TakeOut | None = None
) -> tuple[Rows, Eraser]:
    """An eraser; ``wrap`` stands around its clients, ``graves`` in the place of the real ones."""
    rows = Rows(wrap(traces.dynamodb), traces.prefix, events_days=30, deliveries_days=90)
    speech = SpeechBucket(wrap(traces.s3), traces.bucket, rows)
    return rows, Eraser(rows, speech, graves or graves_of(vhost), settle=0)


async def erase_requested(
    traces: Traces, vhost: ProvisionedVHost, wrap: Wrap = lambda client: client, graves: TakeOut | None = None
) -> Erased:
    """What `lbcctl user erase --requested` does."""
    rows, work = eraser(traces, vhost, wrap, graves)
    return await work.erase(await rows.requested(BOT), lambda _: None)
