"""An operator at real parts: a broker's vhost, tables and the simulator, and `lbcctl` told of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiormq
from aiobotocore.session import get_session
from typer.testing import CliRunner, Result

from lbc_contracts.messages import Link, Message, Send, Text, UpdateReceived, Video
from lbc_contracts.tables import CONTROL, EVENTS, USERS
from lbc_contracts.topology import WORK_QUEUES, Service, WorkQueue, dead_exchange, graves
from lbc_contracts.wire import Wire, encode
from lbc_runtime import amqp
from lbc_runtime.verdict import ATTEMPT, ERROR, QUEUE, REASON
from lbc_testkit import wait_until
from lbc_testkit.fixtures import ProvisionedVHost
from lbcctl.cli import app
from telegram_sim.server import serving
from telegram_sim.settings import Settings

BOT = "demo_bot"
TOKEN = "123456789:token-of-the-tests-and-of-nothing-else"
SIGNATURE = "deadbeefdeadbeef"


@dataclass(frozen=True)
class Lbcctl:
    """`lbcctl` with an environment, as a person has it in a terminal of theirs.

    Attributes:
        unsaid: secrets; none may ever be in what it says.
    """

    environment: Mapping[str, str | None]
    unsaid: tuple[str, ...] = (TOKEN, SIGNATURE)

    async def run(self, *arguments: str, status: int = 0, said: str = "") -> str:
        """Standard output; fails unless it ends with that status, and says that on standard error."""
        result = await self.result(*arguments)
        assert result.exit_code == status, f"{result.exit_code}: {result.output}"
        assert said in " ".join(result.stderr.replace("│", " ").split()), result.stderr
        return result.stdout

    async def json(self, *arguments: str, status: int = 0) -> Any:
        """What it answers to a machine."""
        return json.loads(await self.run(*arguments, "--json", status=status))

    async def result(self, *arguments: str) -> Result:
        """How it ended; a bug would be an exception."""
        result = await asyncio.to_thread(CliRunner().invoke, app, list(arguments), env=self.environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert not [secret for secret in self.unsaid if secret in result.output], result.output
        return result

    def but(self, **changes: str | None) -> Self:
        """The same with other variables; None takes one away."""
        return replace(self, environment={**self.environment, **changes})


@dataclass(frozen=True, kw_only=True)
class Operator(Lbcctl):
    """An operator of real parts, and an administrator's hand on them."""

    vhost: ProvisionedVHost
    dynamodb: Any
    prefix: str

    async def bury(self, work: WorkQueue, *letters: Message | Wire, quarantine: bool = False, **headers: str) -> None:
        """Put letters into a grave, as the service does that gives them up."""
        grave = work.invalid if quarantine and work.invalid else work.dead
        known = {REASON: "unknown-object", ERROR: "no such object", QUEUE: work.name, ATTEMPT: 1}
        known |= {f"x-lbc-{name}": value for name, value in headers.items()}
        async with self.admin() as channel:
            for letter in letters:
                wire = letter if isinstance(letter, Wire) else encode(letter)
                wire = amqp.with_headers(wire, known)
                properties = amqp.properties(wire)
                where = dead_exchange(work.consumer)
                await channel.basic_publish(wire.body, exchange=where, routing_key=grave, properties=properties)

    async def holds(self, number: int, *queues: str) -> None:
        """Wait until so many messages are ready in the queues: acks and returns take the broker a moment."""

        async def there() -> bool:
            counts = [(await channel.queue_declare(queue, passive=True)).message_count for queue in queues]
            return sum(counts) == number

        async with self.admin() as channel:
            await wait_until(there, what=f"{number} messages in {', '.join(queues)}")

    async def drained(self, queue: str) -> list[Wire]:
        """Take everything out of a queue."""
        found = []
        async with self.admin() as channel:
            while (message := await channel.basic_get(queue, no_ack=True)).delivery_tag:
                found.append(amqp.wire_of(message.body, message.header.properties))
        return found

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[Any]:
        """A channel with all rights."""
        connection = await aiormq.connect(self.vhost.amqp_url)
        try:
            yield await connection.channel(publisher_confirms=True)
        finally:
            await connection.close()


