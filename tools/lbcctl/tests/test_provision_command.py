from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import pytest
from typer.testing import CliRunner

from lbc_contracts.topology import Service
from lbc_testkit.aws import Moto
from lbc_testkit.dynamodb import DynamoDB
from lbc_testkit.rabbitmq import Broker
from lbcctl.cli import app

pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Command:
    """`lbcctl provision` with the environment that a Job has."""

    broker: Broker
    vhost: str
    prefix: str
    environment: dict[str, str]
    passwords: dict[str, str]

    async def run(self, *arguments: str, status: int = 0) -> str:
        """Its output; fails unless it ends with that status."""
        result = await asyncio.to_thread(CliRunner().invoke, app, ["provision", *arguments], env=self.environment)
        assert result.exit_code == status, result.output
        assert not any(password in result.output for password in self.passwords.values())
        return result.output


@pytest.fixture
async def command(broker: Broker, dynamodb: DynamoDB, aws: Moto, tmp_path: Path) -> AsyncIterator[Command]:
    mark = secrets.token_hex(4)
    passwords = {service.value: secrets.token_urlsafe(12) for service in Service} | {"keda": secrets.token_urlsafe(12)}
    for name, password in passwords.items():
        (tmp_path / "users" / name).mkdir(parents=True)
        (tmp_path / "users" / name / "amqp-password").write_text(password)
    (tmp_path / "users" / "keda" / "amqp-username").write_text(f"test-{mark}-keda")
    parts = urlsplit(broker.management_url)
    (tmp_path / "amqp-admin-username").write_text(unquote(parts.username or ""))
    (tmp_path / "amqp-admin-password").write_text(unquote(parts.password or ""))
    media = tmp_path / "media"
    media.mkdir()
    (media / "welcome.mp4").write_bytes(b"film")
    async with broker.fresh_vhost() as vhost:
        environment = {
            "LBCCTL_MANAGEMENT_URL": urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
            "LBCCTL_VHOST": vhost.name,
            "LBCCTL_USER_PREFIX": f"test-{mark}-",
            "LBCCTL_ADMIN": str(tmp_path),
            "LBCCTL_USERS": str(tmp_path / "users"),
            "LBCCTL_TABLE_PREFIX": f"test-{mark}-",
            "LBCCTL_ASSETS_BUCKET": f"test-{mark}-assets",
            "LBCCTL_TTS_BUCKET": f"test-{mark}-tts",
            "LBCCTL_BACKUPS": "false",
            "LBCCTL_MEDIA": str(media),
            "LBCCTL_WAIT": "10",
            "LBC_AWS__DYNAMODB_ENDPOINT": dynamodb.endpoint,
            "LBC_AWS__S3_ENDPOINT": aws.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        yield Command(broker, vhost.name, f"test-{mark}-", environment, passwords)
        for name in passwords:
            await broker.management.delete_user(f"test-{mark}-{name}")


async def test_it_says_its_plan_and_what_it_changed_and_a_second_run_changes_nothing(command: Command) -> None:
    planned = await command.run("--plan")
    assert f"create table {command.prefix}users" in planned
    assert "create queue onboarding.updates" in planned
    assert "changed" not in planned
    first = await command.run()
    assert f"bucket {command.prefix}tts: SSE-KMS by default" in first
    assert f"user {command.prefix}keda (monitoring)" in first
    assert "media demo/welcome.mp4" in first
    second = await command.run()
    assert "create " not in second
    assert "changed: nothing" in second


async def test_the_plan_names_what_differs_and_changes_nothing(command: Command) -> None:
    await command.run()
    management, user = command.broker.management, f"{command.prefix}media"
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    await management.request("PUT", "permissions", command.vhost, user, json=everything)
    await management.request("DELETE", "policies", command.vhost, "graves")
    for _ in range(2):
        planned = await command.run("--plan")
        assert f"set    permissions of {user}" in planned
        assert "set    policy graves" in planned
        assert "create " not in planned
    granted = await management.request("GET", "permissions", command.vhost, user)
    assert granted["write"] == ".*"
    assert f"permissions of {user}" in await command.run()
    assert "set " not in await command.run("--plan")


async def test_who_scales_may_look_and_nothing_else(command: Command) -> None:
    await command.run()
    user = await command.broker.management.request("GET", "users", f"{command.prefix}keda")
    rights = await command.broker.management.request("GET", "permissions", command.vhost, f"{command.prefix}keda")
    assert "monitoring" in str(user["tags"])
    assert {rights[name] for name in ("configure", "write", "read")} == {"^$"}


async def test_users_of_another_deployment_are_neither_taken_over_nor_removed(command: Command) -> None:
    await command.run()
    user, management = f"{command.prefix}media", command.broker.management
    before = (await management.request("GET", "users", user))["password_hash"]
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    async with command.broker.fresh_vhost() as other:
        await management.request("PUT", "permissions", other.name, user, json=everything)
        said = await command.run(status=1)
        assert f"user {user} has rights in {other.name} too" in said
        assert "--user-prefix" in said
        said = await command.run("--remove-users")
        assert f"user {user} kept" in said
        assert (await management.request("GET", "users", user))["password_hash"] == before
        assert (await management.request("GET", "permissions", other.name, user))["read"] == ".*"


async def test_who_scales_is_no_administrator(command: Command) -> None:
    management, user = command.broker.management, f"{command.prefix}keda"
    await management.request("PUT", "users", user, json={"password": "theirs", "tags": "administrator"})
    assert f"user {user} is an administrator" in await command.run(status=1)
    assert "administrator" in str((await management.request("GET", "users", user))["tags"])


async def test_to_remove_users_keeps_the_data_and_lists_it(command: Command) -> None:
    await command.run()
    said = await command.run("--remove-users")
    assert f"user {command.prefix}ingress removed" in said
    for kept in ("queue onboarding.updates", f"table {command.prefix}users", f"bucket {command.prefix}assets"):
        assert kept in said
    assert "removed" not in await command.run("--remove-users"), "safe to repeat"
    assert "onboarding.updates" in await command.broker.management.counts(command.vhost)
