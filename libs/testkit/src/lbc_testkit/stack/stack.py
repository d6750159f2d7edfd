"""Start the parts side by side, provision them, start the services, and know where everything is."""

from __future__ import annotations

import asyncio
import logging
import shlex
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from aiobotocore.session import get_session

from lbc_contracts.topology import Service
from lbc_testkit.aws import Moto, moto
from lbc_testkit.dynamodb import DynamoDB, dynamodb
from lbc_testkit.errors import PartFailedError
from lbc_testkit.http import answers
from lbc_testkit.ports import free_port, port_taken
from lbc_testkit.process import Launch, Process, running
from lbc_testkit.rabbitmq import Broker, NodePorts, rabbitmq
from lbc_testkit.stack.secrets import Secrets, draw
from lbc_testkit.stack.services import (
    ASSETS_BUCKET,
    REGION,
    SERVICES,
    TABLES_PREFIX,
    TTS_BUCKET,
    Addresses,
    argv,
    environment,
    operator_environment,
)
from lbc_testkit.stack.settings import StackSettings
from lbcctl.assets import publish_media
from lbcctl.provision.broker import provision_broker
from lbcctl.provision.buckets import provision_bucket
from lbcctl.provision.storage import provision_tables

TELEGRAM = "https://api.telegram.org"
ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]

_log = logging.getLogger(__name__)


@dataclass
class Stack:
    """The running platform.

    Attributes:
        addresses: where the parts really are; services may reach them through proxies.
        services: the services' processes, to be stopped, killed, frozen and started again.
    """

    settings: StackSettings
    secrets: Secrets
    broker: Broker
    dynamodb: DynamoDB
    s3: Moto
    addresses: Addresses
    webhook_url: str
    telegram: Process | None
    services: dict[Service, Process] = field(default_factory=dict)
    environments: dict[Service, dict[str, str]] = field(default_factory=dict, repr=False)
    admin_ports: dict[Service, int] = field(default_factory=dict)

    @property
    def run_dir(self) -> Path:
        """Where data and logs are."""
        return self.settings.run_dir

    def variables(self) -> dict[str, str]:
        """What other tools need to know, as shell variables."""
        return {
            "WEBHOOK_URL": self.webhook_url,
            "WEBHOOK_SECRET": self.secrets.webhook.read_text(),
            "TELEGRAM_API_URL": self.addresses.telegram,
            "CHAT_URL": self.addresses.telegram if self.telegram else f"https://t.me/{self.settings.bot}",
            "TELEGRAM_BOT_TOKEN": self.secrets.bot_token.read_text(),
            "RABBITMQ_URL": self.broker.amqp_url,
            "RABBITMQ_MANAGEMENT_URL": self.broker.management_url,
            "DYNAMODB_ENDPOINT": self.dynamodb.endpoint,
            "S3_ENDPOINT": self.s3.endpoint,
            **operator_environment(
                bot=self.settings.bot,
                addresses=self.addresses,
                management_url=self.broker.management.url,
                secrets=self.secrets,
            ),
        }

    @asynccontextmanager
    async def aws(self, service: str) -> AsyncIterator[Any]:
        """A client of a stand-in, with administrative rights: ``dynamodb`` or ``s3``."""
        async with _client(service, self.dynamodb.endpoint if service == "dynamodb" else self.s3.endpoint) as client:
            yield client

    async def restart(self, service: Service, extra: Mapping[str, str] | None = None) -> None:
        """Start a service again, whatever became of it.

        Args:
            service: which.
            extra: environment beside its own, until the next restart.
        """
        process = self.services[service]
        if process.alive:
            await process.stop()
        own = self.environments[service]
        self.services[service] = Process(replace(process.launch, env=own | dict(extra or {})))
        await self.services[service].start()

    async def provision_storage(self) -> None:
        """Give the stand-ins again what they lost."""
        await provision_storage(self.settings.brand, self.dynamodb, self.s3)

    async def depths(self) -> dict[str, int]:
        """Messages in each queue of the vhost, ready and unacknowledged."""
        return await self.broker.management.counts(self.broker.vhost)