def command(number: int, *, days: float = 0, content: Text | Video | None = None) -> Send:
    """A command to person 7000 + ``number``, with a signed link."""
    now = datetime.now(UTC)
    link = Link(
        url=f"https://media.example/b/w.mp4?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={SIGNATURE}",
        expires_at=now,
        object_key="b/w.mp4",
        content_type="video/mp4",
        size=3,
        etag="e",
    )
    return Send(
        id=f"{BOT}:{7000 + number}:1:video:1",
        correlation_id=f"{BOT}:update:{number}",
        time=now - timedelta(days=days),
        bot=BOT,
        user_id=7000 + number,
        chat_id=7000 + number,
        session=1,
        content=content or Video(object_key="demo/w.mp4", caption="Hello"),
        link=None if isinstance(content, Text) else link,
    )


def update(number: int, body: bytes) -> UpdateReceived:
    """An update as ingress hands it on."""
    identity = f"{BOT}:update:{number}"
    now = datetime.now(UTC)
    return UpdateReceived(id=identity, correlation_id=identity, time=now, bot=BOT, update_id=number, body=body)


@dataclass(frozen=True)
class Ground:
    """What the operators of all tests share: a provisioned vhost, and tables."""

    vhost: ProvisionedVHost
    dynamodb_endpoint: str
    prefix: str

    async def sweep(self, tables: Any) -> None:
        """Leave nothing of the test before."""
        connection = await aiormq.connect(self.vhost.amqp_url)
        try:
            channel = await connection.channel()
            for work in WORK_QUEUES:
                for queue in (work.name, *graves(work)):
                    await channel.queue_purge(queue)
        finally:
            await connection.close()
        for table in (USERS, EVENTS, CONTROL):
            name, key = self.prefix + table.name, table.hash.name
            async for page in tables.get_paginator("scan").paginate(TableName=name):
                for item in page["Items"]:
                    await tables.delete_item(TableName=name, Key={key: item[key]})


@asynccontextmanager
async def operating(ground: Ground, folder: Path) -> AsyncIterator[Operator]:
    """An operator with a simulated Telegram of their own."""
    vhost, prefix = ground.vhost, ground.prefix
    user, password = vhost.users[Service.OPERATOR]
    (folder / "amqp-password").write_text(password)
    (folder / "bot-token").write_text(TOKEN)
    async with serving(Settings(token=TOKEN)) as telegram, client(ground.dynamodb_endpoint) as tables:
        await ground.sweep(tables)
        environment = {
            "LBC_BOT": BOT,
            "LBC_BROKER__URL": vhost.broker.url(vhost=vhost.name, user=user).replace(":@", "@"),
            "LBC_BROKER__PASSWORD_FILE": str(folder / "amqp-password"),
            "LBC_BROKER__CONNECT_TIMEOUT": "30",
            "LBC_BROKER__PUBLISH_TIMEOUT": "30",
            "LBC_AWS__CONNECT_TIMEOUT": "20",
            "LBC_AWS__READ_TIMEOUT": "30",
            "LBC_MANAGEMENT_URL": vhost.broker.management.url,
            "LBC_TELEGRAM_API_URL": telegram,
            "LBC_BOT_TOKEN_FILE": str(folder / "bot-token"),
            "LBC_TABLES_PREFIX": prefix,
            "LBC_AWS__DYNAMODB_ENDPOINT": ground.dynamodb_endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        unsaid = (TOKEN, SIGNATURE, *(secret for _, secret in vhost.users.values()))
        yield Operator(environment, unsaid, vhost=vhost, dynamodb=tables, prefix=prefix)


def client(endpoint: str) -> Any:
    """DynamoDB with an administrator's rights."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    return get_session().create_client("dynamodb", region_name="us-east-1", endpoint_url=endpoint, **keys)
