from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import web

from lbc_testkit import wait_until
from lbc_testkit.browser import PHONE, Browser, Look, chromium
from lbc_testkit.errors import PartUnavailableError

LONE = """
import asyncio
from lbc_testkit.browser import chromium
async def main():
    async with chromium() as browser:
        print(browser.driver.service.process.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def test_a_page_is_shown_in_the_size_and_the_colours_asked_for(browser: Browser) -> None:
    browser.open("data:text/html,<p>hello</p>", Look(PHONE, dark=True, still=True))
    assert browser.seen("p", "hello").is_displayed()
    assert browser.js("return [innerWidth, innerHeight]") == list(PHONE)
    for preference in ("color-scheme: dark", "reduced-motion: reduce"):
        assert browser.js("return matchMedia(arguments[0]).matches", f"(prefers-{preference})")
    browser.open("data:text/html,<p>hello</p>")
    assert not browser.js("return matchMedia('(prefers-color-scheme: dark)').matches")


def test_waiting_ends_and_says_for_what(browser: Browser) -> None:
    browser.open("data:text/html,<p hidden>hello</p>")
    with pytest.raises(TimeoutError, match="p 'hello'"):
        browser.seen("p", "hello", within=0.2)
    browser.gone("p", "hello")


async def test_what_the_console_is_told_is_kept_for_one_page(browser: Browser) -> None:
    app = web.Application()
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        missing = f"http://127.0.0.1:{runner.addresses[0][1]}/missing"
        await asyncio.to_thread(browser.open, missing)
        assert "404" in (await asyncio.to_thread(browser.complaints))[0]
    finally:
        await runner.cleanup()
    await asyncio.to_thread(browser.open, "data:text/html,<p>hello</p>")
    assert await asyncio.to_thread(browser.complaints) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_nothing_is_left_when_whoever_started_it_is_killed(browser: Browser) -> None:
    assert browser  # it can be had here
    lone = await asyncio.create_subprocess_exec(sys.executable, "-c", LONE, stdout=asyncio.subprocess.PIPE)
    assert lone.stdout is not None
    driver = int(await asyncio.wait_for(lone.stdout.readline(), 60))
    threads = Path(f"/proc/{driver}/task").glob("*/children")
    children = [int(pid) for thread in threads for pid in thread.read_text().split()]
    assert children
    os.kill(lone.pid, signal.SIGKILL)
    await lone.wait()
    for pid in (driver, *children):
        await wait_until(lambda pid=pid: not Path(f"/proc/{pid}/exe").exists(), what=f"the end of {pid}")


async def test_where_there_is_none_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartUnavailableError, match="apt-get install chromium chromium-driver"):
        async with chromium():
            raise AssertionError
