"""An operator's desk: `lbcctl` with a bot, a signing key and tables on DynamoDB Local, and nothing else."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiobotocore.session import get_session
from typer.testing import CliRunner

from lbc_contracts import tokens
from lbc_contracts.tokens import Key, Parsed
from lbcctl.cli import app
from lbcctl.exits import Exit

PREFIX = "links-test-"
SECRET = "k" * 43
KEY = Key(1, SECRET.encode())


@dataclass(frozen=True)
class Desk:
    """Somebody at a terminal, who looks after a bot of the test's own."""

    bot: str
    folder: Path
    environment: dict[str, str]

    async def run(self, *arguments: str, status: int = Exit.OK) -> str:
        """Standard output; fails unless the command ends with that status, or shows the key."""
        result = await asyncio.to_thread(CliRunner().invoke, app, [*arguments], env=self.environment)
        assert result.exit_code == status, result.output
        assert SECRET not in result.output
        return result.stdout if status == Exit.OK else result.output

    async def campaign(self, name: str = "spring") -> str:
        answer = await self.run("campaigns", "create", name, "--source", "newsletter", "--json")
        identity: str = json.loads(answer)["id"]
        return identity

    async def mint(self, *arguments: str) -> str:
        link: str = json.loads(await self.run("links", "mint", *arguments, "--json"))["link"]
        return link

    async def inspect(self, link: str, *arguments: str, status: int = Exit.OK) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            await self.run("links", "inspect", link, *arguments, "--json", status=status)
        )
        return found

    def file(self, text: str, encoding: str = "utf-8") -> str:
        path = self.folder / "orders.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    def links(self) -> list[dict[str, str]]:
        with (self.folder / "out" / "links.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    async def started(self, *arguments: str) -> Process:
        """The command as a process of its own."""
        environment = {**os.environ, **self.environment}
        command = (sys.executable, "-m", "lbcctl", *arguments)
        return await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)

    def tables(self) -> Any:
        """A client of the tables."""
        return client(self.environment["LBC_AWS__DYNAMODB_ENDPOINT"])


def client(endpoint: str) -> Any:
    return get_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def desk_in(folder: Path, endpoint: str) -> Desk:
    """A desk whose bot is its own, so that tests share tables and see nothing of each other."""
    (folder / "key").write_text(f"1:{SECRET}\n")
    bot = f"Bot_{secrets.token_hex(6)}"
    environment = {
        "LBC_BOT": bot,
        "LBC_TABLES_PREFIX": PREFIX,
        "LBC_AWS__DYNAMODB_ENDPOINT": endpoint,
        "LBC_SIGNING_KEY_FILE": str(folder / "key"),
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    return Desk(bot, folder, environment)


def proven(link: str, bot: str) -> Parsed:
    found = tokens.read(link.partition("?start=")[2], bot=bot, keys=(KEY,), at=0)
    assert isinstance(found, Parsed)
    return found