@asynccontextmanager
async def running_stack(
    settings: StackSettings,
    *,
    through: Mapping[str, int] | None = None,
    extra: Mapping[Service, Mapping[str, str]] | None = None,
) -> AsyncIterator[Stack]:
    """Have the whole platform while the block runs.

    Args:
        settings: ports, pace and the rest.
        through: loopback ports by which the services reach a part (`Addresses`' names) instead of straight.
        extra: settings of single services beside those that the stack gives them.

    Raises:
        PartUnavailableError: a part cannot be had here; it says what to type.
        PartFailedError: a part failed, or a port is taken; it says by whom.
    """
    run_dir = settings.run_dir
    for stale in ("rabbitmq", "dynamodb", "moto", "log"):
        shutil.rmtree(run_dir / stale, ignore_errors=True)
    ports = settings.ports
    for name in ("webhook", "chat", "s3", "dynamodb", "rabbitmq", "rabbitmq_management"):
        _claim(name, getattr(ports, name))
    secrets = draw(run_dir / "secrets", settings.telegram_token_file)
    async with AsyncExitStack() as held:
        broker, tables, s3, telegram = await _parts(held, settings, secrets)
        chat_port = _port_of(telegram)
        addresses = Addresses(
            amqp=_without_user(broker.amqp_url),
            user_prefix=f"{broker.vhost.strip('/')}-",
            dynamodb=tables.endpoint,
            s3=s3.endpoint,
            polly=s3.endpoint,
            telegram=f"http://127.0.0.1:{chat_port}" if chat_port else TELEGRAM,
        )
        webhook_port = ports.webhook or free_port()
        stack = Stack(
            settings=settings,
            secrets=secrets,
            broker=broker,
            dynamodb=tables,
            s3=s3,
            addresses=addresses,
            webhook_url=settings.webhook_url or f"http://127.0.0.1:{webhook_port}/telegram/webhook",
            telegram=telegram,
        )
        held.push_async_callback(_remove_users, stack)
        await _timed("queues and users", _provision(stack))
        await _start_services(held, stack, addresses.through(through or {}), webhook_port, extra or {})
        await _set_webhook(stack)
        yield stack


async def _parts(
    held: AsyncExitStack, settings: StackSettings, secrets: Secrets
) -> tuple[Broker, DynamoDB, Moto, Process | None]:
    """Start them side by side; what was started is held, also when another fails."""
    run_dir, ports = settings.run_dir, settings.ports
    node = NodePorts(amqp=ports.rabbitmq or free_port(), management=ports.rabbitmq_management or free_port())

    async def entered(name: str, part: AbstractAsyncContextManager[Any]) -> Any:
        entering = _timed(name, part.__aenter__())
        running = await entering
        held.push_async_exit(part)
        return running

    async def storage() -> tuple[DynamoDB, Moto]:
        tables, s3 = await asyncio.gather(
            entered("dynamodb", dynamodb(run_dir / "dynamodb", port=ports.dynamodb or None)),
            entered("s3", moto(run_dir / "moto", port=ports.s3 or None)),
        )
        await _timed("tables, buckets and media", provision_storage(settings.brand, tables, s3))
        return tables, s3

    async def telegram() -> Process | None:
        if settings.telegram_token_file:
            return None
        process: Process = await entered("telegram simulator", running(_telegram_launch(settings, secrets)))
        return process

    starting = [
        asyncio.create_task(entered("rabbitmq", rabbitmq(run_dir / "rabbitmq", ports=node))),
        asyncio.create_task(storage()),
        asyncio.create_task(telegram()),
    ]
    try:
        broker, (tables, s3), simulator = await asyncio.gather(*starting)
    finally:
        for task in starting:
            task.cancel()
        await asyncio.wait(starting)
    return broker, tables, s3, simulator


async def _provision(stack: Stack) -> None:
    await provision_broker(
        stack.broker.amqp_url,
        stack.broker.management_url,
        stack.secrets.amqp_passwords(),
        rung_seconds=stack.settings.pace.rungs,
        user_prefix=stack.addresses.user_prefix,
    )


@asynccontextmanager
async def _client(service: str, endpoint: str) -> AsyncIterator[Any]:
    async with get_session().create_client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the stand-ins check no key
    ) as client:
        yield client


