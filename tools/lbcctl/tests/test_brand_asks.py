"""What `lbcctl brand` asks of others: links of their servers, voices of Polly."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from lbc_testkit.aws import Moto
from lbc_testkit.ports import free_port
from lbcctl.cli import app

from .brand_packs import copy_of_demo, edit

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return copy_of_demo(tmp_path / "alba")


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """A web server that has one page, one that moved, one for browsers only, and one that is gone."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="here")

    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound("/page")

    async def shy(_: web.Request) -> web.Response:
        raise web.HTTPForbidden

    server = web.Application()
    server.add_routes([web.get("/page", page), web.get("/moved", moved), web.get("/shy", shy)])
    runner = web.AppRunner(server)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def findings(folder: Path, *arguments: str, status: int = 0, **environment: str) -> list[dict[str, Any]]:
    command = ["brand", "check", str(folder), "--json", *arguments]
    result = await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)
    assert result.exit_code == status, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)["findings"]
    return found


async def test_links_that_lead_nowhere(pack: Path, site: str) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/"
    for name, url in (("guide", f"{site}/page"), ("events", f"{site}/moved"), ("contact", f"{site}/gone")):
        edit(pack / "brand.yaml", f"https://example.com/alba/{name}", url)
    (gone,) = await findings(pack, "--links", status=1)
    assert (gone["file"], gone["key"], gone["message"]) == ("brand.yaml", "links.2.url", f"{site}/gone: answers 404")
    edit(pack / "brand.yaml", f"{site}/gone", nobody)
    (away,) = await findings(pack, "--links", status=1)
    assert away["message"].startswith(f"{nobody}: cannot be reached")
    edit(pack / "brand.yaml", nobody, f"{site}/shy")
    (shy,) = await findings(pack, "--links")
    assert (shy["level"], "answers 403" in shy["message"]) == ("warning", True)
    assert await findings(pack) == [], "links are looked at only when asked for"


async def test_polly_itself_is_asked_for_its_voices(pack: Path, aws: Moto) -> None:
    region = {
        "LBC_AWS__POLLY_ENDPOINT": aws.endpoint,
        "LBC_AWS__REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    assert [each for each in await findings(pack, "--aws", **region) if each["level"] == "error"] == []
    edit(pack / "brand.yaml", "voice_id: Lucia", "voice_id: Enrique")
    (cannot,) = await findings(pack, "--aws", status=1, **region)
    assert cannot["message"].startswith("Enrique speaks only standard")


async def test_polly_that_is_away_is_said(pack: Path) -> None:
    environment = {
        "LBC_AWS__POLLY_ENDPOINT": f"http://127.0.0.1:{free_port()}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = ["brand", "check", str(pack), "--aws"]
    result = await asyncio.to_thread(CliRunner().invoke, app, command, env=environment)
    assert result.exit_code == 3
    assert "Polly is down" in result.stderr
    assert "LBC_AWS__POLLY_ENDPOINT" in result.stderr


def test_without_the_simulator_the_preview_says_what_to_install(pack: Path) -> None:
    hidden = "import sys; sys.modules['telegram_sim'] = None; from lbcctl.cli import app; app()"
    command = [sys.executable, "-c", hidden, "brand", "preview", str(pack)]

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        _, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, err

    code, said = asyncio.run(run())
    assert code == 1
    assert b"pip install 'lbcctl[preview]'" in said
