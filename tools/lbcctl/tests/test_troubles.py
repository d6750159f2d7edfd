"""Every way in which a part can fail an operator has its own sentence and its own exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from botocore.exceptions import ClientError

from lbc_contracts.topology import MEDIA, Service
from lbc_runtime.settings import AwsSettings
from lbcctl.errors import explain
from lbcctl.exits import Exit

from .answering import answering
from .operating import TOKEN, Lbcctl, Operator, command

pytestmark = pytest.mark.timeout(120)

NOBODY = "http://127.0.0.1:9"
DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
CORAL = "com.amazon.coral.service#"


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """A part that takes connections and never says a word."""

    async def hush(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hush, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def at(dynamodb: str) -> Lbcctl:
    """An operator of DynamoDB alone."""
    known = {"LBC_BOT": "demo_bot", "LBC_AWS__DYNAMODB_ENDPOINT": dynamodb, "LBC_AWS__READ_TIMEOUT": "1"}
    return Lbcctl(known | {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        (CORAL + "UnrecognizedClientException", 4, "wrong credentials. Renew them"),
        (CORAL + "ExpiredTokenException", 4, "wrong credentials. Renew them"),
        (CORAL + "InvalidSignatureException", 4, "wrong credentials. Renew them"),
        (CORAL + "AccessDeniedException", 4, "missing right: these credentials may not do GetItem"),
        (DYNAMODB + "ResourceNotFoundException", 4, "wrong region, or wrong LBC_TABLES_PREFIX, or never provisioned"),
        (DYNAMODB + "ProvisionedThroughputExceededException", 3, "throttled at GetItem"),
        (CORAL + "SomethingNewException", 1, "GetItem failed (400). It said SomethingNewException"),
    ],
)
async def test_what_dynamodb_answers(code: str, status: int, said: str) -> None:
    async with answering(400, {"__type": code, "message": "the words of AWS"}) as url:
        await at(url).run("resume", status=status, said=said)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("PermanentRedirect", "wrong region. Set LBC_AWS__REGION"),
        ("AuthorizationHeaderMalformed", "wrong region. Set LBC_AWS__REGION"),
        ("301", "wrong region. Set LBC_AWS__REGION"),
        ("InvalidAccessKeyId", "wrong credentials. Renew them"),
        ("403", "missing right for HeadObject, or wrong credentials"),
        ("NoSuchBucket", "wrong LBC_ASSETS_BUCKET or LBC_TTS_BUCKET"),
    ],
)
def test_what_s3_answers(code: str, said: str) -> None:
    error = ClientError(
        {"Error": {"Code": code, "Message": f"https://a.example/?X-Amz-Signature={TOKEN}"}}, "HeadObject"
    )
    stop = explain(error, AwsSettings(region="eu-west-1"))
    assert stop.code is Exit.DENIED
    assert stop.text.startswith(f"S3 at https://s3.eu-west-1.amazonaws.com, region eu-west-1: {said}")
    assert TOKEN not in stop.text


async def test_dynamodb_that_is_down_is_named_with_how_it_was_tried() -> None:
    await at(NOBODY).run("pause", status=3, said=f"DynamoDB is down: tried {NOBODY}")
    async with silent() as port:
        url = f"http://127.0.0.1:{port}"
        await at(url).run("pause", status=3, said=f"tried {url} once, 2 s to connect and 1 s to answer")
    async with answering(503, {"__type": CORAL + "ServiceUnavailable"}) as url:
        await at(url).run("pause", status=3, said="GetItem failed (503)")


async def test_no_credentials_at_all() -> None:
    none = at(NOBODY).but(
        AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_EC2_METADATA_DISABLED="true", AWS_CONFIG_FILE="/nowhere"
    )
    await none.run("pause", status=4, said="AWS: no usable credentials")
    await none.but(AWS_PROFILE="nobody").run("pause", status=4, said="The config profile (nobody) could not be found")


async def test_a_region_that_is_none() -> None:
    await at(NOBODY).but(LBC_AWS__REGION="mars north").run("pause", status=4, said="wrong region: 'mars north' is none")


async def test_settings_that_are_missing_or_mistaken(operator: Operator) -> None:
    await operator.but(LBC_BOT=None).run("pause", status=2, said="LBC_BOT is required for this command")
    await operator.but(LBC_BOT="no bot").run("pause", status=2, said="LBC_BOT: ")
    bare = operator.but(LBC_BROKER__URL=None, LBC_BROKER__PASSWORD_FILE=None)
    bare = bare.but(LBC_BROKER__CONNECT_TIMEOUT=None, LBC_BROKER__PUBLISH_TIMEOUT=None)
    await bare.run("dlq", "list", status=2, said="LBC_BROKER__URL is required for this command")
    await operator.but(LBC_BROKER__URL="http://x").run("dlq", "list", status=2, said="must be like amqp://user@host")
    await operator.but(LBC_MANAGEMENT_URL=None).run("status", status=2)
    gone = operator.but(LBC_BROKER__PASSWORD_FILE="/nowhere")
    await gone.run("dlq", "list", status=2, said="the file /nowhere cannot be read")


async def test_the_broker_that_is_down_or_refuses(operator: Operator) -> None:
    url = "amqp://ann@127.0.0.1:9/vhost"
    down = operator.but(LBC_BROKER__URL=url, LBC_BROKER__CONNECT_TIMEOUT="1")
    await down.run("dlq", "list", status=3, said="RabbitMQ at 127.0.0.1:9, vhost vhost: it is down: tried once as ann")
    async with silent() as port:
        hushed = down.but(LBC_BROKER__URL=f"amqp://ann@127.0.0.1:{port}/vhost")
        await hushed.run("dlq", "list", status=3, said="no answer within 1 s")

    own = operator.environment["LBC_BROKER__URL"]
    await operator.but(LBC_BROKER__URL=f"{own}x").run("dlq", "list", status=4, said="may not enter it")
    stranger = operator.but(LBC_BROKER__URL=own.replace("-operator", "-delivery"))
    await stranger.run("dlq", "list", status=4, said="wrong user or password for")

    user, password = operator.vhost.users[Service.ERASER]
    reader = operator.vhost.broker.url(vhost=operator.vhost.name, user=user, password=password)
    eraser = operator.but(LBC_BROKER__URL=reader, LBC_BROKER__PASSWORD_FILE=None)
    await operator.bury(MEDIA, command(1))
    assert (await eraser.json("dlq", "list"))["fitting"] == 1
    await eraser.run("dlq", "redrive", status=4, said="missing right")
    await operator.holds(1, MEDIA.dead)


async def test_the_management_api_that_is_down_or_refuses(operator: Operator) -> None:
    async def told(**changes: str) -> list[str]:
        result = await operator.but(**changes).result("status", "--json")
        assert result.exit_code in {3, 4}
        return [str(line) for line in json.loads(result.stdout)["troubles"]]

    assert any("management API is down: tried" in line for line in await told(LBC_MANAGEMENT_URL=NOBODY))
    async with answering(401, {"error": "not_authorised", "reason": "Login failed"}) as url:
        assert any("refuses user or password" in line for line in await told(LBC_MANAGEMENT_URL=url))
    async with answering(500, {}) as url:
        assert any("is ill: 500" in line for line in await told(LBC_MANAGEMENT_URL=url))


async def test_the_bot_api_that_is_down_or_refuses(operator: Operator) -> None:
    async with answering(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}) as url:
        found = await operator.but(LBC_TELEGRAM_API_URL=url).json("status", status=4)
        assert "wrong bot token" in found["troubles"][0]
    found = await operator.but(LBC_TELEGRAM_API_URL=NOBODY).json("status", status=3)
    assert f"the Bot API is down: tried {NOBODY} once" in found["troubles"][0]
    assert TOKEN not in str(found)
