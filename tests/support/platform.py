"""Hands on the running platform: kill at a point, empty a store, put a message into a queue, read a metric."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import aiormq
from prometheus_client.parser import text_string_to_metric_families

from lbc_contracts.messages import Link, Message, Send, Speech, Text, Video
from lbc_contracts.topology import WORK_QUEUES, Service, WorkQueue, graves
from lbc_contracts.wire import encode
from lbc_runtime import amqp
from lbc_testkit import wait_until
from lbc_testkit.stack import SERVICES, Pace, Ports, Stack, StackSettings
from lbc_testkit.stack.services import ASSETS_BUCKET, TABLES_PREFIX, TTS_BUCKET

ANY_PORTS = Ports(webhook=0, chat=0, rabbitmq=0, rabbitmq_management=0, dynamodb=0, s3=0, admin=0)


def settings(run_dir: Path, pace: Pace, **changes: object) -> StackSettings:
    """A stack on free ports, without flood limits."""
    known = {"run_dir": run_dir, "limits": "off", "ports": ANY_PORTS, "pace": pace}
    return StackSettings.model_validate(known | changes)


def kill_at(point: str, log: Path) -> dict[str, str]:
    """Environment that kills a service at a crash point, after writing its name to ``log``."""
    return {"LBC_CRASH_AT": point, "LBC_CRASH_LOG": str(log)}


async def heal(stack: Stack) -> None:
    """Have every service run as the stack started it."""
    for service in SERVICES:
        process = stack.services[service]
        if not process.alive or process.launch.env != stack.environments[service]:
            await stack.restart(service)


async def publish(stack: Stack, message: Message, to: WorkQueue) -> None:
    """Put a message into a queue as the broker's administrator."""
    wire = encode(message)
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        channel = await connection.channel(publisher_confirms=True)
        await channel.basic_publish(
            wire.body, exchange=to.name, routing_key=to.name, properties=amqp.properties(wire), mandatory=True
        )
    finally:
        await connection.close()


def command(stack: Stack, user_id: int, name: str, content: Text | Video | Speech, link: Link | None = None) -> Send:
    """A reply to nobody's question: a command that moves no state."""
    return Send(
        id=f"{stack.settings.bot}:test:{name}:{user_id}",
        correlation_id=f"test:{name}",
        time=datetime.now(UTC),
        bot=stack.settings.bot,
        user_id=user_id,
        chat_id=user_id,
        session=1,
        step=None,
        content=content,
        link=link,
    )


def stale_link(stack: Stack, key: str) -> Link:
    """A link that has a minute left."""
    return Link(
        url=f"{stack.s3.endpoint}/{ASSETS_BUCKET}/{key}",
        expires_at=datetime.now(UTC) + timedelta(minutes=1),
        object_key=f"{ASSETS_BUCKET}/{key}",
        content_type="video/mp4",
        size=1000,
        etag="stale",
    )


async def forget_files(stack: Stack) -> None:
    """Make the next message of each kind upload again."""
    async with stack.aws("dynamodb") as dynamodb:
        found = await dynamodb.scan(TableName=f"{TABLES_PREFIX}files")
        for item in found["Items"]:
            await dynamodb.delete_item(TableName=f"{TABLES_PREFIX}files", Key={"fileKey": item["fileKey"]})


async def forget_speech(stack: Stack) -> None:
    """Make the next greeting be spoken anew."""
    async with stack.aws("s3") as s3:
        found = await s3.list_objects_v2(Bucket=TTS_BUCKET)
        for item in found.get("Contents", []):
            await s3.delete_object(Bucket=TTS_BUCKET, Key=item["Key"])


async def user_row(stack: Stack, user_id: int) -> dict[str, dict[str, str]]:
    """A person's row as DynamoDB has it."""
    async with stack.aws("dynamodb") as dynamodb:
        key = {"userId": {"S": f"{stack.settings.bot}:telegram_{user_id}"}}
        found = await dynamodb.get_item(TableName=f"{TABLES_PREFIX}users", Key=key, ConsistentRead=True)
        row: dict[str, dict[str, str]] = found.get("Item", {})
        return row


async def metric(stack: Stack, service: Service, name: str, **labels: str) -> float:
    """Sum of a metric's samples whose labels fit, since the service's start."""
    url = f"http://127.0.0.1:{stack.admin_ports[service]}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        families = text_string_to_metric_families(await answer.text())
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


async def drained(stack: Stack, within: float = 60) -> None:
    """Wait until no message is anywhere but in the graves; what a young broker says nothing of may hold some."""
    buried = {grave for work in WORK_QUEUES for grave in graves(work)}

    async def empty() -> bool:
        queues = await stack.broker.management.queues(stack.broker.vhost)
        return all(queue["name"] in buried or queue.get("messages") == 0 for queue in queues)

    await wait_until(empty, what="empty queues", timeout=within)


async def until(condition: Callable[[], Awaitable[bool]], what: str, within: float = 60) -> None:
    """Wait until ``condition`` holds, or fail saying ``what`` did not come."""
    await wait_until(condition, what=what, timeout=within)


async def dead(stack: Stack) -> dict[str, int]:
    """Messages in the graves, by queue; asked of the queues themselves, since the management's counts lag."""
    found: dict[str, int] = {}
    connection = await aiormq.connect(stack.broker.amqp_url)
    try:
        channel = await connection.channel()
        for grave in (grave for work in WORK_QUEUES for grave in graves(work)):
            declared = await channel.queue_declare(grave, passive=True)
            found[grave] = declared.message_count or 0
    finally:
        await connection.close()
    return {grave: depth for grave, depth in found.items() if depth}


async def purge_graves(stack: Stack) -> None:
    """Empty the graves."""
    for work in WORK_QUEUES:
        for grave in graves(work):
            await stack.broker.management.purge(stack.broker.vhost, grave)


async def until_dead(stack: Stack, service: Service) -> None:
    """Wait until a service's process has ended."""
    await asyncio.wait_for(stack.services[service].wait(), 60)