async def provision_storage(brand: Path, tables: DynamoDB, stand_in: Moto) -> None:
    """Tables, buckets and the brand's media; also again after a stand-in lost its memory."""
    async with _client("dynamodb", tables.endpoint) as dynamo:
        await provision_tables(dynamo, TABLES_PREFIX, backups=False)
    async with _client("s3", stand_in.endpoint) as s3:
        await provision_bucket(s3, ASSETS_BUCKET, region=REGION, kms=True, infrequent_access=False)
        await provision_bucket(s3, TTS_BUCKET, region=REGION, kms=True, infrequent_access=True)
        await publish_media(s3, ASSETS_BUCKET, brand / "media", f"{brand.name}/")


async def _remove_users(stack: Stack) -> None:
    """Users are the server's, not the vhost's: a given server would keep them."""
    if not stack.broker.controllable:
        for service in Service:
            await stack.broker.management.delete_user(stack.addresses.user_prefix + service)


async def _start_services(
    held: AsyncExitStack,
    stack: Stack,
    addresses: Addresses,
    webhook_port: int,
    extra: Mapping[Service, Mapping[str, str]],
) -> None:
    first_admin = stack.settings.ports.admin
    for number, service in enumerate(SERVICES):
        admin_port = first_admin + number if first_admin else free_port()
        _claim(f"{service} admin", admin_port)
        env = environment(
            service,
            settings=stack.settings,
            addresses=addresses,
            secrets=stack.secrets,
            admin_port=admin_port,
            webhook_port=webhook_port,
            s3_public=stack.s3.endpoint,
        )
        stack.admin_ports[service] = admin_port
        stack.environments[service] = env | dict(extra.get(service, {}))
        stack.services[service] = Process(
            Launch(
                name=str(service),
                argv=argv(service),
                run_dir=stack.run_dir / "log",
                env=stack.environments[service],
                cwd=Path.cwd(),
                ready=_ready(admin_port),
                ready_within=60,
                stop_within=30,
            )
        )
    held.push_async_callback(_stop_services, stack)
    await _timed("services", _gather(stack.services.values()))


async def _gather(processes: Any) -> None:
    await asyncio.gather(*(process.start() for process in processes))


async def _stop_services(stack: Stack) -> None:
    await asyncio.gather(*(process.stop() for process in stack.services.values() if process.alive))


def _ready(port: int) -> Any:
    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/readyz", status=200)

    return ready


def _telegram_launch(settings: StackSettings, secrets: Secrets) -> Launch:
    port = settings.ports.chat or free_port()
    command = [sys.executable, "-m", "telegram_sim", "--host", settings.host, "--port", str(port)]
    command += ["--token-file", str(secrets.bot_token.resolve()), "--bot-username", settings.bot]
    command += ["--time-scale", str(settings.pace.telegram_time_scale)]

    async def ready() -> bool:
        return await answers(f"http://127.0.0.1:{port}/", status=200)

    return Launch(name="telegram", argv=command, run_dir=settings.run_dir / "log", cwd=Path.cwd(), ready=ready)


async def _set_webhook(stack: Stack) -> None:
    """Tell Telegram where the webhook is; the token is in the URL, so no error may carry it."""
    method = f"{stack.addresses.telegram}/bot{stack.secrets.bot_token.read_text()}/setWebhook"
    body = {
        "url": stack.webhook_url,
        "secret_token": stack.secrets.webhook.read_text(),
        "allowed_updates": ALLOWED_UPDATES,
        "max_connections": 40,
    }
    timeout = aiohttp.ClientTimeout(total=15)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.post(method, json=body) as answer:
            content = await answer.json()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PartFailedError(f"setWebhook failed: {type(error).__name__}") from None
    if not content.get("ok"):
        raise PartFailedError(f"setWebhook was refused: {content.get('description')}")


async def _timed(name: str, work: Any) -> Any:
    began = time.monotonic()
    _log.info("%s: starting", name)
    result = await work
    _log.info("%s: ready after %.1f s", name, time.monotonic() - began)
    return result


def _claim(name: str, port: int) -> None:
    holder = port_taken(port) if port else None
    if holder is not None:
        variable = f"STACK_PORT_{name.upper().replace(' ', '_')}"
        raise PartFailedError(f"{name}: port {port} is taken by {holder}; stop it, or choose another with {variable}")


def _port_of(process: Process | None) -> int | None:
    if process is None:
        return None
    command = list(process.launch.argv)
    return int(command[command.index("--port") + 1])


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def write_variables(stack: Stack, path: Path) -> None:
    """Write `Stack.variables` as a file that a shell can read; for the owner only, since it holds secrets."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in stack.variables().items()))
