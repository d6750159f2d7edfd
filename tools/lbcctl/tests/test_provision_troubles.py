"""What a Job, or an operator, is told when a part is down or refuses: `lbcctl provision` ends as all commands do."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp
import pytest
from aiohttp import web
from typer.testing import CliRunner

from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.http import serving
from lbc_testkit.ports import free_port
from lbc_testkit.rabbitmq import Broker
from lbcctl.cli import app

from .answering import answering

pytestmark = pytest.mark.timeout(120)

NOBODY = "http://127.0.0.1:9"
PASSWORD = "a-password-that-nobody-may-see"


@dataclass(frozen=True)
class Job:
    """`lbcctl provision --plan` with the environment that a Job has."""

    folder: Path
    environment: dict[str, str | None]

    def but(self, **changes: str | None) -> Self:
        return replace(self, environment={**self.environment, **changes})

    def admin(self, user: str, password: str) -> Self:
        (self.folder / "amqp-admin-username").write_text(user)
        (self.folder / "amqp-admin-password").write_text(password)
        return self

    async def ends(self, status: int, said: str, *arguments: str, plan: bool = True) -> str:
        """Standard output; fails unless it ends with that status, and says that on standard error."""
        command = ["provision", *(["--plan"] if plan else []), *arguments]
        result = await asyncio.to_thread(CliRunner().invoke, app, command, env=self.environment)
        assert result.exit_code == status, result.output
        assert isinstance(result.exception, SystemExit), "and not a stack"
        assert said in " ".join(result.stderr.split()), result.stderr
        assert PASSWORD not in result.output
        return result.stdout


@pytest.fixture
async def job(broker: Broker, dynamodb: DynamoDB, aws: Moto, tmp_path: Path) -> Job:
    parts = urlsplit(broker.management_url)
    (tmp_path / "users").mkdir()
    environment: dict[str, str | None] = {
        "LBCCTL_MANAGEMENT_URL": urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        "LBCCTL_ADMIN": str(tmp_path),
        "LBCCTL_USERS": str(tmp_path / "users"),
        "LBCCTL_ASSETS_BUCKET": "troubles-assets",
        "LBCCTL_TTS_BUCKET": "troubles-tts",
        "LBCCTL_WAIT": "0.1",
        "LBC_AWS__DYNAMODB_ENDPOINT": dynamodb.endpoint,
        "LBC_AWS__S3_ENDPOINT": aws.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return Job(tmp_path, environment).admin(unquote(parts.username or ""), unquote(parts.password or ""))


async def test_parts_that_are_down_are_named_with_how_they_were_tried(job: Job) -> None:
    down = "RabbitMQ's management API at http://127.0.0.1:9 is down: asked as guest for 0.1 s: "
    await job.but(LBCCTL_MANAGEMENT_URL=NOBODY).ends(3, down)
    await job.but(LBC_AWS__DYNAMODB_ENDPOINT=NOBODY).ends(3, f"DynamoDB is down: tried {NOBODY}")
    await job.but(LBC_AWS__S3_ENDPOINT=NOBODY).ends(3, f"S3 is down: tried {NOBODY}")
    async with answering(500, {}) as url:
        await job.but(LBCCTL_MANAGEMENT_URL=url).ends(3, "is ill: GET vhosts: 500")
        await job.but(LBC_AWS__DYNAMODB_ENDPOINT=url).ends(3, "ListTables failed (500)")


async def test_an_administrator_who_is_none(job: Job, broker: Broker) -> None:
    await job.admin("guest", PASSWORD).ends(4, "wrong user or password: correct amqp-admin-username")
    for tag in ("", "monitoring"):
        body = {"password": PASSWORD, "tags": tag}
        await broker.management.request("PUT", "users", "troubles-nobody", json=body)
        try:
            said = "missing right: troubles-nobody must have the tag `administrator`"
            await job.admin("troubles-nobody", PASSWORD).ends(4, said)
        finally:
            await broker.management.delete_user("troubles-nobody")


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("UnrecognizedClientException", 4, "wrong credentials. Renew them"),
        ("AccessDeniedException", 4, "missing right: these credentials may not do ListTables"),
        ("ThrottlingException", 3, "throttled at ListTables"),
    ],
)
async def test_what_aws_refuses(job: Job, code: str, status: int, said: str) -> None:
    async with answering(400, {"__type": f"com.amazon.coral.service#{code}", "message": "the words of AWS"}) as url:
        await job.but(LBC_AWS__DYNAMODB_ENDPOINT=url).ends(status, said)


async def test_no_credentials_and_no_region(job: Job) -> None:
    none = job.but(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_CONFIG_FILE="/nowhere")
    await none.ends(4, "AWS: no usable credentials")
    await job.but(LBC_AWS__REGION="mars north").ends(4, "wrong region: 'mars north' is none")


@asynccontextmanager
async def building(dynamodb: DynamoDB) -> AsyncIterator[str]:
    """DynamoDB, whose indexes are all still being built."""

    async def passed_on(request: web.Request) -> web.Response:
        names = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
        headers = {name: request.headers[name] for name in names}
        async with aiohttp.ClientSession() as session:
            asked = session.post(dynamodb.endpoint, data=await request.read(), headers=headers)
            async with asked as answer:
                body = (await answer.read()).replace(b'"IndexStatus":"ACTIVE"', b'"IndexStatus":"CREATING"')
                return web.Response(status=answer.status, body=body, content_type="application/x-amz-json-1.0")

    application, port = web.Application(), free_port()
    application.router.add_post("/", passed_on)
    async with serving(application, port):
        yield f"http://127.0.0.1:{port}"


async def test_an_index_that_is_still_being_built_is_no_failure_of_ours(
    job: Job, dynamodb: DynamoDB, broker: Broker
) -> None:
    mark = f"troubles-{secrets.token_hex(4)}"
    async with building(dynamodb) as url, broker.fresh_vhost() as vhost:
        there = job.but(LBC_AWS__DYNAMODB_ENDPOINT=url, LBCCTL_VHOST=vhost.name, LBCCTL_TABLE_PREFIX=f"{mark}-")
        names = {"LBCCTL_ASSETS_BUCKET": f"{mark}-assets", "LBCCTL_TTS_BUCKET": f"{mark}-tts"}
        slow = there.but(LBCCTL_BACKUPS="false", LBCCTL_BUILD_WAIT="0", **names)
        for _ in range(2):
            said = await slow.ends(3, "DynamoDB: still being built after 0 s: index due, telegramId", plan=False)
        assert "changed: nothing" in said, "the second run waits for what the first one began"


async def test_files_and_addresses_that_are_mistaken(job: Job) -> None:
    await job.but(LBCCTL_ADMIN="/nowhere").ends(2, "/nowhere/amqp-admin-username: No such file")
    await job.but(LBCCTL_MANAGEMENT_URL="nonsense").ends(2, "nonsense is no URL")
    await job.ends(2, "--media /nowhere: no such folder", "--media", "/nowhere")
    await job.ends(2, "certificate authority /nowhere: No such file", "--ca-file", "/nowhere")
    (job.folder / "ca.crt").write_text("no certificate")
    await job.ends(2, "ca.crt: no certificate in PEM", "--ca-file", str(job.folder / "ca.crt"))
